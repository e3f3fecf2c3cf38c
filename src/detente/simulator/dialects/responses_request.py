"""Reading an OpenAI Responses request.

Unknown keys are accepted unread. Does not answer, and remembers no earlier response.

>>> parse(b'{"model": "m", "input": "hi"}').ask.prompt
'hi'
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.simulator import media, tokens
from detente.simulator.composition import Ask, Result, Tool
from detente.simulator.dialects import chat_turns, responses_items
from detente.simulator.exchange import JsonObject, RequestError, decode_body
from detente.simulator.sample import parse_schema

TEMPERATURE_MAX: Final = 2

UNCOUNTED: Final = (
    "background",
    "include",
    "max_output_tokens",
    "metadata",
    "prompt_cache_key",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "temperature",
    "top_logprobs",
    "top_p",
    "user",
)
"""Parameters of a response that counting does not know."""


class Part(msgspec.Struct, frozen=True):
    """A part of a message; what is not text costs its fixed number of tokens."""

    type: str = "input_text"
    text: str | None = None
    image_url: str | None = None
    file_data: str | None = None
    file_url: str | None = None


class Item(msgspec.Struct, frozen=True):
    """One item of the input: a message, a call, or what a call returned."""

    type: str = "message"
    role: str = "user"
    content: str | list[Part] | None = None
    arguments: str | dict[str, object] = ""
    output: str | list[Part] | None = None
    call_id: str | None = None
    name: str = ""
    id: str | None = None
    encrypted_content: str | None = None


class ToolBody(msgspec.Struct, frozen=True):
    """A tool; only functions have a name and a schema."""

    type: str = "function"
    name: str = ""
    parameters: msgspec.Raw = msgspec.Raw(b"{}")


class Choice(msgspec.Struct, frozen=True):
    """A choice of one tool."""

    type: str = "function"
    name: str = ""


class Format(msgspec.Struct, frozen=True):
    """The form that an answer must have."""

    type: str = "text"
    schema: msgspec.Raw = msgspec.Raw(b"{}")


class Text(msgspec.Struct, frozen=True):
    """Settings of the text."""

    format: Format = Format()


class Reasoning(msgspec.Struct, frozen=True):
    """How much to reason, and whether to tell of it."""

    effort: str | None = None
    summary: str | None = None


class Body(msgspec.Struct, frozen=True):
    """What is read of a request."""

    model: str | None = None
    input: str | list[Item] | None = None
    instructions: str | None = None
    tools: list[msgspec.Raw] | None = None
    tool_choice: str | Choice | None = None
    parallel_tool_calls: bool | None = None
    max_output_tokens: Annotated[int, Meta(ge=1)] | None = None
    stream: bool | None = None
    text: Text | None = None
    metadata: dict[str, str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    store: bool | None = None
    previous_response_id: str | None = None
    conversation: str | dict[str, object] | None = None
    user: str | None = None
    reasoning: Reasoning | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read: the question, and what the response object repeats of it."""

    ask: Ask
    body: Body
    stream: bool = False


def parse(body: bytes, *, counting: bool = False) -> Request:
    """Reads a request body; `counting` is for its tokens only. Raises `RequestError`."""
    read = decode_body(body, Body)
    if counting:
        _check_counted(body)
    if read.model is None:
        raise RequestError(
            400, "Missing required parameter: 'model'.", code="missing_required_parameter"
        )
    if read.input is None:
        raise RequestError(
            400,
            "Missing required parameter: 'input'.",
            code="missing_required_parameter",
            param="input",
        )
    _check_temperature(read.temperature)
    if isinstance(read.input, list):
        earlier = read.previous_response_id or read.conversation
        responses_items.check(list(read.input), continued=earlier is not None)
    return Request(ask=_ask(read, read.model), body=read, stream=bool(read.stream))


def _check_counted(body: bytes) -> None:
    members = decode_body(body, dict[str, msgspec.Raw])
    for name in UNCOUNTED:
        if name in members:
            raise RequestError(
                400, f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name
            )


def _check_temperature(temperature: float | None) -> None:
    if temperature is None or 0 <= temperature <= TEMPERATURE_MAX:
        return
    bound, sign = ("maximum", "<= 2") if temperature > 0 else ("minimum", ">= 0")
    side = "above_max" if temperature > 0 else "below_min"
    raise RequestError(
        400,
        f"Invalid 'temperature': decimal {side[:5]} {bound} value. Expected a value {sign}, but "
        f"got {temperature:g} instead.",
        code=f"decimal_{side}_value",
        param="temperature",
    )


def _ask(read: Body, model: str) -> Ask:
    items = [Item(content=read.input)] if isinstance(read.input, str) else read.input or []
    offered = [decode_body(bytes(raw), ToolBody) for raw in read.tools or ()]
    functions = [tool for tool in offered if tool.type == "function"]
    chosen = read.tool_choice
    chat_turns.check_tools(
        [tool.name for tool in functions],
        chosen.name if isinstance(chosen, Choice) and chosen.type == "function" else None,
        settled=chosen == "required" and not offered,
    )
    said, shown = _parted(items)
    users = [item for item in said if item.type == "message" and item.role == "user"]
    choice = read.tool_choice
    form = read.text.format if read.text else Format()
    return Ask(
        model=model,
        prompt=_text(users[-1].content) if users else "",
        media=_media(users[-1].content) if users else (),
        input_tokens=_cost(read, items),
        tools=tuple(
            Tool(name=tool.name, schema=parse_schema(bytes(tool.parameters))) for tool in functions
        ),
        choice=choice.name if isinstance(choice, Choice) else choice or "auto",
        parallel=read.parallel_tool_calls is not False,
        results=(*_results(said), *shown) or None,
        tokens_max=read.max_output_tokens,
        schema=None if form.type == "text" else parse_schema(bytes(form.schema)),
        thinking=read.reasoning is not None and read.reasoning.effort != "none",
    )


def _parted(items: list[Item]) -> tuple[list[Item], tuple[Result, ...]]:
    """The items without a last message that only shows what tools returned, and that as a result:
    media may stand beside outputs, too."""
    if len(items) < 2 or items[-1].type != "message" or items[-1].role != "user":
        return items, ()
    media = _media(items[-1].content)
    if items[-2].type != "function_call_output" or not media:
        return items, ()
    return items[:-1], (Result(text=_text(items[-1].content), media=media),)


def _results(items: list[Item]) -> tuple[Result, ...]:
    """What the tools returned since the model last spoke, where nothing was said after it."""
    names = {item.call_id: item.name for item in items if item.type == "function_call"}
    found: list[Result] = []
    for item in reversed(items):
        if item.type != "function_call_output":
            break
        found.append(
            Result(
                id=item.call_id or "",
                name=names.get(item.call_id, ""),
                text=_text(item.output),
                media=_media(item.output),
            )
        )
    return tuple(reversed(found))


def _media(content: str | list[Part] | None) -> tuple[JsonObject, ...]:
    parts = content if isinstance(content, list) else []
    return tuple(_seen(part) for part in parts if part.text is None)


def _seen(part: Part) -> JsonObject:
    if (part.file_data or "").startswith(("data:audio/", "data:video/")):
        raise RequestError(
            400,
            "Invalid file data: expected a base64-encoded data URL with a valid file MIME type, "
            "but got an unsupported MIME type.",
            code="invalid_value",
            param="input",
        )
    url = part.image_url or part.file_data or part.file_url
    return {"type": part.type} if url is None else media.linked(url)


def _text(content: str | list[Part] | None) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.text or "" for part in content or ())


def _cost(read: Body, items: list[Item]) -> int:
    """The input tokens: instructions, items, tools."""
    used = tokens.count(read.instructions or "")
    for item in items:
        parts = item.content if isinstance(item.content, list) else []
        seen = sum(part.text is None for part in parts)
        used += tokens.MESSAGE_TOKENS + seen * tokens.MEDIA_TOKENS
        used += tokens.count(_text(item.content) + str(item.arguments) + _text(item.output))
    return used + sum(
        tokens.count(bytes(raw).decode("utf-8", "replace")) for raw in read.tools or ()
    )
