"""Reading a Gemini API request, in both spellings; what is not as Google wants it is refused.

Does not answer. Whether turns follow each other as they should is for `generate_turns`.

>>> parse(b'{"contents": [{"parts": [{"text": "hi"}]}]}', "gemini-3-flash").ask.prompt
'hi'
"""

import json
import re
from typing import Final

import msgspec

from detente.simulator import media, tokens
from detente.simulator.composition import Ask, Result, Tool
from detente.simulator.dialects import generate_turns
from detente.simulator.dialects.generate_wire import (
    Blob,
    Body,
    Content,
    FileData,
    FunctionDeclaration,
    FunctionResponse,
    GenerationConfig,
    Part,
    camel,
)
from detente.simulator.exchange import JsonObject, RequestError, T
from detente.simulator.sample import Schema, parse_schema

MODES: Final = {"ANY": "required", "NONE": "none"}

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")
_ALWAYS_THINKS: Final = re.compile(r"gemini-([3-9]|\d\d)")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `([^`]*)`(?: - at `\$\.?([^`]*)`)?")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read. `shows_thoughts` is whether the thoughts themselves are wanted, `traffic`
    what Vertex AI counts it as."""

    ask: Ask
    choices: int = 1
    shows_thoughts: bool = False
    traffic: str | None = None


def parse(body: bytes, model: str) -> Request:
    """Reads a request body for `model`; raises `RequestError` 400."""
    read = read_body(body, Body)
    contents = read.contents or []
    if not contents:
        raise RequestError(400, "* GenerateContentRequest.contents: contents is not specified")
    config = read.generation_config or GenerationConfig()
    thinking = thinks(model, config)
    generate_turns.check(contents, signed=thinking)
    shown = config.thinking_config is not None and bool(config.thinking_config.include_thoughts)
    return Request(
        ask=_ask(read, model, contents, config, thinking=thinking),
        choices=config.candidate_count or 1,
        shows_thoughts=shown and thinking,
    )


def read_body(body: bytes, schema: type[T]) -> T:
    """The body as `schema`; raises `RequestError` in Google's words for what does not fit."""
    try:
        return msgspec.convert(camel(msgspec.json.decode(body.decode())), schema)
    except msgspec.ValidationError as error:
        raise RequestError(400, _misfit(str(error))) from None
    except (ValueError, RecursionError):
        raise RequestError(
            400, "Invalid JSON payload received. Expected an object key or }."
        ) from None


def thinks(model: str, config: GenerationConfig) -> bool:
    """Whether `model` thinks: if it was told to, and from the third generation on always."""
    told = config.thinking_config
    if told is not None and told.thinking_budget == 0:
        return False
    return told is not None or _ALWAYS_THINKS.search(model) is not None


def cost(contents: list[Content]) -> int:
    """The input tokens of turns."""
    return sum(_part_cost(part) for content in contents for part in content.parts or ())


def _misfit(message: str) -> str:
    if found := _UNKNOWN.match(message):
        where = f" at '{found[2]}'" if found[2] else ""
        return (
            f'Invalid JSON payload received. Unknown name "{found[1]}"{where}: Cannot find field.'
        )
    return f"Invalid value: {message}"


def _ask(
    read: Body, model: str, contents: list[Content], config: GenerationConfig, *, thinking: bool
) -> Ask:
    offered = [
        declaration for tool in read.tools or () for declaration in tool.function_declarations or ()
    ]
    for number, declaration in enumerate(offered):
        _check_function(declaration, number)
    mode, allowed = _choice(read, {declaration.name for declaration in offered})
    users = [content for content in contents if content.role != "model"]
    texts = [text for content in reversed(users) if (text := _text(content))]
    system = [read.system_instruction] if read.system_instruction else []
    return Ask(
        model=model,
        prompt=texts[0] if texts else "",
        media=_media(users[-1]) if users else (),
        input_tokens=cost([*system, *contents]) + sum(map(_function_cost, offered)),
        tools=tuple(
            Tool(name=declaration.name, schema=_schema_of(declaration))
            for declaration in offered
            if allowed is None or declaration.name in allowed
        ),
        choice=MODES.get(mode, "auto"),
        results=_results(contents[-1]) or None,
        tokens_max=config.max_output_tokens,
        stops=tuple(config.stop_sequences or ()),
        schema=_answer_schema(config),
        thinking=thinking,
    )


def _choice(read: Body, names: set[str]) -> tuple[str, set[str] | None]:
    """The mode, and the functions that it leaves; raises `RequestError` for a contradiction."""
    config = read.tool_config and read.tool_config.function_calling_config
    if not config:
        return "AUTO", None
    if config.allowed_function_names is None:
        return config.mode, None
    if config.mode not in ("ANY", "VALIDATED"):
        raise RequestError(
            400,
            "Function calling config is set without `ANY` mode. `allowed_function_names` should "
            "be set only when the function calling mode is `ANY`.",
        )
    for name in config.allowed_function_names:
        if name not in names:
            raise RequestError(
                400,
                f"* GenerateContentRequest.tool_config.function_calling_config."
                f"allowed_function_names: {name} is not a declared function.",
            )
    return config.mode, set(config.allowed_function_names)


def _check_function(declaration: FunctionDeclaration, number: int) -> None:
    where = f"tools[0].function_declarations[{number}]"
    if not _NAME.fullmatch(declaration.name):
        raise RequestError(
            400,
            f"* GenerateContentRequest.{where}.name: Invalid function name. Must start with a "
            "letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots "
            "(.), colons (:), or dashes (-), with a maximum length of 64.",
        )
    if declaration.parameters is not None and declaration.parameters_json_schema is not None:
        raise RequestError(
            400,
            f"* GenerateContentRequest.{where}: parameters and parameters_json_schema are "
            "mutually exclusive.",
        )


def _schema_of(declaration: FunctionDeclaration) -> Schema:
    given = declaration.parameters or declaration.parameters_json_schema
    return parse_schema(msgspec.json.encode(given))


def _answer_schema(config: GenerationConfig) -> Schema | None:
    given = config.response_schema or config.response_json_schema
    if given is not None and config.response_mime_type in (None, "text/plain"):
        raise RequestError(
            400,
            "* GenerateContentRequest.generation_config.response_schema: only allowed when "
            "mime type is application/json, text/x.enum.",
        )
    if config.response_mime_type != "application/json":
        return None
    return parse_schema(msgspec.json.encode(given or {"type": "object"}))


def _results(last: Content) -> tuple[Result, ...]:
    """What the functions returned in the last turn; media beside it count as one more."""
    found = tuple(
        _result(part.function_response)
        for part in last.parts or ()
        if part.function_response is not None
    )
    beside = _media(last)
    return (*found, Result(media=beside)) if found and beside else found


def _result(response: FunctionResponse) -> Result:
    said = response.response or {}
    value = said.get("error", said.get("output", said.get("result", said)))
    seen = [_seen(part.inline_data, part.file_data) for part in response.parts or ()]
    return Result(
        id=response.id or "",
        name=response.name,
        error="error" in said,
        text=value if isinstance(value, str) else json.dumps(value),
        media=tuple(value for value in seen if value),
    )


def _media(content: Content) -> tuple[JsonObject, ...]:
    found = [_seen(part.inline_data, part.file_data) for part in content.parts or ()]
    return tuple(value for value in found if value)


def _seen(blob: Blob | None, file: FileData | None) -> JsonObject:
    if blob is not None:
        return media.seen(blob.mime_type, blob.data)
    return {} if file is None else media.linked(file.file_uri, file.mime_type)


def _text(content: Content) -> str:
    return "".join(part.text or "" for part in content.parts or () if not part.thought)


def _part_cost(part: Part) -> int:
    used = tokens.count(part.text or "")
    if part.inline_data is not None or part.file_data is not None:
        used += tokens.MEDIA_TOKENS
    if part.function_call is not None:
        used += 1 + tokens.count(json.dumps(part.function_call.args or {}))
    if part.function_response is not None:
        used += 1 + tokens.count(json.dumps(part.function_response.response or {}))
        used += tokens.MEDIA_TOKENS * len(part.function_response.parts or ())
    return used


def _function_cost(declaration: FunctionDeclaration) -> int:
    given = declaration.parameters or declaration.parameters_json_schema
    schema = "{}" if given is None else msgspec.json.encode(given).decode()
    return tokens.count(f"{declaration.name} {declaration.description or ''} {schema}")
