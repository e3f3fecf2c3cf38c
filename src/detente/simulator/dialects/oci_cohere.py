"""The format `COHEREV2` of Oracle Cloud's chat, which Cohere's models speak: reading and answering.

The words are those of Cohere's own API in another spelling, so a request is respelt and read by its
reader; members that the format does not have are refused before that. Of its stream only the text's
place is known from open integrations (langchain-oracle's `CohereProvider`, read 22 November 2026):
each chunk adds to a message, and calls come whole.

>>> chat = b'{"apiFormat": "COHEREV2", "messages": [{"role": "USER", "content": '
>>> parse(chat + b'[{"type": "TEXT", "text": "hi"}]}]}', "cohere.command-a-03-2025").ask.prompt
'hi'
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from detente.simulator import composition, tokens
from detente.simulator.composition import Composition
from detente.simulator.dialects import cohere_request
from detente.simulator.dialects.cohere import FINISHES
from detente.simulator.dialects.cohere_request import Request
from detente.simulator.dialects.oci import (
    STREAM_HEADERS,
    call_id,
    failure,
    padded,
    usage,
    whole,
)
from detente.simulator.dialects.oci_wire import Link, StreamOptions, Strict, read_as
from detente.simulator.exchange import (
    Answer,
    JsonObject,
    Piece,
    Setting,
    Stream,
    json_reply,
)

Penalty = Annotated[float, Meta(ge=0, le=1)]


class Part(Strict, frozen=True):
    """A piece of content."""

    type: Literal["TEXT", "IMAGE_URL", "DOCUMENT", "THINKING"]
    text: str | None = None
    thinking: str | None = None
    image_url: Link | None = None
    document: JsonObject | None = None


class Call(Strict, frozen=True):
    """A call that the model made."""

    id: str
    type: Literal["FUNCTION"]
    function: dict[str, str]


class Message(Strict, frozen=True):
    """One turn."""

    role: Literal["SYSTEM", "USER", "ASSISTANT", "TOOL"]
    content: list[Part] | None = None
    tool_calls: list[Call] | None = None
    tool_plan: str | None = None
    tool_call_id: str | None = None
    citations: list[msgspec.Raw] | None = None


class Function(Strict, frozen=True):
    """A function that may be called."""

    name: str
    description: str | None = None
    parameters: msgspec.Raw = msgspec.Raw(b"{}")


class Tool(Strict, frozen=True):
    """A tool that is offered."""

    type: Literal["FUNCTION"]
    function: Function


class Form(Strict, frozen=True):
    """The form that an answer must have."""

    type: Literal["TEXT", "JSON_OBJECT"]
    schema: JsonObject | None = None


class Thinking(Strict, frozen=True):
    """Whether to think first."""

    type: Literal["ENABLED", "DISABLED"]
    token_budget: Annotated[int, Meta(ge=1)] | None = None


class Citations(Strict, frozen=True):
    """How citations are made."""

    mode: Literal["FAST", "ACCURATE", "OFF"]


class Coheres(Strict, frozen=True):
    """A request."""

    api_format: Literal["COHEREV2"]
    messages: list[Message] | None = None
    documents: list[msgspec.Raw] | None = None
    citation_options: Citations | None = None
    tools_choice: Literal["REQUIRED", "NONE"] | None = None
    tools: list[Tool] | None = None
    is_strict_tools_enabled: bool | None = None
    is_log_probs_enabled: bool | None = None
    thinking: Thinking | None = None
    response_format: Form | None = None
    is_search_queries_only: bool | None = None
    stream_options: StreamOptions | None = None
    is_stream: bool | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=0, le=500)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    seed: int | None = None
    stop_sequences: list[str] | None = None
    priority: int | None = None
    is_raw_prompting: bool | None = None
    safety_mode: Literal["CONTEXTUAL", "STRICT", "OFF"] | None = None


NAMES: Final = {
    "tools_choice": "tool_choice",
    "is_strict_tools_enabled": "strict_tools",
    "is_stream": "stream",
    "max_tokens": "max_tokens",
    "stop_sequences": "stop_sequences",
    "documents": "documents",
}
"""What the reader of Cohere's own API looks at, by its names."""


def parse(chat: bytes, model: str) -> Request:
    """Reads a `chatRequest`; raises `RequestError`."""
    read = read_as(chat, Coheres)
    told: JsonObject = {"model": model, "messages": [_message(m) for m in read.messages or ()]}
    for name, theirs in NAMES.items():
        if getattr(read, name) is not None:
            told[theirs] = getattr(read, name)
    if read.tools is not None:
        told["tools"] = [{"type": "function", "function": tool.function} for tool in read.tools]
    if read.thinking is not None:
        told["thinking"] = {"type": read.thinking.type.lower()}
    form = read.response_format
    if form is not None:
        held = {} if form.schema is None else {"json_schema": form.schema}
        told["response_format"] = {"type": form.type.lower(), **held}
    return cohere_request.parse(msgspec.json.encode(told))


def answer(request: Request, setting: Setting) -> Answer:
    """The answer, whole or as a stream."""
    ask = request.ask
    composed = composition.compose(ask, tokens=setting.tokens)
    used = usage(ask.input_tokens, composed.tokens)
    if request.stream:
        pieces = _pieces(composed, used)
        return Stream(headers=STREAM_HEADERS, pieces=pieces, failure=failure)
    chat: JsonObject = {
        "apiFormat": "COHEREV2",
        "id": composition.identity(ask, composed),
        "message": {"role": "ASSISTANT", **_said(composed)},
        "finishReason": FINISHES[composed.finish],
        "usage": used,
    }
    return json_reply(whole(ask.model, chat), tokens=composed.tokens, metered=True)


def _message(message: Message) -> JsonObject:
    told: JsonObject = {"role": message.role.lower()}
    if message.content is not None:
        told["content"] = [_part(part) for part in message.content]
    if message.tool_calls is not None:
        told["tool_calls"] = [
            {"id": call.id, "type": "function", "function": call.function}
            for call in message.tool_calls
        ]
    for name in ("tool_plan", "tool_call_id", "citations"):
        if getattr(message, name) is not None:
            told[name] = getattr(message, name)
    return told


def _part(part: Part) -> JsonObject:
    told: JsonObject = {"type": part.type.lower()}
    for name in ("text", "thinking", "document"):
        if getattr(part, name) is not None:
            told[name] = getattr(part, name)
    if part.image_url is not None:
        told["image_url"] = {"url": part.image_url.url}
    return told


def _said(composed: Composition) -> JsonObject:
    message: JsonObject = {}
    content = [
        {"type": kind, member: text}
        for kind, member, text in (
            ("THINKING", "thinking", composed.thinking),
            ("TEXT", "text", composed.text),
        )
        if text
    ]
    if content:
        message["content"] = content
    if composed.calls:
        message["toolCalls"] = [_call(composed, index) for index in range(len(composed.calls))]
    return message


def _call(composed: Composition, index: int) -> JsonObject:
    call = composed.calls[index]
    function: JsonObject = {"name": call.name, "arguments": call.arguments}
    return {"id": call_id(composed, index), "type": "FUNCTION", "function": function}


def _pieces(composed: Composition, used: JsonObject) -> Iterator[Piece]:
    """The chunks: thoughts, text, calls, then the end with the usage."""
    count = 0
    for kind, member, text in (
        ("THINKING", "thinking", composed.thinking),
        ("TEXT", "text", composed.text),
    ):
        for word in tokens.split(text):
            yield Piece(_chunk({"content": [{"type": kind, member: word}]}, count), token=True)
            count += 1
    for index in range(len(composed.calls)):
        yield Piece(_chunk({"toolCalls": [_call(composed, index)]}, count), token=True)
        count += 1
    last: JsonObject = {
        "apiFormat": "COHEREV2",
        "finishReason": FINISHES[composed.finish],
        "usage": used,
    }
    yield Piece(padded(last, count))


def _chunk(said: JsonObject, number: int) -> bytes:
    message: JsonObject = {"role": "ASSISTANT", **said}
    return padded({"apiFormat": "COHEREV2", "message": message}, number)
