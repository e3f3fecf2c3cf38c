"""A request to Oracle Cloud's chat, as canonical values.

>>> body = b'{"servingMode": {"modelId": "m"}, "chatRequest": {"apiFormat": "GENERIC", "topK": 3}}'
>>> decode_request(body).top_k
3
"""

from typing import Final, cast

import msgspec

from detente.canonical.content import Turn
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import (
    AnyTool,
    Effort,
    HostedTool,
    Option,
    OutputFormat,
    ReasoningControl,
    Request,
    Tool,
    ToolChoice,
)
from detente.dialects._codec import fields
from detente.dialects._codec.absences import absences
from detente.dialects._codec.fields import Misfit
from detente.dialects._codec.rest import rest
from detente.dialects.oci_chat.cohere_request import read_cohere_request
from detente.dialects.oci_chat.head import serving_mode
from detente.dialects.oci_chat.parts_decoding import read_turn
from detente.dialects.oci_chat.wire import COHERE, GENERIC, NAME, OPTIONS, REQUEST

EFFORTS: Final[tuple[Effort, ...]] = ("none", "minimal", "low", "medium", "high")
VERBOSITIES: Final = ("low", "medium", "high")
TIERS: Final = ("auto", "default", "priority")
LIMIT: Final = "maxCompletionTokens"
"""The mark of a request that bounds its answer by this member rather than by `maxTokens`."""

_TOOL: Final = frozenset(("type", "name", "description", "parameters"))
_FORMAT: Final = frozenset(("type", "jsonSchema"))
_SCHEMA: Final = frozenset(("name", "description", "schema", "isStrict"))
_CHOICE: Final = frozenset(("type", "name"))
_IDS: Final = ("modelId", "endpointId")


def decode_request(body: bytes, *, model: str | None = None, stream: bool | None = None) -> Request:
    """A request; raises `ClientFault`."""
    try:
        wire = fields.read_object(body)
        chat = fields.member(wire, "chatRequest")
        form = chat.get("apiFormat", GENERIC)
        if form == COHERE:
            named = _model(wire, model)
            return read_cohere_request(chat, named, stream, _enveloped(wire, named, {}))
        if form != GENERIC:
            raise Misfit("chatRequest.apiFormat", f"must be `{GENERIC}` or `{COHERE}`")
        return _request(wire, chat, model, stream)
    except Misfit as misfit:
        raise misfit.client_fault() from None


def _model(wire: Obj, model: str | None) -> str:
    if model is not None:
        return model
    mode = fields.member(wire, "servingMode")
    for name in _IDS:
        told = mode.get(name)
        if type(told) is str and told:
            return told
    raise Misfit("servingMode.modelId", "must be a string that is not empty")


def _enveloped(wire: Obj, model: str, chat: Obj) -> Obj:
    """What is said around the request, as spelling: another platform has no compartments. `chat` is
    the spelling of the request itself; `servingMode` is kept where the model does not say it."""
    spelling: Obj = {"chatRequest": chat} if chat else {}
    for key, value in wire.items():
        if key not in ("servingMode", "chatRequest"):
            spelling[key] = value
    mode = wire.get("servingMode")
    if mode is not None and mode != serving_mode(model):
        spelling["servingMode"] = mode
    return spelling


def _request(wire: Obj, chat: Obj, model: str | None, stream: bool | None) -> Request:
    members: Obj = {}
    spelling: Obj = {}
    told = fields.flag_or_none(chat, "isStream")
    streams = told is True if stream is None else stream
    options = fields.member_or_none(chat, "streamOptions") or {}
    probabilities = fields.integer_or_none(chat, "logProbs")
    limit, marks = _limit(chat, spelling)
    reasoning = _reasoning(chat, members)
    request = Request(
        model=_model(wire, model),
        turns=_turns(chat),
        origin=NAME,
        stream=streams,
        asks_usage=options.get("isIncludeUsage") is True,
        tools=fields.each(chat, "tools", _tool),
        tool_choice=_choice(chat, members),
        parallel_tool_calls=fields.flag_or_none(chat, "isParallelToolCalls"),
        output_format=_format(chat, members),
        max_output_tokens=limit,
        temperature=fields.number_or_none(chat, "temperature"),
        top_p=fields.number_or_none(chat, "topP"),
        top_k=_top_k(chat, spelling),
        frequency_penalty=fields.number_or_none(chat, "frequencyPenalty"),
        presence_penalty=fields.number_or_none(chat, "presencePenalty"),
        seed=fields.integer_or_none(chat, "seed"),
        stop=fields.texts(chat, "stop"),
        choices=fields.integer_or_none(chat, "numGenerations"),
        logprobs=None if probabilities is None else True,
        top_logprobs=probabilities,
        reasoning=reasoning,
        verbosity=_word(chat, "verbosity", VERBOSITIES, members),
        service_tier=_word(chat, "serviceTier", TIERS, members),
        metadata=_metadata(chat, members),
        options=tuple(
            Option(dialect=NAME, name=name, value=chat[name], severity=severity)
            for name, severity in OPTIONS.items()
            if chat.get(name) not in (None, {}, [])
        ),
    )
    _keep_stream(chat, spelling)
    held = _rest_of(chat, members, spelling, marks)
    around = _enveloped(wire, request.model, held.spelling)
    unknown: Obj = {"chatRequest": held.members} if held.members else {}
    extras = Extras(dialect=NAME, members=unknown, spelling=around, marks=held.marks)
    return msgspec.structs.replace(request, extras=extras)


def _rest_of(chat: Obj, members: Obj, spelling: Obj, marks: tuple[str, ...]) -> Extras:
    """What the canonical request does not say of `chatRequest`."""
    held = rest(
        chat,
        REQUEST,
        NAME,
        members=members,
        spelling=spelling,
        marks=(*marks, *absences(chat, ("isStream", "messages", "apiFormat"))),
    )
    return held or Extras(dialect=NAME)


def _limit(chat: Obj, spelling: Obj) -> tuple[int | None, tuple[str, ...]]:
    """The bound on output tokens, and how it was said; -1 is no bound."""
    first = fields.integer_or_none(chat, LIMIT)
    second = fields.integer_or_none(chat, "maxTokens")
    if first is not None and second is not None:
        spelling["maxTokens"] = second
    limit = second if first is None else first
    marks = () if first is None else (LIMIT,)
    if limit is not None and limit < 0:
        spelling[LIMIT if marks else "maxTokens"] = limit
        return None, marks
    return limit, marks


def _top_k(chat: Obj, spelling: Obj) -> int | None:
    """-1, the default, is to consider all tokens; some clients write it as 0."""
    told = fields.integer_or_none(chat, "topK")
    if told is not None and told < 1:
        spelling["topK"] = told
        return None
    return told


def _keep_stream(chat: Obj, spelling: Obj) -> None:
    """What is said of streaming in a way that encoding would not say again."""
    options = chat.get("streamOptions")
    streams = chat.get("isStream") is True
    if options and not (streams and options == {"isIncludeUsage": True}):
        spelling["streamOptions"] = options


def _turns(chat: Obj) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for index, item in enumerate(fields.items(chat, "messages")):
        if type(item) is not dict:
            raise Misfit(f"chatRequest.messages[{index}]", "must be an object")
        try:
            turns.append(read_turn(item))
        except Misfit as misfit:
            misfit.under(f"chatRequest.messages[{index}]")
            raise
    return tuple(turns)


def _tool(item: Obj) -> AnyTool:
    if item.get("type", "FUNCTION") != "FUNCTION":
        return HostedTool(dialect=NAME, name=str(item.get("type"))[:64], value=item)
    return Tool(
        name=fields.text(item, "name"),
        description=fields.text_or_none(item, "description"),
        parameters=fields.member_or_none(item, "parameters") or None,
        extras=rest(item, _TOOL, NAME, marks=absences(item, ("type",))),
    )


def _choice(chat: Obj, members: Obj) -> ToolChoice | None:
    told = fields.member_or_none(chat, "toolChoice")
    if not told:
        return None
    extras = rest(told, _CHOICE, NAME)
    match told.get("type"):
        case "AUTO":
            return ToolChoice(kind="auto", extras=extras)
        case "NONE":
            return ToolChoice(kind="none", extras=extras)
        case "REQUIRED":
            return ToolChoice(kind="required", extras=extras)
        case "FUNCTION" if type(told.get("name")) is str:
            return ToolChoice(kind="named", names=(fields.text(told, "name"),), extras=extras)
        case _:
            members["toolChoice"] = told
            return None


def _format(chat: Obj, members: Obj) -> OutputFormat | None:
    told = fields.member_or_none(chat, "responseFormat")
    if not told:
        return None
    kind, held = told.get("type"), told.get("jsonSchema")
    if kind in ("TEXT", "JSON_OBJECT") and held is None:
        word = "text" if kind == "TEXT" else "json_object"
        return OutputFormat(kind=word, extras=rest(told, _FORMAT, NAME))
    if kind != "JSON_SCHEMA" or type(held) is not dict or not _is_schema(held):
        members["responseFormat"] = told
        return None
    inner = rest(held, _SCHEMA, NAME)
    return OutputFormat(
        kind="json_schema",
        name=fields.text_or_none(held, "name"),
        description=fields.text_or_none(held, "description"),
        schema=fields.member_or_none(held, "schema") or None,
        strict=fields.flag_or_none(held, "isStrict"),
        extras=rest(
            told,
            _FORMAT,
            NAME,
            members={"jsonSchema": inner.members} if inner and inner.members else {},
            spelling={"jsonSchema": inner.spelling} if inner and inner.spelling else {},
        ),
    )


def _is_schema(held: Obj) -> bool:
    """Whether every member is what it must be."""
    named = all(held.get(key) is None or type(held[key]) is str for key in ("name", "description"))
    schema, strict = held.get("schema"), held.get("isStrict")
    return (
        named
        and (schema is None or type(schema) is dict)
        and (strict is None or type(strict) is bool)
    )


def _reasoning(chat: Obj, members: Obj) -> ReasoningControl | None:
    effort = cast(Effort | None, _word(chat, "reasoningEffort", EFFORTS, members))
    return None if effort is None else ReasoningControl(effort=effort)


def _word(chat: Obj, key: str, words: tuple[str, ...], members: Obj) -> str | None:
    """A word in lower case; what is none of `words` in capitals rides along unknown."""
    told = chat.get(key)
    if told is None:
        return None
    word = told.lower() if type(told) is str else ""
    if word in words and word.upper() == told:
        return word
    members[key] = told
    return None


def _metadata(chat: Obj, members: Obj) -> dict[str, str]:
    told = fields.member_or_none(chat, "metadata") or {}
    if all(type(value) is str for value in told.values()):
        return cast(dict[str, str], told)
    members["metadata"] = cast(Json, told)
    return {}
