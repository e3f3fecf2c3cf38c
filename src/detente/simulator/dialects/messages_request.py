"""Reading an Anthropic messages request, under both API versions.

Unknown keys are accepted unread. Does not answer.

>>> body = b'{"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}'
>>> parse(body, "2023-06-01").ask.prompt
'hi'
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.simulator import media, tokens
from detente.simulator.composition import Ask, Result, Tool
from detente.simulator.dialects import messages_turns
from detente.simulator.dialects.messages_turns import Thinking
from detente.simulator.exchange import JsonObject, RequestError, decode_body
from detente.simulator.sample import parse_schema

Share = Annotated[float, Meta(ge=0, le=1)]

ToolName = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,128}$")]

VERSIONS: Final = ("2023-06-01", "2026-10-21")

UNCOUNTED: Final = (
    "inference_geo",
    "max_tokens",
    "metadata",
    "service_tier",
    "stop_sequences",
    "stream",
    "temperature",
    "top_k",
    "top_p",
)
"""Members of a message that counting does not take."""

CHOICES: Final = {"auto": "auto", "any": "required", "none": "none"}


class SourceBody(msgspec.Struct, frozen=True):
    """Where an image or document is."""

    type: str = ""
    media_type: str = ""
    data: str = ""
    url: str = ""
    file_id: str = ""


class Block(msgspec.Struct, frozen=True):
    """A block of content."""

    type: str = "text"
    text: str | None = None
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"")
    content: msgspec.Raw = msgspec.Raw(b'""')
    citations: list[msgspec.Raw] | None = None
    source: SourceBody | None = None
    id: str = ""
    tool_use_id: str = ""
    is_error: bool | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None


class Message(msgspec.Struct, frozen=True):
    """One turn."""

    role: str
    content: str | list[Block]


class ResultBody(msgspec.Struct, frozen=True):
    """What a tool returned; read apart, because other blocks use the same key for other things."""

    content: str | list[Block]


class ToolBody(msgspec.Struct, frozen=True):
    """A tool; those that Anthropic runs itself have no schema and are never called."""

    name: ToolName
    input_schema: msgspec.Raw = msgspec.Raw(b"")
    description: str = ""


class Choice(msgspec.Struct, frozen=True):
    """Which tool, and whether one at a time."""

    type: str = "auto"
    name: str = ""
    disable_parallel_tool_use: bool = False


class Format(msgspec.Struct, frozen=True):
    """The form that an answer must have."""

    type: str = "text"
    schema: msgspec.Raw = msgspec.Raw(b"{}")


class OutputConfig(msgspec.Struct, frozen=True):
    """Settings of the answer."""

    format: Format | None = None


class Body(msgspec.Struct, frozen=True):
    """What is read of a request."""

    model: str | None = None
    messages: list[Message] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    system: str | list[Block] | None = None
    tools: list[ToolBody] | None = None
    tool_choice: Choice | None = None
    stop_sequences: list[str] | None = None
    stream: bool | None = None
    thinking: Thinking = Thinking()
    output_config: OutputConfig | None = None
    output_format: Format | None = None
    temperature: Share | msgspec.UnsetType | None = msgspec.UNSET
    top_p: Share | msgspec.UnsetType | None = msgspec.UNSET
    top_k: int | msgspec.UnsetType | None = msgspec.UNSET
    inference_geo: str | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read; `geo` is where it wants to be answered."""

    ask: Ask
    stream: bool = False
    geo: str | None = None
    platform: str = messages_turns.PLATFORM


def parse(
    body: bytes,
    version: str,
    *,
    counting: bool = False,
    model: str | None = None,
    platform: str = messages_turns.PLATFORM,
) -> Request:
    """Reads a request body; `counting` needs no `max_tokens`, `model` replaces the body's, and
    `platform` is in whose name thoughts are signed. Raises `RequestError`."""
    read = decode_body(body, Body)
    model = model or read.model
    if model is None:
        raise RequestError(400, "model: Field required")
    if read.messages is None:
        raise RequestError(400, "messages: Field required")
    if not read.messages:
        raise RequestError(400, "messages: at least one message is required")
    if read.max_tokens is None and not counting:
        raise RequestError(400, "max_tokens: Field required")
    if version == VERSIONS[1]:
        _check_strict(read, read.messages)
    messages_turns.check(
        [(message.role, list(_blocks(message))) for message in read.messages],
        read.thinking,
        platform,
    )
    messages_turns.check_thinking(
        read.thinking,
        max_tokens=read.max_tokens,
        forced=read.tool_choice is not None and read.tool_choice.type in ("any", "tool"),
        temperature=None if read.temperature is msgspec.UNSET else read.temperature,
    )
    ask = _ask(read, model, read.messages)
    return Request(ask=ask, stream=bool(read.stream), geo=read.inference_geo, platform=platform)


def check_counted(body: bytes) -> None:
    """Raises `RequestError` where a body says what counting does not take."""
    members = decode_body(body, dict[str, msgspec.Raw])
    for name in UNCOUNTED:
        if name in members:
            raise RequestError(400, f"{name}: Extra inputs are not permitted")


def _check_strict(read: Body, messages: list[Message]) -> None:
    """What the newer API version no longer takes."""
    for name, value in (
        ("temperature", read.temperature),
        ("top_p", read.top_p),
        ("top_k", read.top_k),
    ):
        if value is not msgspec.UNSET:
            raise RequestError(400, f"{name}: Extra inputs are not permitted")
    for number, message in enumerate(messages):
        blocks = message.content if isinstance(message.content, list) else []
        if message.role == "assistant" and any(block.type == "document" for block in blocks):
            raise RequestError(400, f"messages.{number}: documents belong in user turns")
        if message.role == "user" and any(block.citations for block in blocks):
            raise RequestError(400, f"messages.{number}: citations are not permitted here")


def _ask(read: Body, model: str, messages: list[Message]) -> Ask:
    choice = read.tool_choice or Choice()
    offered = read.tools or []
    _check_choice(read.tool_choice, offered)
    users = [_blocks(m) for m in messages if m.role == "user"]
    form = read.output_format or (read.output_config and read.output_config.format)
    return Ask(
        model=model,
        prompt=next((text for blocks in reversed(users) if (text := _text(blocks))), ""),
        media=_media(users[-1]) if users else (),
        input_tokens=_cost(read, messages),
        tools=tuple(
            Tool(name=tool.name, schema=parse_schema(bytes(tool.input_schema)))
            for tool in offered
            if bytes(tool.input_schema)
        ),
        choice=choice.name if choice.type == "tool" else CHOICES.get(choice.type, "auto"),
        parallel=not choice.disable_parallel_tool_use,
        results=_results(messages) or None,
        tokens_max=read.max_tokens,
        stops=tuple(read.stop_sequences or ()),
        schema=parse_schema(bytes(form.schema)) if form and form.type == "json_schema" else None,
        thinking=read.thinking.on,
    )


def _check_choice(choice: Choice | None, offered: list[ToolBody]) -> None:
    if choice is None or choice.type == "none":
        return
    if not offered:
        raise RequestError(400, "tool_choice may only be specified while providing tools.")
    if choice.type == "tool" and choice.name not in {tool.name for tool in offered}:
        raise RequestError(400, f"Tool '{choice.name}' not found in provided tools")


def _blocks(message: Message) -> list[Block]:
    content = message.content
    return [Block(text=content)] if isinstance(content, str) else content


def _results(messages: list[Message]) -> tuple[Result, ...]:
    """What the tools returned in the last turn; media beside their results count as one more."""
    names = {block.id: block.name for m in messages for block in _blocks(m)}
    last = _blocks(messages[-1])
    found = tuple(
        Result(
            id=block.tool_use_id,
            name=names.get(block.tool_use_id, ""),
            error=bool(block.is_error),
            text=_result(block),
            media=_media(_result_blocks(block)),
        )
        for block in last
        if block.type == "tool_result"
    )
    beside = _media(last)
    return (*found, Result(media=beside)) if found and beside else found


def _media(blocks: list[Block]) -> tuple[JsonObject, ...]:
    return tuple(_seen(block.source) for block in blocks if block.source is not None)


def _seen(source: SourceBody) -> JsonObject:
    match source.type:
        case "base64":
            return media.seen(source.media_type, source.data)
        case "url":
            return media.linked(source.url)
        case _:
            return {"type": source.type, "file_id": source.file_id}


def _text(content: str | list[Block]) -> str:
    if isinstance(content, str):
        return content
    return "".join(block.text or "" for block in content)


def _result(block: Block) -> str:
    return _text(_result_blocks(block))


def _result_blocks(block: Block) -> list[Block]:
    wrapped = b'{"content":' + bytes(block.content) + b"}"
    content = decode_body(wrapped, ResultBody).content
    return [Block(text=content)] if isinstance(content, str) else content


def _cost(read: Body, messages: list[Message]) -> int:
    """The input tokens: system, messages, tools."""
    used = tokens.count(_text(read.system or ""))
    for message in messages:
        used += tokens.MESSAGE_TOKENS + tokens.count(_text(message.content))
        if isinstance(message.content, list):
            used += sum(map(_block_cost, message.content))
    for tool in read.tools or ():
        schema = bytes(tool.input_schema).decode("utf-8", "replace")
        used += tokens.count(f"{tool.name} {tool.description} {schema}")
    return used


def _block_cost(block: Block) -> int:
    """What a block costs besides its text."""
    match block.type:
        case "text" | "thinking" | "redacted_thinking":
            return 0
        case "tool_use":
            return 1 + tokens.count(bytes(block.input).decode("utf-8", "replace"))
        case "tool_result":
            return tokens.count(_result(block))
        case _:
            return tokens.MEDIA_TOKENS
