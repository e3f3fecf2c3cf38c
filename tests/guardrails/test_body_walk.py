"""The walk: what nobody here can read is told as that, and text in base64 is read and written."""

import base64
import json
from typing import Any, Final

import pytest

from detente.canonical.model import Dialect
from detente.guardrails.bodies import Body, walk
from detente.guardrails.body_walk import ENCODED_CHARACTERS_MIN

TEXT: Final = "Jane lives in Berlin."
NOTE: Final = base64.b64encode(TEXT.encode()).decode()
NOTE_URL: Final = f"data:text/plain;base64,{NOTE}"
PDF: Final = base64.b64encode(b"%PDF-1.4\n%\xe2\xe3\n").decode()
PDF_URL: Final = f"data:application/pdf;base64,{PDF}"
PIXEL: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
PICTURE: Final = f"data:image/png;base64,{PIXEL}"
URL: Final = "https://example.com/jane"
S3: Final = {"s3Location": {"uri": "s3://b/j"}}

Case = tuple[Dialect, dict[str, Any], list[str], list[str]]
"""A body, the kinds of what is unread in it, and its texts."""


def said(part: object) -> dict[str, Any]:
    """A body in dialects that have messages with parts."""
    return {"messages": [{"content": [part]}]}


def output(part: dict[str, object]) -> dict[str, Any]:
    content = [{"type": "output_text", **part}]
    return {"input": [{"type": "message", "role": "assistant", "content": content}]}


def document(source: object) -> dict[str, object]:
    return {"type": "document", "source": source}


def part(value: object) -> dict[str, Any]:
    return {"contents": [{"parts": [value]}]}


def chat(content: object) -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": content}]}).encode()


def values(body: Body) -> list[str]:
    return [text.value for text in body.texts]


def kinds(body: Body) -> list[str]:
    return [missed.kind for missed in body.unread]


CASES: Final[list[Case]] = [
    ("openai_chat", said({"type": "image_url", "image_url": {"url": PICTURE}}), ["image"], []),
    ("openai_chat", said({"type": "image_url", "image_url": URL}), ["link"], [URL]),
    (
        "openai_chat",
        said({"type": "input_audio", "input_audio": {"data": PIXEL, "format": "mp3"}}),
        ["audio"],
        [],
    ),
    ("openai_chat", said({"type": "file", "file": {"file_data": PDF_URL}}), ["document"], []),
    ("openai_chat", said({"type": "file", "file": {"file_data": NOTE_URL}}), [], [TEXT]),
    ("openai_chat", said({"type": "file", "file": {"file_id": "file-1"}}), ["stored"], []),
    ("openai_chat", said({"type": "hologram", "text": "Jane"}), ["unknown"], ["Jane"]),
    ("openai_chat", said({"type": 7, "text": "Jane"}), ["unknown"], ["Jane"]),
    ("openai_chat", {"messages": [{"audio": {"id": "audio_1"}}]}, ["stored"], []),
    (
        "openai_chat",
        {"messages": [{"content": f"![]({PICTURE})"}]},
        ["encoded"],
        [f"![]({PICTURE})"],
    ),
    ("openai_chat", {"messages": [{"content": PIXEL * 10}]}, ["encoded"], [PIXEL * 10]),
    ("openai_chat", {"messages": [{"content": NOTE}]}, [], [NOTE]),
    ("openai_chat", {"data_sources": [{"a": "b"}]}, ["stored"], ["a", "b"]),
    ("openai_completions", {"prompt": [[1, 2, 3]]}, ["tokens"], []),
    ("openai_completions", {"prompt": "Jane"}, [], ["Jane"]),
    ("openai_embeddings", {"input": [1, 2, 3]}, ["tokens"], []),
    ("ollama_embeddings", {"input": ["Jane"]}, [], ["Jane"]),
    ("openai_responses", {"previous_response_id": "resp_1", "input": []}, ["history"], []),
    ("openai_responses", {"previous_response_id": None}, [], []),
    ("openai_responses", {"previous_response_id": 41555501}, ["history"], ["41555501"]),
    ("openai_responses", {"conversation": {"id": "conv_1"}}, ["history"], []),
    ("openai_responses", {"input": [{"type": "item_reference", "id": "m_1"}]}, ["history"], []),
    ("openai_responses", {"input": [{"id": "msg_1"}]}, ["history"], []),
    ("openai_responses", {"input": [{"type": "reasoning", "encrypted_content": "gA"}]}, [], []),
    (
        "openai_responses",
        {"input": [{"type": "compaction", "encrypted_content": "gA"}]},
        ["history"],
        [],
    ),
    (
        "openai_responses",
        output({"text": "ab", "logprobs": [{"token": "a"}]}),
        ["logprobs"],
        ["ab"],
    ),
    ("openai_responses", output({"text": "ab", "logprobs": []}), [], ["ab"]),
    ("openai_responses", {"tools": [{"vector_store_ids": ["vs_1"]}]}, ["stored"], []),
    ("openai_responses", {"tools": [{"container": "cntr_1"}]}, ["stored"], []),
    (
        "openai_responses",
        {"prompt": {"id": "p_1", "variables": {"a": "b"}}},
        ["stored"],
        ["a", "b"],
    ),
    ("openai_input_tokens", {"input": [{"type": "telepathy"}]}, ["unknown"], []),
    ("anthropic_messages", said(document({"type": "base64", "data": PDF})), ["document"], []),
    ("anthropic_messages", said(document({"type": "text", "data": PDF})), [], [PDF]),
    ("anthropic_messages", said(document({"type": "url", "url": URL})), ["link"], [URL]),
    ("anthropic_messages", said(document({"type": "carrier"})), ["unknown"], []),
    ("anthropic_messages", said({"type": "redacted_thinking", "data": "EmwK"}), [], []),
    ("anthropic_messages", said({"type": "thinking", "signature": "dt1.s.x.EmwK"}), [], []),
    (
        "anthropic_messages",
        said({"type": "compaction", "encrypted_content": "EmwK"}),
        ["history"],
        [],
    ),
    ("anthropic_messages", said({"type": "web_search_result", "encrypted_content": "E"}), [], []),
    ("anthropic_messages", {"container": {"id": "container_1"}}, ["stored"], []),
    ("gemini_generate", part({"inline_data": {"data": PIXEL}}), ["media"], []),
    ("gemini_generate", part({"fileData": {"fileUri": "gs://b/j"}}), ["link"], ["gs://b/j"]),
    ("gemini_generate", part({"smell": "roses"}), ["unknown"], ["smell", "roses"]),
    ("gemini_generate", {"cachedContent": "cachedContents/1"}, ["stored"], []),
    ("bedrock_converse", said({"document": {"source": {"bytes": NOTE}}}), [], [TEXT]),
    ("bedrock_converse", said({"image": {"source": S3}}), ["link"], ["s3://b/j"]),
    ("bedrock_converse", said({"newBlock": {}}), ["unknown"], ["newBlock"]),
    ("cohere_embeddings", {"images": [PICTURE]}, ["image"], []),
    ("ollama_chat", {"messages": [{"role": "user", "images": [PIXEL]}]}, ["image"], []),
    (
        "oci_chat",
        {"chatRequest": said({"type": "VIDEO", "videoUrl": {"url": PICTURE}})},
        ["video"],
        [],
    ),
]


@pytest.mark.parametrize(("dialect", "body", "unread", "texts"), CASES)
def test_what_nobody_here_can_read_is_told(
    dialect: Dialect, body: dict[str, Any], unread: list[str], texts: list[str]
) -> None:
    found = walk(json.dumps(body).encode(), dialect)
    assert kinds(found) == unread
    assert values(found) == texts


def test_a_text_in_base64_is_changed_in_base64() -> None:
    for url, head in ((f"data:text/plain;base64,{NOTE}", "data:text/plain;base64,"), (NOTE, "")):
        part = {"type": "image_url", "image_url": {"url": url}}
        found = walk(chat([part]), "openai_chat")
        told = json.loads(found.with_texts({0: "⟨X⟩ lives in Berlin."}))
        new = told["messages"][0]["content"][0]["image_url"]["url"]
        assert new.startswith(head)
        assert base64.b64decode(new.removeprefix(head)).decode() == "⟨X⟩ lives in Berlin."


def test_a_body_in_a_body_has_the_places_of_its_own_dialect() -> None:
    """Bedrock counts a body of InvokeModel, in base64."""
    inner = chat([{"type": "text", "text": "I am Jane"}, {"type": "hologram"}])
    body = {"input": {"invokeModel": {"body": base64.b64encode(inner).decode()}}}
    found = walk(json.dumps(body).encode(), "bedrock_count_tokens")
    assert values(found) == ["I am Jane"]
    assert kinds(found) == ["unknown"]
    told = json.loads(found.with_texts({0: "I am X"}))
    new = base64.b64decode(told["input"]["invokeModel"]["body"])
    assert new == inner.replace(b"I am Jane", b"I am X")


def test_long_base64_that_is_text_is_read_where_nobody_expects_it() -> None:
    long = base64.b64encode(b"Jane lives in Berlin. " * 30).decode()
    assert len(long) > ENCODED_CHARACTERS_MIN
    found = walk(chat(long), "openai_chat")
    assert values(found) == ["Jane lives in Berlin. " * 30]
    assert kinds(found) == []


def test_base64_in_base64_is_read_as_far_as_it_goes() -> None:
    data = TEXT * 30
    for _ in range(5):
        data = base64.b64encode(data.encode()).decode()
    found = walk(chat(data), "openai_chat")
    assert values(found) == [TEXT * 30]
    assert kinds(found) == []
    told = json.loads(found.with_texts({0: "⟨X⟩"}))["messages"][0]["content"]
    for _ in range(5):
        told = base64.b64decode(told).decode()
    assert told == "⟨X⟩"


def test_base64_in_base64_that_is_no_text_is_unread() -> None:
    data = base64.b64encode(bytes(range(256)) * 4).decode()
    found = walk(chat(base64.b64encode(data.encode()).decode()), "openai_chat")
    assert kinds(found) == ["encoded"]


@pytest.mark.parametrize("urlsafe", [False, True])
def test_state_that_is_text_is_read(*, urlsafe: bool) -> None:
    """Thoughts of another platform come back so, where a client's API has base64 for them."""
    write = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    told = write(f'dt1.e.openai_chat.[{{"text": "{TEXT}>>>"}}]'.encode()).decode()
    assert ("_" in told or "-" in told) is urlsafe
    part = {"text": "hm", "thought": True, "thoughtSignature": told}
    body = {"contents": [{"role": "model", "parts": [part]}]}
    found = walk(json.dumps(body).encode(), "gemini_generate")
    (at,) = [at for at, text in enumerate(found.texts) if TEXT in text.value]
    changed = found.with_texts({at: found.texts[at].value.replace("Jane", "Somebody")})
    again: Any = json.loads(changed)
    state = again["contents"][0]["parts"][0]["thoughtSignature"]
    assert b"Somebody lives" in base64.urlsafe_b64decode(state.translate({43: "-", 47: "_"}))


def test_state_that_is_none_is_nothing() -> None:
    state = base64.b64encode(bytes(range(200, 256))).decode()
    part = {"text": "hm", "thought": True, "thoughtSignature": state}
    body = {"contents": [{"role": "model", "parts": [part]}]}
    assert values(walk(json.dumps(body).encode(), "gemini_generate")) == ["hm"]
