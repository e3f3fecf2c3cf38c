"""Reading a chat completions request: what the simulated model is asked, and in which form.

Unknown keys are accepted unread. Does not answer.

>>> parse(b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}').ask.prompt
'hi'
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from detente.simulator import media, tokens
from detente.simulator.composition import Ask, Result, Tool
from detente.simulator.dialects import chat_turns
from detente.simulator.exchange import JsonObject, RequestError, decode_body
from detente.simulator.harms import is_guard
from detente.simulator.sample import parse_schema


class Link(msgspec.Struct, frozen=True):
    """Where an image is, perhaps in the URL itself."""

    url: str = ""


class Sound(msgspec.Struct, frozen=True):
    """Audio in a prompt, as base64."""

    data: str = ""
    format: str = ""


class File(msgspec.Struct, frozen=True):
    """A document in a prompt, as a `data:` URL."""

    file_data: str = ""


class Part(msgspec.Struct, frozen=True):
    """A part of a message; what is not text costs its fixed number of tokens."""

    type: str = "text"
    text: str | None = None
    image_url: Link | None = None
    input_audio: Sound | None = None
    file: File | None = None


class Function(msgspec.Struct, frozen=True):
    """A function in a tool, a call or a choice."""

    name: str = ""
    arguments: str = ""
    parameters: msgspec.Raw = msgspec.Raw(b"{}")


class FunctionHolder(msgspec.Struct, frozen=True):
    """A tool, a call or a choice: they all hold a function."""

    type: str = "function"
    id: str = ""
    function: Function = Function()


class Message(msgspec.Struct, frozen=True):
    """One turn."""

    role: str
    content: str | list[Part] | None = None
    tool_calls: list[FunctionHolder] | None = None
    tool_call_id: str = ""

    @property
    def calls(self) -> tuple[chat_turns.Call, ...]:
        """The calls of an assistant's message."""
        return tuple(self.tool_calls or ())


class StreamOptions(msgspec.Struct, frozen=True):
    """Whether the last chunk says the usage."""

    include_usage: bool | None = None


class SchemaHolder(msgspec.Struct, frozen=True):
    """The schema of a structured output."""

    schema: msgspec.Raw = msgspec.Raw(b"{}")


class Format(msgspec.Struct, frozen=True):
    """The form that an answer must have."""

    type: str = "text"
    json_schema: SchemaHolder | None = None


class Body(msgspec.Struct, frozen=True):
    """What is read of a request; the rest is accepted unread."""

    model: str | None = None
    messages: list[Message] | None = None
    tools: list[FunctionHolder] | None = None
    tool_choice: str | FunctionHolder | None = None
    parallel_tool_calls: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[int, Meta(ge=1, le=128)] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1)] | None = None
    stop: str | Annotated[list[str], Meta(max_length=4)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    frequency_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    response_format: Format | None = None
    reasoning_effort: str | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read: the question, how often, and in which form."""

    ask: Ask
    n: int = 1
    stream: bool = False
    include_usage: bool = False


def parse(
    body: bytes, model: str | None = None, *, call_id_max: int = chat_turns.CALL_ID_MAX
) -> Request:
    """Reads a request body; `model` replaces the body's. Raises `RequestError`."""
    read = decode_body(body, Body)
    model = model or read.model
    if model is None:
        raise RequestError(400, "you must provide a model parameter")
    if not read.messages:
        raise RequestError(
            400,
            "Missing required parameter: 'messages'.",
            code="missing_required_parameter",
            param="messages",
        )
    chat_turns.check(list(read.messages), call_id_max)
    choice = read.tool_choice
    chat_turns.check_tools(
        [tool.function.name for tool in read.tools or () if tool.type == "function"],
        choice.function.name if isinstance(choice, FunctionHolder) else None,
        settled=choice not in (None, "none") and not read.tools,
    )
    options = read.stream_options
    if options is not None and not read.stream:
        raise RequestError(
            400,
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    return Request(
        ask=_ask(read, model, read.messages),
        n=read.n or 1,
        stream=bool(read.stream),
        include_usage=options is not None and bool(options.include_usage),
    )


def _ask(read: Body, model: str, messages: list[Message]) -> Ask:
    offered = read.tools or []
    choice = read.tool_choice
    form = read.response_format
    stop = read.stop
    said, shown = _parted(messages)
    asking = ("user", "assistant") if is_guard(model) else ("user",)  # it judges the last turn
    return Ask(
        model=model,
        prompt=next((_text(m) for m in reversed(said) if m.role in asking), ""),
        media=next((_media(m) for m in reversed(said) if m.role == "user"), ()),
        input_tokens=sum(map(_cost, messages)) + sum(tokens.count(_raw(t)) for t in offered),
        tools=tuple(
            Tool(name=t.function.name, schema=parse_schema(bytes(t.function.parameters)))
            for t in offered
        ),
        choice=choice.function.name if isinstance(choice, FunctionHolder) else choice or "auto",
        parallel=read.parallel_tool_calls is not False,
        results=(*_results(said), *shown) or None,
        tokens_max=read.max_completion_tokens or read.max_tokens,
        stops=() if stop is None else (stop,) if isinstance(stop, str) else tuple(stop),
        schema=None
        if form is None or form.type == "text"
        else parse_schema(bytes(form.json_schema.schema) if form.json_schema else b"{}"),
        thinking=read.reasoning_effort not in (None, "none"),
    )


def _parted(messages: list[Message]) -> tuple[list[Message], tuple[Result, ...]]:
    """The messages without a last one that only shows what tools returned, and that as a result.

    Tool messages have no place for media, so that clients put them into a user's message that
    follows.
    """
    if len(messages) < 2 or messages[-1].role != "user" or messages[-2].role != "tool":
        return messages, ()
    media = _media(messages[-1])
    if not media:
        return messages, ()
    return messages[:-1], (Result(text=_text(messages[-1]), media=media),)


def _results(messages: list[Message]) -> tuple[Result, ...]:
    """What the tools returned since the model last spoke, where nothing was said after it."""
    names = {call.id: call.function.name for m in messages for call in m.tool_calls or ()}
    found: list[Result] = []
    for message in reversed(messages):
        if message.role != "tool":
            break
        identity = message.tool_call_id
        found.append(
            Result(
                id=identity,
                name=names.get(identity, ""),
                text=_text(message),
                media=_media(message),
            )
        )
    return tuple(reversed(found))


def _media(message: Message) -> tuple[JsonObject, ...]:
    parts = message.content if isinstance(message.content, list) else []
    return tuple(_seen(part) for part in parts if part.text is None)


def _seen(part: Part) -> JsonObject:
    if part.image_url is not None:
        return media.linked(part.image_url.url)
    if part.input_audio is not None:
        return media.seen(f"audio/{part.input_audio.format}", part.input_audio.data)
    if part.file is not None and part.file.file_data:
        return media.linked(part.file.file_data)
    return {"type": part.type}


def _text(message: Message) -> str:
    if isinstance(message.content, str):
        return message.content
    return "".join(part.text or "" for part in message.content or ())


def _cost(message: Message) -> int:
    """The input tokens of a message: text, calls, media, and the message itself."""
    pieces = message.content if isinstance(message.content, list) else []
    seen = sum(part.text is None for part in pieces)
    calls = message.tool_calls or ()
    return (
        tokens.MESSAGE_TOKENS
        + tokens.count(_text(message))
        + seen * tokens.MEDIA_TOKENS
        + sum(1 + tokens.count(call.function.arguments) for call in calls)
    )


def _raw(tool: FunctionHolder) -> str:
    return tool.function.name + " " + bytes(tool.function.parameters).decode("utf-8", "replace")
