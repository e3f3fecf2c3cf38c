"""The laws of every codec that counts: round trips lose nothing, and any bytes are read or refused.

The recorded exchanges are counted and shown (`-s`).
"""

import base64
import json
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.content import Inline, Media, Text, ToolCall, ToolResult, Turn
from detente.canonical.failure import ClientFault, ProviderFault
from detente.canonical.model import Dialect
from detente.canonical.request import Request, Tool
from detente.dialects import COUNTING_CODECS, any_codec_of, counting_codec_of, spec_of
from detente.dialects.codec import Target
from detente.dialects.counting_codec import CountingCodec
from tests.conftest import Recorded
from tests.dialects.roundtrip import Share, difference

Row = dict[str, Any]
Obj = dict[str, Any]

MODELS: dict[Dialect, str] = {
    "openai_input_tokens": "gpt-x",
    "anthropic_count_tokens": "claude-x",
    "gemini_count_tokens": "gemini-x",
    "bedrock_count_tokens": "anthropic.claude-x",
}
FILES: list[tuple[Dialect, str, str, int]] = [
    ("anthropic_count_tokens", "anthropic-count-tokens", "/count_tokens", 6),
    ("gemini_count_tokens", "gemini-aux", ":countTokens", 2),
    ("openai_input_tokens", "openai-responses-aux", "/input_tokens", 2),
    ("bedrock_count_tokens", "bedrock-invoke", "/count-tokens", 2),
]
"""Where each is recorded, how its paths end, and how many exchanges there are."""

IMAGE = Media(kind="image", source=Inline(media_type="image/png", data="iVBORw0KGgo="))
SAID = Request(
    model="m",
    turns=(
        Turn(role="user", parts=(Text(text="what is this?"), IMAGE)),
        Turn(role="assistant", parts=(ToolCall(id="c1", name="look", arguments='{"a":1}'),)),
        Turn(role="user", parts=(ToolResult(call_id="c1", parts=(Text(text="a cat"),)),)),
    ),
    instructions=(Text(text="be brief"),),
    tools=(Tool(name="look", description="looks", parameters={"type": "object"}),),
    max_output_tokens=9,
    temperature=0.5,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(
    (
        *("model", "messages", "input", "tools", "system", "thinking", "instructions", "text"),
        *("contents", "generateContentRequest", "converse", "invokeModel", "body", "toolConfig"),
        *("input_tokens", "inputTokens", "totalTokens", "promptTokensDetails", "object", "error"),
    )
)
every_codec = pytest.mark.parametrize("codec", COUNTING_CODECS, ids=lambda codec: codec.name)


def body_of(message: Row) -> bytes:
    if message.get("text") is not None:
        return str(message["text"]).encode()
    return base64.b64decode(message["base64"])


def model_in(path: str) -> str | None:
    """The model that a path names."""
    if "/models/" in path:
        return path.rpartition("/models/")[2].partition(":")[0]
    return unquote(path.split("/")[2]) if path.startswith("/model/") else None


def unfolded(body: bytes) -> Any:
    """A body as JSON, with what it has in base64 read, too."""
    wire: Any = json.loads(body)
    if "invokeModel" in body.decode():
        invoked = wire["input"]["invokeModel"]
        invoked["body"] = json.loads(base64.b64decode(invoked["body"]))
    return wire


def request_trip(codec: CountingCodec, body: bytes, model: str | None, share: Share) -> str | None:
    """What of a request does not come back."""
    request = codec.decode_request(body, model=model)
    share.add(body, request)
    encoded = codec.encode_request(request, Target(model=request.model))
    if encoded.losses:
        return f"lost {encoded.losses[0]}"
    return difference(unfolded(body), unfolded(encoded.body))


def answer_trip(codec: CountingCodec, answer: Row, share: Share) -> str | None:
    """What of an answer does not come back; an error has to be read as one."""
    body = body_of(answer)
    if answer["status"] != 200:
        error = codec.read_error(body)
        return None if error is not None and error.message else "no error is read"
    count = codec.decode_response(body)
    share.add(body, count)
    encoded = codec.encode_response(count)
    return (
        str(encoded.losses)
        if encoded.losses
        else difference(unfolded(body), unfolded(encoded.body))
    )


@pytest.mark.parametrize(("name", "file", "end", "least"), FILES)
def test_recorded_exchanges_come_back_as_they_were(
    recorded: Recorded, name: Dialect, file: str, end: str, least: int
) -> None:
    codec = counting_codec_of(name)
    assert codec is not None
    share = Share()
    rows = [row for row in recorded(file) if row["path"].endswith(end)]
    for row in rows:
        found = request_trip(codec, body_of(row["request"]), model_in(row["path"]), share)
        assert found is None, (row["id"], found)
        found = answer_trip(codec, row["response"], share)
        assert found is None, (row["id"], found)
    assert len(rows) >= least
    sys.stdout.write(f"{name}: {len(rows)} of {len(rows)} exchanges come back; {share}\n")


@every_codec
def test_what_another_dialect_said_is_counted_whole(codec: CountingCodec) -> None:
    encoded = codec.encode_request(SAID, Target(model=MODELS[codec.name]))
    assert all(loss.what == "temperature" for loss in encoded.losses), encoded.losses
    again = codec.decode_request(encoded.body, model="m")
    assert again.max_output_tokens is None or codec.name == "gemini_count_tokens"
    assert [tool.name for tool in again.tools] == ["look"]
    said = [part for turn in again.turns for part in turn.parts]
    assert Text(text="what is this?") in said
    assert any(isinstance(part, Media) and part.source == IMAGE.source for part in said)
    assert any(isinstance(part, ToolCall) and part.name == "look" for part in said)
    assert any(isinstance(part, ToolResult) for part in said)
    assert "be brief" in encoded.body.decode()


@every_codec
def test_a_codec_has_its_spec(codec: CountingCodec) -> None:
    spec = spec_of(codec.name)
    assert any_codec_of(codec.name) is codec
    assert (spec.billed, spec.interface) == (False, "stateless_api")


def read_or_refused(read: Callable[[], object], *faults: type[Exception]) -> None:
    try:
        read()
    except faults:
        return


def survives(codec: CountingCodec, body: bytes) -> None:
    """Both decoders give a value or their own fault, and what they give can be written."""

    def request() -> None:
        decoded = codec.decode_request(body, model="m")
        for other in COUNTING_CODECS:
            json.loads(other.encode_request(decoded, Target(model=MODELS[other.name])).body)

    def answer() -> None:
        count = codec.decode_response(body)
        for other in COUNTING_CODECS:
            json.loads(other.encode_response(count).body)

    read_or_refused(request, ClientFault)
    read_or_refused(answer, ProviderFault)
    codec.read_error(body)


@every_codec
@settings(max_examples=50, deadline=None)
@given(body=st.binary(max_size=60))
def test_any_bytes(codec: CountingCodec, body: bytes) -> None:
    survives(codec, body)


@every_codec
@settings(max_examples=50, deadline=None)
@given(body=st.dictionaries(NAMES, JSON | st.dictionaries(NAMES, JSON)))
def test_any_json(codec: CountingCodec, body: dict[str, Any]) -> None:
    survives(codec, json.dumps(body).encode())


@every_codec
@settings(max_examples=50, deadline=None)
@given(name=NAMES, value=JSON | st.dictionaries(NAMES, JSON))
def test_mutations(codec: CountingCodec, name: str, value: Any) -> None:
    wire: Obj = json.loads(codec.encode_request(SAID, Target(model=MODELS[codec.name])).body)
    inner: Obj = next(iter(wire.values())) if len(wire) == 1 else wire
    survives(codec, json.dumps({**wire, name: value}).encode())
    inner[name] = value
    survives(codec, json.dumps(wire).encode())


@every_codec
def test_deep_nesting_is_refused(codec: CountingCodec) -> None:
    deep = "[" * 3000 + "]" * 3000
    for body in (deep, f'{{"model":"m","messages":{deep}}}', f'{{"input":{deep}}}'):
        read_or_refused(
            lambda body=body: codec.decode_request(body.encode(), model="m"), ClientFault
        )
        read_or_refused(lambda body=body: codec.decode_response(body.encode()), ProviderFault)
