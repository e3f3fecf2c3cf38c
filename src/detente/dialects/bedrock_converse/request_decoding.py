"""A Converse request as a canonical one. The model and the manner of answer stand in the path.

>>> decode_request(b'{"messages": []}', model="amazon.nova-lite-v1:0").model
'amazon.nova-lite-v1:0'
"""

from typing import Final

from detente.canonical.content import Turn
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.failure import ClientFault
from detente.canonical.loss import Severity
from detente.canonical.request import Option, OutputFormat, ReasoningControl, Request, ToolChoice
from detente.dialects._codec.arguments import arguments_object, arguments_text
from detente.dialects._codec.fields import (
    Misfit,
    each,
    integer_or_none,
    member_or_none,
    number_or_none,
    read_object,
    text,
    text_or_none,
    texts,
)
from detente.dialects._codec.rest import marked, rest
from detente.dialects.bedrock_converse.parts_decoding import parts_of
from detente.dialects.bedrock_converse.reasoning_control import control_of
from detente.dialects.bedrock_converse.tool_choice import choice_of
from detente.dialects.bedrock_converse.tools_decoding import tools_of
from detente.dialects.bedrock_converse.words import (
    DIALECT,
    INFERENCE,
    JSON_SCHEMA,
    MESSAGE,
    REQUEST,
)

FIELDS: Final = "additionalModelRequestFields"

_OPTIONS: Final[tuple[tuple[str, Severity], ...]] = (
    ("guardrailConfig", "refuse"),
    ("promptVariables", "refuse"),
    ("additionalModelResponseFieldPaths", "drop"),
    ("performanceConfig", "drop"),
)
_REFUSED_FIELDS: Final = frozenset(
    ("tools", "mcp_servers", "container", "context_management", "system", "messages")
)
"""Fields for the model that are part of what is asked; others tune how it answers."""

_TOOL_CONFIG: Final = frozenset(("tools", "toolChoice"))
_OUTPUT_CONFIG: Final = frozenset(("textFormat", "effort"))
_TEXT_FORMAT: Final = frozenset(("type", "structure"))
_TIER: Final = frozenset(("type",))


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    """The request in `body` for `model`; raises `ClientFault`."""
    if not model:
        raise ClientFault("request_invalid", "no model is named; name it in the path")
    try:
        return _request(read_object(body), model, stream is True)
    except Misfit as misfit:
        raise misfit.client_fault() from None
    except RecursionError:
        raise ClientFault("request_invalid", "the body is nested too deeply; flatten it") from None


def _request(wire: Obj, model: str, stream: bool) -> Request:
    seen = _Seen()
    inference = _nested(wire, "inferenceConfig", INFERENCE, seen)
    config = _nested(wire, "toolConfig", _TOOL_CONFIG, seen)
    output = _nested(wire, "outputConfig", _OUTPUT_CONFIG, seen)
    fields = dict(member_or_none(wire, FIELDS) or {})
    reasoning = control_of(fields, output.get("effort"))
    choice, parallel = choice_of(config, fields)
    top_k = _top_k(fields, seen)
    output_format = _output_format(output, seen)
    _add_options(wire, fields, seen)
    if config.get("toolChoice") is not None and _marked(choice, "field"):
        seen.option("toolConfig.toolChoice", config["toolChoice"], "refuse")
    if output.get("effort") is not None and not _marked(reasoning, "effort"):
        seen.option("outputConfig.effort", output["effort"], "drop")
    return Request(
        model=model,
        turns=each(wire, "messages", _turn),
        origin=DIALECT,
        instructions=parts_of(wire, "system"),
        stream=stream,
        asks_usage=True,
        tools=tools_of(config) if config else (),
        tool_choice=choice,
        parallel_tool_calls=parallel,
        output_format=output_format,
        max_output_tokens=integer_or_none(inference, "maxTokens"),
        temperature=number_or_none(inference, "temperature"),
        top_p=number_or_none(inference, "topP"),
        top_k=top_k,
        stop=texts(inference, "stopSequences"),
        reasoning=reasoning,
        service_tier=_service_tier(wire, seen),
        metadata=_metadata(wire),
        options=tuple(seen.options),
        extras=rest(
            wire,
            REQUEST,
            DIALECT,
            spelling=seen.spelling,
            members=seen.members,
            marks=tuple(seen.marks),
        ),
    )


def _marked(value: ToolChoice | ReasoningControl | None, mark: str) -> bool:
    return value is not None and marked(value.extras, DIALECT, mark)


def _add_options(wire: Obj, fields: Obj, seen: "_Seen") -> None:
    for name, severity in _OPTIONS:
        if wire.get(name) is not None:
            seen.option(name, wire[name], severity)
    for name, value in fields.items():
        severity = "refuse" if name in _REFUSED_FIELDS else "drop"
        seen.option(f"{FIELDS}.{name}", value, severity)


def _nested(wire: Obj, key: str, known: frozenset[str], seen: "_Seen") -> Obj:
    """A member that is an object; empty where it is absent. Its own rest goes to `seen`."""
    inner = member_or_none(wire, key)
    if inner is None:
        return {}
    found = rest(inner, known, DIALECT)
    if found is not None:
        if found.members:
            seen.members[key] = found.members
        if found.spelling:
            seen.spelling[key] = found.spelling
    return inner


def _turn(wire: Obj) -> Turn:
    role = text(wire, "role")
    parts = parts_of(wire, "content")
    extras = None
    if not parts or not (wire.keys() <= MESSAGE):
        extras = rest(wire, MESSAGE, DIALECT)
    match role:
        case "user" | "assistant" | "system":
            return Turn(role=role, parts=parts, extras=extras)
        case _:
            raise Misfit("role", "must be `user`, `assistant` or `system`")


def _top_k(fields: Obj, seen: "_Seen") -> int | None:
    """The limit of candidates, as Claude or as Nova is told it; taken out of `fields`."""
    told = fields.get("top_k")
    if type(told) is int:
        del fields["top_k"]
        seen.marks.append("top_k")
        return told
    config = fields.get("inferenceConfig")
    inner = config.get("topK") if type(config) is dict else None
    if type(inner) is int and config == {"topK": inner}:
        del fields["inferenceConfig"]
        seen.marks.append("topK")
        return inner
    return None


def _output_format(output: Obj, seen: "_Seen") -> OutputFormat | None:
    wire = member_or_none(output, "textFormat")
    if wire is None:
        return None
    structure = wire.get("structure")
    named = structure.get("jsonSchema") if type(structure) is dict else None
    schema = _schema(named) if type(named) is dict and wire.get("type") == "json_schema" else None
    if schema is None or type(named) is not dict:
        seen.option("outputConfig.textFormat", wire, "refuse")
        return None
    spelling: Obj = {}
    if named["schema"] != arguments_text(schema):
        spelling["schema"] = named["schema"]
    inner = rest(named, JSON_SCHEMA, DIALECT, spelling=spelling)
    found = rest(wire, _TEXT_FORMAT, DIALECT)
    return OutputFormat(
        kind="json_schema",
        name=text_or_none(named, "name"),
        description=text_or_none(named, "description"),
        schema=schema,
        extras=_deepened(found, inner),
    )


def _schema(named: Obj) -> Obj | None:
    """The schema, which is JSON in a string; None where it is none."""
    told = named.get("schema")
    return arguments_object(told) if type(told) is str and told.strip() else None


def _deepened(outer: Extras | None, inner: Extras | None) -> Extras | None:
    """The rest of a text format and, two levels down, of its schema."""
    if inner is None:
        return outer
    members: Obj = dict(outer.members) if outer is not None else {}
    spelling: Obj = dict(outer.spelling) if outer is not None else {}
    if inner.members:
        members["structure"] = {"jsonSchema": inner.members}
    if inner.spelling:
        spelling["structure"] = {"jsonSchema": inner.spelling}
    return Extras(dialect=DIALECT, members=members, spelling=spelling)


def _service_tier(wire: Obj, seen: "_Seen") -> str | None:
    inner = _nested(wire, "serviceTier", _TIER, seen)
    return text_or_none(inner, "type")


def _metadata(wire: Obj) -> dict[str, str]:
    inner = member_or_none(wire, "requestMetadata")
    if inner is None:
        return {}
    try:
        return {key: text(inner, key) for key in inner}
    except Misfit as misfit:
        misfit.under("requestMetadata")
        raise


class _Seen:
    """What is found on the way and belongs to the whole request."""

    __slots__ = ("marks", "members", "options", "spelling")

    def __init__(self) -> None:
        self.options: list[Option] = []
        self.members: Obj = {}
        self.spelling: Obj = {}
        self.marks: list[str] = []

    def option(self, name: str, value: Json, severity: Severity) -> None:
        """Something that only Converse has."""
        self.options.append(Option(dialect=DIALECT, name=name, value=value, severity=severity))
