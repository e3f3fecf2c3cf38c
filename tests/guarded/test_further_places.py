"""Places that few requests have: documents of text, results that are JSON, several choices,
thoughts, a client's own headers and query; and ends of lines that only some take for such."""

import base64
import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from anthropic import Anthropic
from google import genai
from google.genai import types
from openai import OpenAI, PermissionDeniedError

from detente.simulator.composition import Call, Composition
from tests.guarded.asking import TALKERS, Asked, saying, turns
from tests.guarded.clients import CLIENTS
from tests.guarded.everywhere import amazon
from tests.guarded.planted import LETTER, ORIGINALS, strings_of
from tests.guarded.stage import KEYS, UPSTREAMS, model_of
from tests.pairs.stage import Stage
from tests.pairs.talk import Result, Terms

ANN: Final = "ann.lee@contoso.com"
TOOL: Final = "find_contact"
WORD: Final = "\u2028a\u2029b\x85c\x0bd\x1ee\r\nf"
"""What Unicode calls ends of lines, in a text."""
HEADERS: Final = (
    *("x-user", "from", "user-agent", "referer", "cookie", "openai-organization"),
    *("openai-project", "anthropic-beta", "x-goog-user-project", "x-client-request-id"),
    *("idempotency-key", "x-request-id", "traceparent", "x-stainless-lang"),
)
DOCUMENT: Final = f"A note on {LETTER}."


def terms_of(stage: Stage, upstream: str, *, project: str = "typed", stream: bool = False) -> Terms:
    return Terms(url=stage.url, model=model_of(upstream), key=KEYS[project], stream=stream)


def messages(terms: Terms) -> Any:
    return Anthropic(base_url=terms.url, api_key=terms.key, max_retries=0, timeout=30).messages


def document_of_messages(terms: Terms) -> str:
    plain = {"type": "text", "media_type": "text/plain", "data": DOCUMENT}
    parts = {"type": "content", "content": [{"type": "text", "text": DOCUMENT}]}
    given = [
        {"type": "document", "source": plain, "title": f"of {ANN}", "context": LETTER},
        {"type": "document", "source": parts},
        {"type": "text", "text": f"echo {LETTER}"},
    ]
    said = [{"role": "user", "content": given}]
    answer = messages(terms).create(model=terms.model, max_tokens=4096, messages=said)
    return answer.content[0].text


def document_of_google(terms: Terms) -> str:
    options = types.HttpOptions(base_url=terms.url, timeout=30_000)
    client = genai.Client(api_key=terms.key, http_options=options)
    models: Any = client.models
    blob = types.Blob(mime_type="text/plain", data=DOCUMENT.encode(), display_name=f"of {ANN}")
    parts = [types.Part(inline_data=blob), types.Part(text=f"echo {LETTER}")]
    said = [types.Content(role="user", parts=parts)]
    return models.generate_content(model=terms.model, contents=said).text


def document_of_amazon(terms: Terms) -> str:
    given = {"format": "txt", "name": "a note", "source": {"bytes": DOCUMENT.encode()}}
    content = [{"document": given}, {"text": f"echo {LETTER}"}]
    answer = amazon(terms).converse(
        modelId=terms.model, messages=[{"role": "user", "content": content}]
    )
    return answer["output"]["message"]["content"][0]["text"]


@pytest.mark.parametrize(
    ("ask", "upstream"),
    [
        (document_of_messages, "anthropic_messages"),
        (document_of_messages, "bedrock_invoke"),
        (document_of_messages, "vertex_raw_predict"),
        (document_of_google, "gemini_generate"),
        (document_of_amazon, "bedrock_converse"),
    ],
)
def test_documents_of_text(stage: Stage, ask: Callable[[Terms], str], upstream: str) -> None:
    """In clear or as base64: what is text is read, and goes on with stand-ins."""
    asked = Asked(stage, "openai_chat", upstream, "typed", stream=False)
    assert ask(terms_of(stage, upstream)) == LETTER
    (received,) = asked.sent(1)
    texts = strings_of(received.body)
    told = [one for one in texts if "A note on" in one] or [
        base64.b64decode(one, "-_" if {*"-_"} & {*one} else None).decode()
        for one in texts
        if one.startswith("QSBub3RlIG9u")
    ]
    assert told != []
    assert all("⟨EMAIL_" in one and "⟨POSTAL_ADDRESS_" in one for one in told)


@pytest.mark.parametrize("client", TALKERS)
def test_results_that_are_json(stage: Stage, client: str) -> None:
    """As programs return them, escapes and all; strings in them that are JSON, too."""
    found = {"people": [{"name": one, "note": f"\n{one}"} for one in ORIGINALS]}
    result = json.dumps({**found, "inner": json.dumps(found)})
    for _, upstream, project, stream in turns((client, one) for one in UPSTREAMS)[::4]:
        if upstream == "openai_completions":
            continue
        asked = Asked(stage, client, upstream, project, stream=stream)
        talk = asked.talk(TOOL)
        told = talk.ask(TOOL)
        final = talk.give([(told.calls[0][0], TOOL, Result(text=result))])
        asked.sent(2)
        assert all(one in final.text for one in ORIGINALS), asked.name


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_each_of_several_choices(stage: Stage, stream: bool) -> None:
    client = OpenAI(base_url=stage.url + "/v1", api_key=KEYS["typed"], max_retries=0, timeout=30)
    create: Any = client.chat.completions.create
    said = [{"role": "user", "content": f"echo {LETTER}"}]
    asked = Asked(stage, "openai_chat", "openai_chat", "typed", stream=stream)
    answer = create(model=model_of("openai_chat"), messages=said, n=3, stream=stream)
    texts = ["", "", ""]
    for chunk in answer if stream else [answer]:
        for choice in chunk.choices:
            texts[choice.index] += (choice.delta if stream else choice.message).content or ""
    asked.sent(1)
    assert texts == [LETTER, f"(2) {LETTER}", f"(3) {LETTER}"]


@pytest.mark.parametrize("upstream", ["anthropic_messages", "openai_responses", "gemini_generate"])
@pytest.mark.parametrize("client", ["anthropic_messages", "openai_responses", "gemini_generate"])
def test_thoughts(stage: Stage, client: str, upstream: str) -> None:
    """What a model thinks of somebody names them, too."""
    for stream in (False, True):
        asked = Asked(stage, client, upstream, "typed", stream=stream)
        terms = Terms(url=stage.url, model=model_of(upstream), key=KEYS["typed"], stream=stream)
        with saying(lambda prompt: Composition(thinking=f"It says {prompt}", text="So.")):
            told = CLIENTS[client](terms).ask(LETTER)
        asked.sent(1)
        assert (told.text, told.reasoning) == ("So.", f"It says {LETTER}"), asked.name


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("client", CLIENTS)
def test_ends_of_lines_in_originals_and_around_them(
    stage: Stage, client: str, stream: bool
) -> None:
    upstream = list(UPSTREAMS)[list(CLIENTS).index(client)]
    asked = Asked(stage, client, upstream, "typed", stream=stream)
    text = f"{WORD}{ANN}{WORD}Hauptstraße 12\n10115 Berlin{WORD}"
    assert asked.talk().ask(f"echo {text}").text == text
    asked.sent(1)
    if client in TALKERS:
        called = Composition(calls=(Call(name=TOOL, arguments=json.dumps({"a": text})),))
        with saying(lambda _: called):
            told = asked.talk(TOOL).ask("go")
        assert [one[2] for one in told.calls] == [{"a": text}], asked.name


def test_headers_and_queries_of_the_clients_own_stay_here(stage: Stage) -> None:
    """Programs put people into headers and queries; none of them is for a platform."""
    own = dict.fromkeys(HEADERS, ANN)
    said: Any = [{"role": "user", "content": "hi"}]
    for upstream in UPSTREAMS:
        terms = terms_of(stage, upstream)
        asked = Asked(stage, "openai_chat", upstream, "typed", stream=False, originals=[ANN])
        client = OpenAI(base_url=f"{terms.url}/v1", api_key=terms.key, max_retries=0, timeout=30)
        client.chat.completions.create(
            model=terms.model, messages=said, extra_headers=own, extra_query={"user": ANN}
        )
        messages(terms).create(
            model=terms.model,
            max_tokens=9,
            messages=said,
            extra_headers=own,
            extra_query={"user": ANN},
        )
        asked.sent(2)


CARD: Final = 4111111111111111
UNKNOWN: Final = {f"of {ANN}": {"deep": [ANN, {"card": CARD}]}, "who": ORIGINALS[-2]}
"""A member that no table has, with somebody in its name, its texts and a number."""


@pytest.mark.parametrize("upstream", ["openai_chat", "azure_chat", "openai_responses"])
def test_members_that_nobody_knows_are_content(stage: Stage, upstream: str) -> None:
    terms = terms_of(stage, upstream)
    client = OpenAI(base_url=f"{terms.url}/v1", api_key=terms.key, max_retries=0, timeout=30)
    asked = Asked(stage, "openai_chat", upstream, "typed", stream=False)
    asked.look_for([*ORIGINALS, str(CARD)])
    if upstream == "openai_responses":
        client.responses.create(model=terms.model, input="hi", extra_body=UNKNOWN)
    else:
        said: Any = [{"role": "user", "content": "hi"}]
        client.chat.completions.create(model=terms.model, messages=said, extra_body=UNKNOWN)
    (received,) = asked.sent(1)
    assert sum("⟨" in text for text in strings_of(received.body)) == 4


def test_a_part_that_nobody_knows_is_blocked(stage: Stage) -> None:
    terms = terms_of(stage, "openai_chat")
    asked = Asked(stage, "openai_chat", "openai_chat", "typed", stream=False)
    client = OpenAI(base_url=f"{terms.url}/v1", api_key=terms.key, max_retries=0, timeout=30)
    part: Any = {"type": "hologram", "hologram": {"of": "nobody"}}
    with pytest.raises(
        PermissionDeniedError, match="parts of the request that cannot be looked at"
    ):
        client.chat.completions.create(
            model=terms.model, messages=[{"role": "user", "content": [part]}]
        )
    asked.sent(0)
