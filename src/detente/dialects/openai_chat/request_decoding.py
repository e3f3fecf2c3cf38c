"""A chat request as the canonical one.

>>> decode_request(b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}').model
'm'
"""

from typing import Final, cast

from detente.canonical.extras import Extras, Obj
from detente.canonical.loss import Severity
from detente.canonical.request import (
    AnyTool,
    AudioOutput,
    Option,
    OutputFormat,
    Request,
    ToolChoice,
)
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.openai_chat.controls import control_of
from detente.dialects.openai_chat.spelling import absent
from detente.dialects.openai_chat.tools import choice_of, function_of, older_choice_of, tool_of
from detente.dialects.openai_chat.turns_decoding import turns_of
from detente.dialects.openai_chat.words import CHAT, OPTIONS, REQUEST

_FORMAT: Final = frozenset(("type", "json_schema"))
_SCHEMA: Final = frozenset(("name", "description", "schema", "strict"))
_AUDIO: Final = frozenset(("voice", "format"))
_NEEDS_REASONING: Final = frozenset(("reasoning_effort", "reasoning", "thinking"))


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    """The request in `body`; a model in the path wins. Raises `ClientFault`."""
    try:
        return _request(fields.read_object(body), model, stream)
    except Misfit as misfit:
        raise misfit.client_fault() from None


class _Reading:
    """What one request says outside its canonical members, as it is found."""

    __slots__ = ("marks", "options", "source", "spelling", "used")

    def __init__(self, source: Obj) -> None:
        self.source = source
        self.spelling: Obj = {}
        self.options: list[Option] = []
        self.marks: list[str] = []
        self.used: list[str] = []

    def option(self, name: str, severity: Severity) -> None:
        """The member stays as it is, under its own name."""
        value = self.source[name]
        self.options.append(Option(dialect=CHAT, name=name, value=value, severity=severity))


def _request(source: Obj, model: str | None, stream: bool | None) -> Request:
    if type(source.get("messages")) is not list:
        raise Misfit("messages", "must be a list")
    reading = _Reading(source)
    said_stream = fields.flag_or_none(source, "stream")
    if said_stream is False:
        reading.spelling["stream"] = False
    reasoning = None
    if not _NEEDS_REASONING.isdisjoint(source):
        reasoning = control_of(source, reading.spelling, reading.used)
    for name, severity in OPTIONS.items():
        value = source.get(name)
        if value is False or value == []:
            reading.spelling[name] = value
        elif value is not None:
            reading.option(name, severity)
    return Request(
        model=model if model is not None else fields.text(source, "model"),
        turns=turns_of(source),
        origin=CHAT,
        stream=said_stream is True if stream is None else stream,
        asks_usage="stream_options" in source and _asks_usage(reading),
        tools=_tools(source),
        tool_choice=_tool_choice(reading),
        parallel_tool_calls=fields.flag_or_none(source, "parallel_tool_calls"),
        output_format=_output_format(reading) if "response_format" in source else None,
        max_output_tokens=_limit(reading),
        temperature=fields.number_or_none(source, "temperature"),
        top_p=fields.number_or_none(source, "top_p"),
        top_k=fields.integer_or_none(source, "top_k"),
        frequency_penalty=fields.number_or_none(source, "frequency_penalty"),
        presence_penalty=fields.number_or_none(source, "presence_penalty"),
        seed=_seed(reading),
        stop=_stop(reading) if "stop" in source else (),
        choices=fields.integer_or_none(source, "n"),
        logprobs=fields.flag_or_none(source, "logprobs"),
        top_logprobs=fields.integer_or_none(source, "top_logprobs"),
        reasoning=reasoning,
        verbosity=fields.text_or_none(source, "verbosity"),
        service_tier=fields.text_or_none(source, "service_tier"),
        metadata=_metadata(reading) if "metadata" in source else {},
        user=_user(reading),
        cache_key=fields.text_or_none(source, "prompt_cache_key"),
        modalities=fields.texts(source, "modalities"),
        audio=_audio(source) if "audio" in source else None,
        store=fields.flag_or_none(source, "store"),
        options=tuple(reading.options),
        extras=_rest(reading),
    )


def _rest(reading: _Reading) -> Extras | None:
    """What the canonical request does not say; a control of reasoning that no canonical word
    means rides along unknown."""
    known = REQUEST
    for name in _NEEDS_REASONING:
        if name in reading.source and name not in reading.used:
            known = known - {name}
    members: Obj | None = None
    thinking = reading.source.get("thinking")
    if type(thinking) is dict and "thinking" in reading.used and len(thinking) > 1:
        members = {"thinking": {k: v for k, v in thinking.items() if k != "type"}}
    return rest(
        reading.source,
        known,
        CHAT,
        members=members,
        spelling=reading.spelling or None,
        marks=tuple(reading.marks),
    )


def _tools(source: Obj) -> tuple[AnyTool, ...]:
    tools = fields.each(source, "tools", tool_of) if "tools" in source else ()
    if "functions" in source:
        tools += fields.each(source, "functions", function_of)
    return tools


def _tool_choice(reading: _Reading) -> ToolChoice | None:
    """The choice; one in another form is refused elsewhere, for it decides what is called."""
    value = reading.source.get("tool_choice")
    older = reading.source.get("function_call")
    if value is not None:
        if older is not None:
            reading.option("function_call", "drop")
        choice = choice_of(value)
        if choice is None:
            reading.option("tool_choice", "refuse")
        return choice
    if older is None:
        return None
    choice = older_choice_of(older)
    if choice is None:
        reading.option("function_call", "refuse")
    return choice


def _limit(reading: _Reading) -> int | None:
    older = fields.integer_or_none(reading.source, "max_tokens")
    limit = fields.integer_or_none(reading.source, "max_completion_tokens")
    if older is None:
        return limit
    if limit is None:
        reading.marks.append("max_tokens")
        return older
    reading.spelling["max_tokens"] = older
    return limit


def _seed(reading: _Reading) -> int | None:
    """The seed under OpenAI's name or Mistral's; where both are given, OpenAI's counts."""
    seed = fields.integer_or_none(reading.source, "seed")
    named = fields.integer_or_none(reading.source, "random_seed")
    if named is None:
        return seed
    if seed is None:
        reading.marks.append("random_seed")
        return named
    reading.option("random_seed", "drop")
    return seed


def _asks_usage(reading: _Reading) -> bool:
    held = fields.member_or_none(reading.source, "stream_options")
    if held is None:
        return False
    asked = held.get("include_usage")
    more: Obj = {k: v for k, v in held.items() if k != "include_usage"}
    if more:
        reading.options.append(Option(dialect=CHAT, name="stream_options", value=more))
    if asked is not True and "include_usage" in held:
        reading.spelling["stream_options"] = {"include_usage": asked}
    elif not held:
        reading.spelling["stream_options"] = {}
    return asked is True


def _stop(reading: _Reading) -> tuple[str, ...]:
    value = reading.source["stop"]
    if type(value) is str:
        reading.marks.append("stop")
        return (value,)
    return fields.texts(reading.source, "stop")


def _metadata(reading: _Reading) -> dict[str, str]:
    held = fields.member_or_none(reading.source, "metadata") or {}
    if all(type(value) is str for value in held.values()):
        return cast("dict[str, str]", held)
    reading.option("metadata", "drop")
    return {}


def _user(reading: _Reading) -> str | None:
    """The end user; where both names are given, the newer one means the person."""
    older = fields.text_or_none(reading.source, "user")
    newer = fields.text_or_none(reading.source, "safety_identifier")
    if newer is None:
        return older
    reading.marks.append("safety_identifier")
    if older is not None:
        reading.option("user", "drop")
    return newer


def _audio(source: Obj) -> AudioOutput | None:
    held = fields.member_or_none(source, "audio")
    if held is None:
        return None
    voice = held.get("voice")
    spelling: Obj | None = None
    if type(voice) is dict and voice.keys() == {"id"} and type(voice["id"]) is str:
        spelling = {"voice": voice}
        voice = voice["id"]
    if not (voice is None or type(voice) is str):
        raise Misfit("audio.voice", "must be a string or an object with an `id`")
    form = fields.text_or_none(held, "format")
    extras = rest(held, _AUDIO, CHAT, spelling=spelling, marks=absent(held, "voice", "format"))
    return AudioOutput(voice=voice, format=form, extras=extras)


def _output_format(reading: _Reading) -> OutputFormat | None:
    held = fields.member_or_none(reading.source, "response_format")
    if held is None:
        return None
    schema = held.get("json_schema")
    match held.get("type"):
        case "text":
            return OutputFormat(kind="text", extras=rest(held, _FORMAT - {"json_schema"}, CHAT))
        case "json_object":
            known = _FORMAT - {"json_schema"}
            return OutputFormat(kind="json_object", extras=rest(held, known, CHAT))
        case "json_schema" if type(schema) is dict:
            return _schema_format(held, schema)
        case _:
            reading.option("response_format", "refuse")
            return None


def _schema_format(held: Obj, schema: Obj) -> OutputFormat:
    members: Obj | None = None
    spelling: Obj | None = None
    if not (schema.keys() <= _SCHEMA):
        members = {"json_schema": {k: v for k, v in schema.items() if k not in _SCHEMA}}
    if None in schema.values():
        nulls: Obj = {k: None for k in _SCHEMA if k in schema and schema[k] is None}
        spelling = {"json_schema": nulls}
    marks = () if "name" in schema else ("unnamed",)
    return OutputFormat(
        kind="json_schema",
        name=fields.text_or_none(schema, "name"),
        description=fields.text_or_none(schema, "description"),
        schema=fields.member_or_none(schema, "schema"),
        strict=fields.flag_or_none(schema, "strict"),
        extras=rest(held, _FORMAT, CHAT, members=members, spelling=spelling, marks=marks),
    )
