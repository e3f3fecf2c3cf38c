"""Reading a request to Cohere's chat: what the simulated model is asked, and in which form.

>>> parse(b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}').ask.prompt
'hi'
"""

import msgspec

from detente.simulator import media, tokens
from detente.simulator.composition import Ask, Result, Tool
from detente.simulator.dialects.cohere_wire import Body, Message, Part, read_body
from detente.simulator.exchange import JsonObject, RequestError
from detente.simulator.sample import Schema, parse_schema


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read."""

    ask: Ask
    stream: bool = False


def parse(body: bytes) -> Request:
    """Reads a request body; raises `RequestError`."""
    read = read_body(body)
    if read.model is None:
        raise RequestError(400, "invalid request: model is required")
    if not read.messages:
        raise RequestError(400, "invalid request: messages must not be empty")
    check(read.messages)
    if read.tool_choice is not None and not read.tools:
        raise RequestError(
            400, "invalid request: tool_choice is only supported if tools are specified"
        )
    if read.response_format is not None and read.tools:
        raise RequestError(
            400, "invalid request: response_format is not supported together with tools"
        )
    return Request(ask=_ask(read, read.model, read.messages), stream=bool(read.stream))


def check(messages: list[Message]) -> None:
    """Raises `RequestError` 400 for what Cohere refuses of a conversation."""
    known: set[str] = set()
    wanted: set[str] = set()
    for message in messages:
        if message.role == "tool":
            if message.tool_call_id is None or message.tool_call_id not in known:
                raise RequestError(
                    400,
                    "invalid request: tool message must have a tool_call_id that matches a tool "
                    "call of a previous assistant message",
                )
            wanted.discard(message.tool_call_id)
            continue
        _check_answered(wanted)
        if message.role != "assistant":
            _check_said(message)
            continue
        calls = message.tool_calls or []
        if not calls and not message.content:
            raise RequestError(
                400,
                "invalid request: an assistant message must have at least one of content or "
                "tool_calls",
            )
        wanted = {call.id for call in calls}
        known |= wanted
    _check_answered(wanted)


def _check_said(message: Message) -> None:
    if message.tool_calls or message.tool_call_id is not None:
        raise RequestError(400, f"invalid request: a {message.role} message has no tool calls")
    if message.content is None or message.content == []:
        raise RequestError(400, f"invalid request: a {message.role} message must have content")


def _check_answered(wanted: set[str]) -> None:
    if wanted:
        raise RequestError(
            400,
            "invalid request: all tool calls must be answered by tool messages; missing: "
            f"{', '.join(sorted(wanted))}",
        )


def _ask(read: Body, model: str, messages: list[Message]) -> Ask:
    asked = [message for message in messages if message.role == "user"]
    offered = read.tools or []
    thinks = read.thinking is not None and read.thinking.type == "enabled"
    return Ask(
        model=model,
        prompt=_text(asked[-1]) if asked else "",
        media=_media(asked[-1]) if asked else (),
        input_tokens=sum(map(_cost, messages))
        + sum(tokens.count(f"{t.function.name} {_raw(t.function.parameters)}") for t in offered)
        + sum(tokens.count(_raw(document)) for document in read.documents or ()),
        tools=tuple(
            Tool(name=t.function.name, schema=parse_schema(bytes(t.function.parameters)))
            for t in offered
        ),
        choice={None: "auto", "REQUIRED": "required", "NONE": "none"}[read.tool_choice],
        results=_results(messages) or None,
        tokens_max=read.max_tokens,
        stops=tuple(read.stop_sequences or ()),
        schema=_schema(read),
        thinking=thinks,
    )


def _schema(read: Body) -> Schema | None:
    form = read.response_format
    if form is None or form.type == "text":
        return None
    given = bytes(form.json_schema)
    return parse_schema(bytes(form.schema) if given == b"{}" else given)


def _results(messages: list[Message]) -> tuple[Result, ...]:
    """What the tools returned since the model last spoke, where nothing was said after it."""
    names = {call.id: call.function.name for m in messages for call in m.tool_calls or ()}
    found: list[Result] = []
    for message in reversed(messages):
        if message.role != "tool":
            break
        identity = message.tool_call_id or ""
        found.append(Result(id=identity, name=names.get(identity, ""), text=_text(message)))
    return tuple(reversed(found))


def _media(message: Message) -> tuple[JsonObject, ...]:
    parts = message.content if isinstance(message.content, list) else []
    return tuple(media.linked(part.image_url.url) for part in parts if part.image_url is not None)


def _text(message: Message) -> str:
    if isinstance(message.content, str):
        return message.content
    return "".join(_part_text(part) for part in message.content or ())


def _part_text(part: Part) -> str:
    if part.document is not None:
        data = part.document.data
        return data if isinstance(data, str) else msgspec.json.encode(data).decode()
    return part.text or ""


def _cost(message: Message) -> int:
    """The input tokens of a message: text, calls, images, and the message itself."""
    calls = message.tool_calls or ()
    return (
        tokens.MESSAGE_TOKENS
        + tokens.count(_text(message))
        + tokens.count(message.tool_plan or "")
        + len(_media(message)) * tokens.MEDIA_TOKENS
        + sum(1 + tokens.count(call.function.arguments) for call in calls)
    )


def _raw(value: msgspec.Raw) -> str:
    return bytes(value).decode("utf-8", "replace")
