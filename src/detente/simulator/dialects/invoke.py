"""Amazon Bedrock's InvokeModel: a publisher's own dialect in Amazon's envelope.

Claude's messages (model in the path, `anthropic_version` in the body, events as base64 in frames),
OpenAI's chat completions, Nova's messages, and the older models that complete a prompt. Embeddings
are in `invoke_embeddings`.

>>> publisher(b'{"inputText": "hi"}', "amazon.titan-embed-text-v2:0")
'embeddings'
"""

import base64
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from detente.dialects._framing.aws_events import read_event
from detente.simulator import composition, tokens
from detente.simulator.composition import Composition
from detente.simulator.dialects import (
    chat,
    chat_request,
    converse,
    converse_request,
    converse_turns,
    guardrail,
    invoke_completion,
    invoke_embeddings,
    messages,
)
from detente.simulator.dialects.guardrail import Guardrail
from detente.simulator.dialects.messages_request import VERSIONS, Request, parse
from detente.simulator.exchange import (
    Answer,
    Headers,
    JsonObject,
    Piece,
    Reply,
    RequestError,
    Setting,
    Stream,
    decode_body,
    json_reply,
    with_headers,
)

METRICS: Final = "amazon-bedrock-invocationMetrics"
"""The member of a stream's last event in which Amazon counts."""

ANTHROPIC_VERSIONS: Final = {"bedrock-2023-05-31": VERSIONS[0], VERSIONS[1]: VERSIONS[1]}

SERVER_TOOLS_KNOWN: Final = (
    *("bash_20250124", "custom", "text_editor_20250124", "text_editor_20250429"),
    "text_editor_20250728",
)

Publisher = Literal["anthropic", "openai", "nova", "embeddings", "completion"]


class ToolType(msgspec.Struct, frozen=True):
    """What kind of tool it is."""

    type: str = "custom"


class AnthropicBody(msgspec.Struct, frozen=True):
    """What Amazon reads of Claude's body before Claude does."""

    anthropic_version: str
    model: str | None = None
    stream: bool | None = None
    tools: list[ToolType] | None = None


def publisher(body: bytes, model: str) -> Publisher:
    """Whose dialect a body is in; raises `RequestError` 400 where Claude's says no version."""
    members = decode_body(body, dict[str, msgspec.Raw])
    if "anthropic_version" in members:
        return "anthropic"
    if "messages" in members:
        if "claude" in model:
            raise RequestError(400, "anthropic_version: Field required")
        return "nova" if "nova" in model or "inferenceConfig" in members else "openai"
    return "embeddings" if invoke_embeddings.recognises(frozenset(members)) else "completion"


def answer(
    body: bytes,
    model: str,
    setting: Setting,
    *,
    streamed: bool,
    guarding: Guardrail | None = None,
) -> Answer:
    """The answer to InvokeModel; raises `RequestError` 400."""
    match publisher(body, model):
        case "anthropic":
            return _anthropic(read_anthropic(body, model), setting, streamed, guarding)
        case "openai":
            return _openai(body, model, setting, streamed, guarding)
        case "nova":
            return _nova(body, model, setting, streamed, guarding)
        case "embeddings":
            reply, used = invoke_embeddings.answer(body, model)
            return with_headers(reply, counted(used))
        case "completion":
            return _completion(body, model, setting, streamed, guarding)


def read_anthropic(body: bytes, model: str, *, counting: bool = False) -> Request:
    """Claude's request without its envelope; raises `RequestError` 400."""
    envelope = decode_body(body, AnthropicBody)
    version = ANTHROPIC_VERSIONS.get(envelope.anthropic_version)
    if version is None:
        raise RequestError(
            400, f"Malformed input request: {envelope.anthropic_version} is not a valid version"
        )
    for name, value in (("model", envelope.model), ("stream", envelope.stream)):
        if value is not None:
            raise RequestError(400, f"{name}: Extra inputs are not permitted")
    for number, tool in enumerate(envelope.tools or ()):
        if tool.type not in SERVER_TOOLS_KNOWN:
            expected = ", ".join(f"'{name}'" for name in SERVER_TOOLS_KNOWN)
            raise RequestError(
                400,
                f"tools.{number}: Input tag '{tool.type}' found using 'type' does not match any "
                f"of the expected tags: {expected}",
            )
    return parse(body, version, counting=counting, model=model, platform=converse_turns.PLATFORM)


def _anthropic(
    request: Request, setting: Setting, streamed: bool, guarding: Guardrail | None
) -> Answer:
    told = guardrail.invoked(guarding, blocked=guardrail.blocks(guarding, request.ask))
    ask = guardrail.shielded(request.ask, guarding)
    asked = msgspec.structs.replace(request, ask=ask, stream=streamed)
    found = messages.answer(asked, setting)
    if isinstance(found, Reply):
        counts = counted(ask.input_tokens, found.tokens)
        return with_headers(_with_members(found, told), counts)
    return _stream(_framed(found.pieces, ask.input_tokens, told))


def _with_members(reply: Reply, members: JsonObject) -> Reply:
    """A whole answer with what a guardrail adds to it."""
    if not members:
        return reply
    value = {**msgspec.json.decode(reply.body, type=JsonObject), **members}
    return msgspec.structs.replace(reply, body=msgspec.json.encode(value))


def _framed(
    pieces: Iterator[Piece], input_tokens: int, told: JsonObject | None = None
) -> Iterator[Piece]:
    """Each event in a frame of its own; the last one tells the counts, pings are not sent."""
    seen = 0
    for piece in pieces:
        event = piece.data.partition(b"data: ")[2].strip()
        if event in (b'{"type":"ping"}', b"[DONE]"):
            continue
        seen += piece.token
        if event == b'{"type":"message_stop"}':
            event = msgspec.json.encode(
                {"type": "message_stop", **(told or {}), METRICS: _metrics(input_tokens, seen)}
            )
        yield Piece(chunk(event), piece.token)


def _openai(
    body: bytes, model: str, setting: Setting, streamed: bool, guarding: Guardrail | None
) -> Answer:
    asked = chat_request.parse(body, model)
    told = guardrail.invoked(guarding, blocked=guardrail.blocks(guarding, asked.ask))
    ask = guardrail.shielded(asked.ask, guarding)
    asked = msgspec.structs.replace(asked, ask=ask, stream=streamed)
    found = chat.answer(asked, setting, chat.Trim(whole=told))
    if isinstance(found, Reply):
        return with_headers(found, counted(ask.input_tokens, found.tokens))
    return _stream(_framed(found.pieces, ask.input_tokens))


def _nova(
    body: bytes, model: str, setting: Setting, streamed: bool, guarding: Guardrail | None
) -> Answer:
    """Nova's own dialect is Converse's; its stream has Converse's events by their names."""
    asked = converse_request.parse(body, model)
    told = guardrail.invoked(guarding, blocked=guardrail.blocks(guarding, asked.ask))
    asked = msgspec.structs.replace(asked, ask=guardrail.shielded(asked.ask, guarding))
    found = converse.answer(asked, setting, streamed=streamed)
    if isinstance(found, Reply):
        counts = counted(asked.ask.input_tokens, found.tokens)
        return with_headers(_with_members(found, told), counts)
    return _stream(_renamed(found.pieces))


def _renamed(pieces: Iterator[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        event = read_event(piece.data)
        value = {event.headers[":event-type"]: msgspec.json.decode(event.payload)}
        yield Piece(chunk(msgspec.json.encode(value)), piece.token)


def _completion(
    body: bytes, model: str, setting: Setting, streamed: bool, guarding: Guardrail | None
) -> Answer:
    asked = invoke_completion.parse(body, model)
    told = guardrail.invoked(guarding, blocked=guardrail.blocks(guarding, asked.ask))
    asked = msgspec.structs.replace(asked, ask=guardrail.shielded(asked.ask, guarding))
    composed = composition.compose(asked.ask, tokens=setting.tokens)
    used = asked.ask.input_tokens
    if not streamed:
        reply = json_reply(
            asked.form.whole(composed, asked.ask), tokens=composed.tokens, metered=True
        )
        return with_headers(_with_members(reply, told), counted(used, composed.tokens))
    return _stream(_completed(asked, composed, _metrics(used, composed.tokens)))


def _completed(
    asked: invoke_completion.Request, composed: Composition, metrics: JsonObject
) -> Iterator[Piece]:
    for word in tokens.split(composed.text):
        value = asked.form.whole(Composition(text=word), asked.ask)
        yield Piece(chunk(msgspec.json.encode(value)), True)
    last = asked.form.whole(msgspec.structs.replace(composed, text=""), asked.ask)
    yield Piece(chunk(msgspec.json.encode({**last, METRICS: metrics})))


def _stream(pieces: Iterator[Piece]) -> Stream:
    headers = (*converse.STREAM_HEADERS, ("x-amzn-bedrock-content-type", "application/json"))
    return Stream(headers=headers, pieces=pieces, failure=converse.stream_failure)


def _metrics(input_tokens: int, output_tokens: int) -> JsonObject:
    return {
        "inputTokenCount": input_tokens,
        "outputTokenCount": output_tokens,
        "invocationLatency": converse.LATENCY_MS,
        "firstByteLatency": converse.LATENCY_MS,
    }


def chunk(event: bytes) -> bytes:
    """One of the publisher's own events, in a frame."""
    return converse.frame("chunk", {"bytes": base64.b64encode(event).decode()})


def counted(input_tokens: int, output_tokens: int | None = None) -> Headers:
    """The headers in which Amazon counts."""
    found = [("x-amzn-bedrock-input-token-count", str(input_tokens))]
    if output_tokens is not None:
        found.append(("x-amzn-bedrock-output-token-count", str(output_tokens)))
    return (*found, ("x-amzn-bedrock-invocation-latency", str(converse.LATENCY_MS)))
