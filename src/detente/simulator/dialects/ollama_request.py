"""Reading a request to Ollama's chat: what the simulated model is asked, and in which form.

Members that Ollama does not know are accepted unread, as Go reads JSON; those of the wrong type are
not. Results name their tool at best, so that a call is known by its name.

>>> parse(b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}').ask.prompt
'hi'
"""

from typing import Final, Literal, TypeVar

import msgspec

from detente.simulator import media, tokens
from detente.simulator.composition import Ask, Result, Tool
from detente.simulator.exchange import JsonObject, RequestError
from detente.simulator.sample import Schema, parse_schema

T = TypeVar("T")

ROLES: Final = ("system", "user", "assistant", "tool")
MEDIA_TYPE: Final = "image"
"""Of images, whose type nobody says."""


class CalledFunction(msgspec.Struct, frozen=True):
    """What was called; arguments are an object."""

    name: str = ""
    arguments: dict[str, msgspec.Raw] = {}


class Call(msgspec.Struct, frozen=True):
    """A call that the model made."""

    function: CalledFunction = CalledFunction()


class Message(msgspec.Struct, frozen=True):
    """One turn."""

    role: str = ""
    content: str | None = None
    thinking: str | None = None
    images: list[str] | None = None
    tool_name: str | None = None
    tool_calls: list[Call] | None = None


class OfferedFunction(msgspec.Struct, frozen=True):
    """A function that may be called."""

    name: str = ""
    parameters: msgspec.Raw = msgspec.Raw(b"{}")


class OfferedTool(msgspec.Struct, frozen=True):
    """A tool that is offered."""

    type: str | None = "function"
    function: OfferedFunction = OfferedFunction()


class Options(msgspec.Struct, frozen=True):
    """What is set of sampling; -1 and -2 tokens are no bound."""

    num_predict: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    stop: list[str] | None = None


class Body(msgspec.Struct, frozen=True):
    """What is read of a request; the rest is accepted unread."""

    model: str = ""
    messages: list[Message] | None = None
    tools: list[OfferedTool] | None = None
    stream: bool | None = None
    format: Literal["", "json"] | dict[str, msgspec.Raw] | None = None
    options: Options | None = None
    keep_alive: int | float | str | None = None
    think: bool | str | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read; `load` is one without messages, which only loads the model."""

    ask: Ask
    stream: bool = True
    load: bool = False


def parse(body: bytes) -> Request:
    """Reads a request body; raises `RequestError`."""
    read = read_as(body, Body)
    if not read.model:
        raise RequestError(400, "model is required")
    if isinstance(read.think, str) and read.think not in ("low", "medium", "high"):
        raise RequestError(
            400,
            f'invalid think value: "{read.think}" (must be "high", "medium", "low", true, or '
            "false)",
        )
    messages = read.messages or []
    for message in messages:
        if message.role not in ROLES:
            known = ", ".join(f'"{role}"' for role in ROLES)
            raise RequestError(
                400, f'invalid role: "{message.role}", role must be one of [{known}]'
            )
        if message.tool_calls and message.role != "assistant":
            raise RequestError(400, f"a message of role {message.role} makes no tool calls")
    return Request(ask=_ask(read, messages), stream=read.stream is not False, load=not messages)


def read_as(body: bytes, schema: type[T]) -> T:
    """The body as `schema`; raises `RequestError` 400 in Ollama's manner."""
    if not body.strip():
        raise RequestError(400, "missing request body")
    try:
        return msgspec.json.decode(body.decode(), type=schema)
    except msgspec.ValidationError as error:
        raise RequestError(400, f"json: cannot unmarshal: {error}") from None
    except (ValueError, RecursionError):
        raise RequestError(400, "invalid character in the request body") from None


def served(model: str, models: tuple[str, ...]) -> str:
    """`model` as it is served, with or without the tag that is meant by none; raises 404."""
    for name in (model, model.removesuffix(":latest"), f"{model}:latest"):
        if name in models:
            return name
    raise RequestError(404, f"model '{model}' not found")


def _ask(read: Body, messages: list[Message]) -> Ask:
    asked = [message for message in messages if message.role == "user"]
    options = read.options or Options()
    offered = read.tools or []
    bound = options.num_predict
    return Ask(
        model=read.model,
        prompt=asked[-1].content or "" if asked else "",
        media=_media(asked[-1]) if asked else (),
        input_tokens=sum(map(_cost, messages))
        + sum(tokens.count(f"{t.function.name} {_raw(t.function.parameters)}") for t in offered),
        tools=tuple(
            Tool(name=t.function.name, schema=parse_schema(bytes(t.function.parameters)))
            for t in offered
        ),
        results=_results(messages) or None,
        tokens_max=bound if bound is not None and bound >= 0 else None,
        stops=tuple(options.stop or ()),
        schema=_schema(read),
        thinking=bool(read.think),
    )


def _schema(read: Body) -> Schema | None:
    match read.format:
        case "json":
            return Schema()
        case None | "":
            return None
        case schema:
            return parse_schema(msgspec.json.encode(schema)) if schema else None


def _results(messages: list[Message]) -> tuple[Result, ...]:
    """What the tools returned since the model last spoke, where nothing was said after it.

    A result without a name is that of the call at its place.
    """
    found: list[Message] = []
    for message in reversed(messages):
        if message.role != "tool":
            break
        found.append(message)
    found.reverse()
    before = messages[: len(messages) - len(found)]
    calls = (before[-1].tool_calls or []) if before else []
    places = [call.function.name for call in calls] + [""] * len(found)
    return tuple(
        Result(name=one.tool_name or place, text=one.content or "", media=_media(one))
        for one, place in zip(found, places, strict=False)
    )


def _media(message: Message) -> tuple[JsonObject, ...]:
    return tuple(media.seen(MEDIA_TYPE, image) for image in message.images or ())


def _cost(message: Message) -> int:
    """The input tokens of a message: text, calls, images, and the message itself."""
    calls = message.tool_calls or ()
    return (
        tokens.MESSAGE_TOKENS
        + tokens.count(message.content or "")
        + len(message.images or ()) * tokens.MEDIA_TOKENS
        + sum(
            1 + tokens.count(msgspec.json.encode(call.function.arguments).decode())
            for call in calls
        )
    )


def _raw(value: msgspec.Raw) -> str:
    return bytes(value).decode("utf-8", "replace")
