"""The canonical request as a request to Oracle Cloud's chat, with what it cannot carry as losses.

The format is that of the model: Cohere's speak `COHEREV2`, all others `GENERIC`. For a dedicated
endpoint, whose id tells nothing, it is the client's own.
"""

from typing import Final, cast

import msgspec

from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.request import OutputFormat, ReasoningControl, Request, Tool, ToolChoice
from detente.dialects._codec.absences import without
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, marked
from detente.dialects.codec import Encoded, Target
from detente.dialects.oci_chat.cohere_request import as_coheres, write_cohere_request
from detente.dialects.oci_chat.head import serving_mode
from detente.dialects.oci_chat.request_decoding import EFFORTS, LIMIT, TIERS, VERBOSITIES
from detente.dialects.oci_chat.turns_encoding import messages_of
from detente.dialects.oci_chat.wire import COHERE, GENERIC, NAME, SAMPLING

_API: Final = "Oracle's chat"
_PLACELESS: Final = (
    ("user", "user"),
    ("cache_key", "cache_key"),
    ("cache", "cache_mark"),
    ("audio", "audio_output"),
    ("store", "store"),
)
"""Members without a place here, and the features that they are."""
_LOW_BELOW_TOKENS: Final = 4_096
_HIGH_FROM_TOKENS: Final = 16_384
"""A budget of thoughts as an effort: platforms that have both grade about so."""
_OF_OPENAI: Final = "openai."
"""OpenAI's models reject `maxTokens`, as on their own platform."""
_COHERES: Final = "cohere."
_MODE: Final = "servingMode"
_ENCODE: Final = msgspec.json.Encoder().encode


def encode_request(request: Request, target: Target) -> Encoded:
    """The body for that model (see `Codec.encode_request`)."""
    losses = Losses()
    if _speaks_cohere(request, target.model):
        chat, encoded = write_cohere_request(request, target)
        losses.found.extend(encoded.losses)
    else:
        chat = _generic(as_coheres(request), target, losses)
    wire: Obj = {_MODE: cast(Obj, serving_mode(target.model)), "chatRequest": chat}
    held = request.extras
    if held is not None and held.dialect == NAME:
        kept = ("chatRequest",) if target.model == request.model else ("chatRequest", _MODE)
        for name, value in held.spelling.items():
            if name not in kept:
                wire[name] = value
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _speaks_cohere(request: Request, model: str) -> bool:
    if model.startswith("ocid1."):
        return marked(request.extras, NAME, COHERE)
    return model.startswith(_COHERES)


def _generic(request: Request, target: Target, losses: Losses) -> Obj:
    chat: Obj = {
        "apiFormat": GENERIC,
        "messages": messages_of(request, losses),
        "isStream": request.stream,
    }
    if request.stream and request.asks_usage:
        chat["streamOptions"] = {"isIncludeUsage": True}
    _tools(chat, request, losses)
    if request.output_format is not None:
        _format(chat, request.output_format, losses)
    for name, member in SAMPLING.items():
        value = cast(int | float | None, getattr(request, member))
        if value is not None:
            chat[name] = value
    if request.stop:
        chat["stop"] = list[Json](request.stop)
    _limit(chat, request, target)
    _logprobs(chat, request)
    if request.reasoning is not None:
        _effort(chat, request.reasoning, losses)
    _words(chat, request, losses)
    _native(chat, request, losses)
    _name_placeless(request, losses)
    return _with_rest(chat, request.extras)


def _with_rest(chat: Obj, extras: Extras | None) -> Obj:
    """What the body said beyond, in its own format."""
    if extras is None or extras.dialect != NAME:
        return chat
    without(chat, extras, NAME)
    for held in (extras.members, extras.spelling):
        inner = held.get("chatRequest")
        if type(inner) is dict:
            laid_over(chat, Extras(dialect=NAME, spelling=inner), NAME)
    return chat


def _tools(chat: Obj, request: Request, losses: Losses) -> None:
    told: list[Json] = []
    for index, tool in enumerate(request.tools):
        if not isinstance(tool, Tool):
            if tool.dialect == NAME:
                told.append(tool.value)
            else:
                losses.lose("hosted_tool", f"tools[{index}]", f"{_API} runs no such tool itself")
        elif tool.kind == "custom":
            losses.lose("custom_tool", f"tools[{index}]", f"{_API} has functions only")
        else:
            told.append(_tool(tool, f"tools[{index}]", losses))
    if told:
        chat["tools"] = told
    if request.tool_choice is not None:
        _choice(chat, request.tool_choice, losses)
    if request.parallel_tool_calls is not None:
        chat["isParallelToolCalls"] = request.parallel_tool_calls


def _tool(tool: Tool, path: str, losses: Losses) -> Obj:
    wire: Obj = {"type": "FUNCTION", "name": tool.name}
    if tool.description is not None:
        wire["description"] = tool.description
    own = tool.extras is not None and tool.extras.dialect == NAME
    if tool.parameters is not None:
        wire["parameters"] = tool.parameters
    elif not own:
        wire["parameters"] = {"type": "object", "properties": {}}
    if tool.strict:
        losses.lose("strict_tool", f"{path}.strict", f"{_API} does not hold models to schemas")
    if tool.cache is not None:
        losses.lose("cache_mark", f"{path}.cache", f"{_API} has no marks for caches")
    for key, _ in foreign((tool.extras,), NAME):
        losses.lose("unknown_member", f"{path}.{key}", f"{_API} does not know it")
    return laid_over(without(wire, tool.extras, NAME), tool.extras, NAME)


def _choice(chat: Obj, choice: ToolChoice, losses: Losses) -> None:
    told: Obj
    match choice.kind:
        case "auto" | "none" | "required":
            told = {"type": choice.kind.upper()}
        case "named":
            told = {"type": "FUNCTION", "name": choice.names[0] if choice.names else ""}
        case "allowed" | "allowed_required":
            told = {"type": "AUTO" if choice.kind == "allowed" else "REQUIRED"}
            losses.lose("tool_choice_allowed", "tool_choice", f"{_API} offers all tools it has")
    for key, _ in foreign((choice.extras,), NAME):
        losses.lose("unknown_member", f"tool_choice.{key}", f"{_API} does not know it")
    chat["toolChoice"] = laid_over(told, choice.extras, NAME)


def _format(chat: Obj, wanted: OutputFormat, losses: Losses) -> None:
    told: Obj = {"type": wanted.kind.upper()}
    if wanted.kind == "json_schema":
        own = wanted.extras is not None and wanted.extras.dialect == NAME
        schema: Obj = {} if own and wanted.name is None else {"name": wanted.name or "answer"}
        for key, value in (
            ("name", wanted.name),
            ("description", wanted.description),
            ("schema", wanted.schema),
            ("isStrict", wanted.strict),
        ):
            if value is not None:
                schema[key] = value
        told["jsonSchema"] = schema
    for key, _ in foreign((wanted.extras,), NAME):
        losses.lose("unknown_member", f"output_format.{key}", f"{_API} does not know it")
    chat["responseFormat"] = laid_over(told, wanted.extras, NAME)


def _limit(chat: Obj, request: Request, target: Target) -> None:
    """The bound on output, by the member that the model takes."""
    if request.max_output_tokens is None:
        return
    wide = marked(request.extras, NAME, LIMIT)
    if not wide and request.origin != NAME:
        wide = target.model.startswith(_OF_OPENAI)
    chat[LIMIT if wide else "maxTokens"] = request.max_output_tokens


def _logprobs(chat: Obj, request: Request) -> None:
    """How many of the likeliest tokens are told; the chosen one is always."""
    if request.logprobs:
        chat["logProbs"] = request.top_logprobs or 0


def _effort(chat: Obj, control: ReasoningControl, losses: Losses) -> None:
    effort = control.effort
    if effort is None and control.enabled is False:
        effort = "none"
    if control.budget_tokens is not None:
        why = f"{_API} grades thinking by effort, not by tokens"
        losses.lose("reasoning_control", "reasoning.budget_tokens", why)
        if effort is None:
            tokens = control.budget_tokens
            lower = "low" if tokens < _LOW_BELOW_TOKENS else "medium"
            effort = "high" if tokens >= _HIGH_FROM_TOKENS else lower
    if effort is not None and effort not in EFFORTS:
        losses.lose("reasoning_control", "reasoning.effort", "`HIGH` is Oracle's highest grade")
        effort = "high"
    if control.summary is not None:
        losses.lose(
            "reasoning_control", "reasoning.summary", f"{_API} has no summaries of thoughts"
        )
    if control.visible is not None:
        losses.lose("reasoning_control", "reasoning.visible", f"{_API} cannot set it")
    for key, _ in foreign((control.extras,), NAME):
        losses.lose("unknown_member", f"reasoning.{key}", f"{_API} does not know it")
    if effort is not None:
        chat["reasoningEffort"] = effort.upper()


def _words(chat: Obj, request: Request, losses: Losses) -> None:
    for name, value, words, feature in (
        ("verbosity", request.verbosity, VERBOSITIES, "verbosity"),
        ("serviceTier", request.service_tier, TIERS, "service_tier"),
    ):
        if value is not None and value in words:
            chat[name] = value.upper()
        elif value is not None:
            losses.lose(feature, feature, f"{_API} has no `{value}`")
    if request.metadata:
        chat["metadata"] = cast(Obj, request.metadata)


def _native(chat: Obj, request: Request, losses: Losses) -> None:
    for option in request.options:
        if option.dialect == NAME:
            chat[option.name] = option.value
        else:
            why = "only another API has this setting"
            losses.lose("native_option", option.name, why, option.severity)
    for key, _ in foreign((request.extras,), NAME):
        losses.lose("unknown_member", key, f"{_API} does not know it")


def _name_placeless(request: Request, losses: Losses) -> None:
    for name, feature in _PLACELESS:
        if getattr(request, name) is not None:
            losses.lose(feature, name, f"{_API} has no such member")
    if any(one != "text" for one in request.modalities):
        losses.lose("modalities", "modalities", f"{_API} answers in text only")
