"""Reading a request of the format `GENERIC`: what the simulated model is asked, and in which form.

>>> parse(b'{"apiFormat": "GENERIC", "messages": [{"role": "USER", "content": '
...       b'[{"type": "TEXT", "text": "hi"}]}]}', "m").ask.prompt
'hi'
"""

import msgspec

from detente.simulator import media, tokens
from detente.simulator.composition import Ask, Result, Tool
from detente.simulator.dialects import chat_turns
from detente.simulator.dialects.oci_wire import Generic, Message, read_as
from detente.simulator.exchange import JsonObject, RequestError
from detente.simulator.sample import Schema, parse_schema

CHOICES = {None: "auto", "AUTO": "auto", "NONE": "none", "REQUIRED": "required"}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read: the question, how often, and in which form."""

    ask: Ask
    n: int = 1
    stream: bool = False
    include_usage: bool = False


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its checks see it."""

    role: str
    tool_call_id: str
    calls: tuple[chat_turns.Call, ...]


def parse(chat: bytes, model: str) -> Request:
    """Reads a `chatRequest`; raises `RequestError`."""
    read = read_as(chat, Generic)
    if not read.messages:
        raise RequestError(400, "messages must not be empty", code="InvalidParameter")
    turns = [
        Turn(role=m.role.lower(), tool_call_id=m.tool_call_id, calls=tuple(m.tool_calls or ()))
        for m in read.messages
    ]
    chat_turns.check(list(turns))
    _check_said(read.messages)
    choice = read.tool_choice
    named = choice.name if choice is not None and choice.type == "FUNCTION" else None
    names = [tool.name for tool in read.tools or ()]
    chat_turns.check_tools(names, named, settled=choice is not None)
    options = read.stream_options
    return Request(
        ask=_ask(read, model, read.messages, named),
        n=read.num_generations or 1,
        stream=bool(read.is_stream),
        include_usage=options is not None and bool(options.is_include_usage),
    )


def _check_said(messages: list[Message]) -> None:
    """Every message but an assistant's has content, and only tools name calls."""
    for message in messages:
        if message.role != "ASSISTANT" and not message.content:
            code = "InvalidParameter"
            raise RequestError(400, f"a {message.role} message must have content", code=code)
        if message.role != "ASSISTANT" and message.tool_calls:
            code = "InvalidParameter"
            raise RequestError(400, f"a {message.role} message has no tool calls", code=code)


def _ask(read: Generic, model: str, messages: list[Message], named: str | None) -> Ask:
    asked = [message for message in messages if message.role == "USER"]
    offered = read.tools or []
    choice = read.tool_choice
    limit = read.max_completion_tokens
    return Ask(
        model=model,
        prompt=_text(asked[-1]) if asked else "",
        media=_media(asked[-1]) if asked else (),
        input_tokens=sum(map(_cost, messages))
        + sum(tokens.count(f"{tool.name} {_raw(tool.parameters)}") for tool in offered),
        tools=tuple(
            Tool(name=tool.name, schema=parse_schema(bytes(tool.parameters))) for tool in offered
        ),
        choice=named or CHOICES.get(choice.type if choice is not None else None, "auto"),
        parallel=read.is_parallel_tool_calls is not False,
        results=_results(messages) or None,
        tokens_max=read.max_tokens if limit is None else limit,
        stops=tuple(read.stop or ()),
        schema=_schema(read),
        thinking=read.reasoning_effort not in (None, "NONE"),
    )


def _schema(read: Generic) -> Schema | None:
    form = read.response_format
    if form is None or form.type == "TEXT":
        return None
    held = form.json_schema
    return parse_schema(bytes(held.schema)) if held is not None else Schema(type="object")


def _results(messages: list[Message]) -> tuple[Result, ...]:
    """What the tools returned since the model last spoke, where nothing was said after it."""
    names = {call.id: call.name for message in messages for call in message.tool_calls or ()}
    found: list[Result] = []
    for message in reversed(messages):
        if message.role != "TOOL":
            break
        found.append(
            Result(
                id=message.tool_call_id,
                name=names.get(message.tool_call_id, ""),
                text=_text(message),
                media=_media(message),
            )
        )
    return tuple(reversed(found))


def _media(message: Message) -> tuple[JsonObject, ...]:
    links = [part.link for part in message.content or ()]
    return tuple(media.linked(link.url) for link in links if link is not None)


def _text(message: Message) -> str:
    return "".join(part.text or "" for part in message.content or ())


def _cost(message: Message) -> int:
    """The input tokens of a message: text, thoughts, calls, media, and the message itself."""
    calls = message.tool_calls or ()
    return (
        tokens.MESSAGE_TOKENS
        + tokens.count(_text(message))
        + tokens.count(message.reasoning_content or "")
        + len(_media(message)) * tokens.MEDIA_TOKENS
        + sum(1 + tokens.count(call.arguments) for call in calls)
    )


def _raw(value: msgspec.Raw) -> str:
    return bytes(value).decode("utf-8", "replace")
