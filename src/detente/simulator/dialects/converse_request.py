"""Reading an Amazon Bedrock Converse request.

Members that are not read are accepted, as Amazon accepts them. Does not answer. Whether turns
follow each other as they should is for `converse_turns`.

>>> body = b'{"messages": [{"role": "user", "content": [{"text": "hi"}]}]}'
>>> parse(body, "m").ask.prompt
'hi'
"""

import json
from typing import Final

import msgspec

from detente.simulator import media, tokens
from detente.simulator.composition import Ask, Result, Tool
from detente.simulator.dialects import converse_turns, guardrail
from detente.simulator.dialects.converse_wire import (
    Block,
    Body,
    Choice,
    GuardrailConfig,
    InferenceConfig,
    Media,
    Message,
    ModelFields,
    ToolSpec,
)
from detente.simulator.dialects.guardrail import Guardrail
from detente.simulator.exchange import JsonObject, RequestError
from detente.simulator.sample import Schema, parse_schema

THINKING: Final = ("enabled", "adaptive")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read; `tier` and `latency` are how it wants to be served."""

    ask: Ask
    guardrail: Guardrail | None = None
    tier: str | None = None
    latency: str | None = None


def parse(body: bytes, model: str) -> Request:
    """Reads a request body for `model`; raises `RequestError` 400."""
    read = read_body(body)
    messages = read.messages or []
    config = read.inference_config or InferenceConfig()
    fields = model_fields(read)
    converse_turns.check(read, fields, model)
    guarded = read.guardrail_config or GuardrailConfig()
    return Request(
        ask=_ask(read, model, messages, config, fields),
        guardrail=guardrail.read(
            guarded.guardrail_identifier,
            guarded.guardrail_version,
            trace=guarded.trace != "disabled",
        ),
        tier=read.service_tier and read.service_tier.type,
        latency=read.performance_config and read.performance_config.latency,
    )


def read_body(body: bytes) -> Body:
    """The body; raises `RequestError` 400 where it is none."""
    try:
        return msgspec.json.decode(body.decode(), type=Body)
    except msgspec.ValidationError as error:
        raise RequestError(400, f"1 validation error detected: {error}") from None
    except (ValueError, RecursionError):
        raise RequestError(400, "Unable to parse request body", code="Serialization") from None


def model_fields(read: Body) -> ModelFields:
    """What is said to the model itself; what is of no known form says nothing."""
    try:
        return msgspec.convert(read.additional_model_request_fields or {}, ModelFields)
    except msgspec.ValidationError:
        return ModelFields()


def _ask(
    read: Body,
    model: str,
    messages: list[Message],
    config: InferenceConfig,
    fields: ModelFields,
) -> Ask:
    users = [message for message in messages if message.role == "user"]
    texts = [text for message in reversed(users) if (text := _text(message.content))]
    names = {
        block.tool_use.tool_use_id: block.tool_use.name
        for message in messages
        for block in message.content
        if block.tool_use is not None
    }
    specs = tool_specs(read)
    thinking = fields.thinking is not None and fields.thinking.type in THINKING
    single = fields.tool_choice is not None and fields.tool_choice.disable_parallel_tool_use
    return Ask(
        model=model,
        prompt=texts[0] if texts else "",
        media=_media(users[-1].content) if users else (),
        input_tokens=_cost(read, messages, specs),
        tools=tuple(
            Tool(name=spec.name, schema=parse_schema(msgspec.json.encode(spec.input_schema.json)))
            for spec in specs
        ),
        choice=_choice(read.tool_config.tool_choice if read.tool_config else None),
        parallel=not single,
        results=_results(messages[-1], names) or None,
        tokens_max=config.max_tokens,
        stops=tuple(config.stop_sequences or ()),
        schema=_answer_schema(read),
        thinking=thinking,
    )


def tool_specs(read: Body) -> list[ToolSpec]:
    """The tools that the client runs."""
    tools = read.tool_config.tools if read.tool_config else []
    return [tool.tool_spec for tool in tools if tool.tool_spec is not None]


def _choice(choice: Choice | None) -> str:
    if choice is None or choice.auto is not None:
        return "auto"
    return choice.tool.name if choice.tool is not None else "required"


def _answer_schema(read: Body) -> Schema | None:
    form = read.output_config and read.output_config.text_format
    if not form or form.structure is None or form.structure.json_schema is None:
        return None
    try:
        json.loads(form.structure.json_schema.schema)
    except ValueError:
        raise RequestError(
            400, "The value at outputConfig.textFormat.structure.jsonSchema.schema is no JSON."
        ) from None
    return parse_schema(form.structure.json_schema.schema.encode())


def _results(last: Message, names: dict[str, str]) -> tuple[Result, ...]:
    """What the tools returned in the last turn; media beside their results count as one more."""
    found = tuple(
        Result(
            id=result.tool_use_id,
            name=names.get(result.tool_use_id, ""),
            error=result.status == "error",
            text=_text(result.content),
            media=_media(result.content),
        )
        for block in last.content
        if (result := block.tool_result) is not None
    )
    beside = _media(last.content)
    return (*found, Result(media=beside)) if found and beside else found


def _text(blocks: list[Block]) -> str:
    found = [
        block.text if block.text is not None else json.dumps(block.json)
        for block in blocks
        if block.text is not None or block.json is not None
    ]
    guarded = [
        b.guard_content.text.text for b in blocks if b.guard_content and b.guard_content.text
    ]
    return "".join([*found, *guarded])


def _media(blocks: list[Block]) -> tuple[JsonObject, ...]:
    found: list[JsonObject] = []
    for block in blocks:
        for kind, given in (
            ("image", block.image),
            ("document", block.document),
            ("video", block.video),
            ("audio", block.audio),
        ):
            if given is not None:
                found.append(_seen(kind, given))
    return tuple(found)


def _seen(kind: str, given: Media) -> JsonObject:
    family = "application" if kind == "document" else kind
    media_type = f"{family}/{given.format}"
    source = given.source
    if source.bytes is not None:
        return media.seen(media_type, source.bytes)
    if source.s3_location is not None:
        return media.linked(source.s3_location.uri, media_type)
    return {"media_type": media_type, "text": source.text}


def _cost(read: Body, messages: list[Message], specs: list[ToolSpec]) -> int:
    """The input tokens: system, messages, tools."""
    used = sum(tokens.count(block.text or "") for block in read.system or ())
    for message in messages:
        used += tokens.MESSAGE_TOKENS + sum(map(_block_cost, message.content))
    for spec in specs:
        schema = json.dumps(spec.input_schema.json)
        used += tokens.count(f"{spec.name} {spec.description or ''} {schema}")
    return used


def _block_cost(block: Block) -> int:
    used = tokens.count(_text([block])) + tokens.MEDIA_TOKENS * len(_media([block]))
    if block.tool_use is not None:
        used += 1 + tokens.count(json.dumps(block.tool_use.input))
    if block.tool_result is not None:
        used += sum(map(_block_cost, block.tool_result.content))
    if block.reasoning_content is not None and block.reasoning_content.reasoning_text is not None:
        used += tokens.count(block.reasoning_content.reasoning_text.text)
    return used
