"""Mistral's parts: thoughts with their signatures through clients of other dialects, and references
as citations."""

import json
from typing import Any, Final

import pytest

from detente.canonical.content import Native, Opaque, Reasoning, Text
from detente.canonical.extras import Obj
from detente.canonical.model import Thoughts
from detente.dialects import codec_of
from detente.dialects.codec import Reply, Target
from detente.dialects.openai_chat.mistral_parts import (
    is_thinking,
    references_of,
    referred,
    thinking_of,
    thinking_part,
)
from detente.dialects.translation import TranslatingTap, Translation

CHAT = codec_of("openai_chat")
MESSAGES = codec_of("anthropic_messages")
assert CHAT is not None
assert MESSAGES is not None
THOUGHT: Final[Obj] = {
    "type": "thinking",
    "thinking": [{"type": "text", "text": "Hm."}],
    "signature": "sig",
}
REFERENCE: Final[Obj] = {"type": "reference", "reference_ids": [0, "a"]}
CALL: Final[Obj] = {"id": "abcdefghi", "function": {"name": "f", "arguments": "{}"}}


def answer(**message: Any) -> bytes:
    told = {"role": "assistant", **message}
    choice = {"index": 0, "finish_reason": "stop", "message": told}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return json.dumps({"id": "x", "model": "m", "choices": [choice], "usage": usage}).encode()


def messages_answer(body: bytes) -> Any:
    """What an Anthropic client is told."""
    assert CHAT is not None
    assert MESSAGES is not None
    encoded = MESSAGES.encode_response(CHAT.decode_response(body), Reply())
    assert encoded.losses == ()
    return json.loads(encoded.body)


def asked_again(
    content: list[Any], thoughts: Thoughts | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The assistant's message of an Anthropic client's next request, and the losses."""
    assert CHAT is not None
    assert MESSAGES is not None
    body = {
        "model": "m",
        "max_tokens": 9,
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": content},
            {"role": "user", "content": "and?"},
        ],
    }
    translation = Translation(MESSAGES, json.dumps(body).encode())
    out = translation.encoded_for(CHAT, Target(model="m", thoughts=thoughts))
    return json.loads(out.body)["messages"][1], tuple(loss.what for loss in out.losses)


def streamed(*deltas: Obj) -> str:
    """What an Anthropic client is streamed."""
    assert CHAT is not None
    assert MESSAGES is not None
    tap = TranslatingTap(MESSAGES, CHAT, {}, Reply())
    out = b""
    for delta in (*deltas, None):
        choice: Obj = {"index": 0, "delta": delta or {}, "finish_reason": None if delta else "stop"}
        chunk: Obj = {"id": "x", "model": "m", "choices": [choice]}
        out += tap.feed(b"data: " + json.dumps(chunk).encode() + b"\n\n")
    out += tap.feed(b"data: [DONE]\n\n") + tap.close()
    assert tap.complete
    return out.decode()


def test_a_signature_comes_back_where_it_stood() -> None:
    content = messages_answer(answer(content=[THOUGHT, {"type": "text", "text": "So."}]))["content"]
    assert [block["type"] for block in content] == ["thinking", "text"]
    said, lost = asked_again(content, "thinking")
    assert said["content"] == [THOUGHT, {"type": "text", "text": "So."}]
    assert lost == ()


def test_thoughts_of_a_call_come_back_beside_it() -> None:
    told = answer(content=[THOUGHT], tool_calls=[CALL])
    said, lost = asked_again(messages_answer(told)["content"], "thinking")
    assert said["content"] == [THOUGHT]
    assert said["tool_calls"][0]["function"]["name"] == "f"
    assert lost == ()


def test_a_thought_without_signature_comes_back_too() -> None:
    plain: Obj = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
    said, lost = asked_again(messages_answer(answer(content=[plain]))["content"], "thinking")
    assert (said["content"], lost) == ([plain], ())


def test_elsewhere_the_text_goes_without_its_signature() -> None:
    content = messages_answer(answer(content=[THOUGHT, {"type": "text", "text": "So."}]))["content"]
    said, lost = asked_again(content, "reasoning")
    assert (said["reasoning"], said["content"]) == ("Hm.", "So.")
    assert lost == ("reasoning_state",)
    said, lost = asked_again(content, None)
    assert said == {"role": "assistant", "content": "So."}
    assert set(lost) == {"reasoning_state", "reasoning_text"}


@pytest.mark.parametrize("member", ["reasoning", "reasoning_content"])
@pytest.mark.parametrize("thoughts", ["reasoning", "reasoning_content", None])
def test_a_member_goes_under_the_name_that_the_host_knows(
    member: str, thoughts: Thoughts | None
) -> None:
    content = messages_answer(answer(content="So.", **{member: "Hm."}))["content"]
    said, lost = asked_again(content, thoughts)
    assert said == {"role": "assistant", "content": "So.", thoughts or member: "Hm."}
    assert lost == ()


def test_members_become_parts_at_mistral() -> None:
    content = messages_answer(answer(content="So.", reasoning="Hm."))["content"]
    said, lost = asked_again(content, "thinking")
    assert said["content"] == [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "So."},
    ]
    assert lost == ()


def test_details_go_only_where_they_may_come_from() -> None:
    details = [{"type": "reasoning.encrypted", "data": "x"}]
    told = answer(content="So.", reasoning="Hm.", reasoning_details=details)
    content = messages_answer(told)["content"]
    said, lost = asked_again(content, None)
    assert (said["reasoning_details"], lost) == (details, ())
    said, lost = asked_again(content, "reasoning_content")
    assert (said["reasoning_content"], "reasoning_details" in said) == ("Hm.", False)
    assert lost == ("reasoning_state",)


def test_a_stream_has_signatures_and_citations() -> None:
    told = streamed(
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]},
        {"content": [{"type": "thinking", "thinking": [], "signature": "sig"}]},
        {"content": [{"type": "text", "text": "So"}, REFERENCE]},
        {"content": "."},
    )
    assert "thinking:sig" in told or "dGhpbmtpbmc6c2ln" in told
    assert told.count("citations_delta") == 2
    assert '"document_index":0' in told


def test_one_thoughts_signature_is_not_the_nexts() -> None:
    told = streamed(
        {"content": [THOUGHT]},
        {"content": [{"type": "text", "text": "So"}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm2."}]}]},
    )
    assert told.count("thinking:sig") == 1


def test_references_are_citations_of_the_text_before() -> None:
    parts: list[Obj] = [
        {"type": "text", "text": "Paris"},
        REFERENCE,
        {"type": "text", "text": " is nice."},
    ]
    content = messages_answer(answer(content=parts))["content"]
    assert [block["text"] for block in content] == ["Paris", " is nice."]
    cited = content[0]["citations"]
    assert [one["document_index"] for one in cited] == [0, 0]
    assert cited[1]["document_title"] == "a"
    assert not content[1].get("citations")


@pytest.mark.parametrize(
    "content",
    [
        [THOUGHT, {"type": "text", "text": "a"}, REFERENCE, {"type": "text", "text": "b"}],
        [{"type": "text", "text": "a"}, REFERENCE],
        [{"type": "text", "text": "a"}, REFERENCE, {"type": "reference", "reference_ids": [7]}],
        [REFERENCE, {"type": "text", "text": "a"}],
        [{"type": "text", "text": "a"}, {"type": "reference", "reference_ids": []}],
        [{**THOUGHT, "closed": True, "signature": None}],
        [{**THOUGHT, "thinking": [{"type": "text", "text": "x"}, REFERENCE]}],
        [{"type": "thinking", "thinking": "x", "signature": "s", "other": 1}],
    ],
)
def test_chat_itself_gets_them_as_they_were(content: list[Obj]) -> None:
    assert CHAT is not None
    body = answer(content=content)
    again = json.loads(CHAT.encode_response(CHAT.decode_response(body), Reply()).body)
    assert again["choices"][0]["message"]["content"] == content
    asked = {"model": "m", "messages": [{"role": "assistant", "content": content}]}
    request = CHAT.decode_request(json.dumps(asked).encode())
    encoded = CHAT.encode_request(request, Target(model="m", thoughts="thinking"))
    assert json.loads(encoded.body)["messages"][0]["content"] == content
    assert "annotations" not in json.loads(encoded.body)["messages"][0]


def test_what_is_no_thought_or_reference() -> None:
    assert thinking_of({"type": "thinking", "thinking": 7}) is None
    assert thinking_of({"type": "thinking", "thinking": [7]}) is None
    assert thinking_of({"type": "thinking", "thinking": [{"type": "text", "text": 7}]}) is None
    assert references_of({"reference_ids": [1.5]}) == ()
    assert references_of({"reference_ids": 1}) == ()
    assert references_of(7) == ()
    odd = Native(dialect="openai_chat", name="reference", value={"type": "reference"})
    assert referred((Text(text="a"), odd)) == (Text(text="a"), odd)
    assert not is_thinking(None)
    assert not is_thinking(Opaque(origin="anthropic_messages", value="thinking:s"))


def test_others_signatures_are_not_mistrals() -> None:
    state = Opaque(origin="anthropic_messages", value="thinking:s")
    assert "signature" not in thinking_part("a", state)
    thought = Reasoning(text="a", state=state)
    assert thought.state is state
