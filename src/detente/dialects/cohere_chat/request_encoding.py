"""The canonical request as a request to Cohere's chat, with what it cannot carry as losses."""

from typing import Final, cast

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.request import OutputFormat, ReasoningControl, Request, Tool, ToolChoice
from detente.dialects._codec.absences import without
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over
from detente.dialects.codec import Encoded, Target
from detente.dialects.cohere_chat.messages_encoding import messages_of
from detente.dialects.cohere_chat.wire import NAME, SAMPLING

_API: Final = "Cohere's API"
_PLACELESS: Final = (
    ("top_logprobs", "logprobs"),
    ("verbosity", "verbosity"),
    ("service_tier", "service_tier"),
    ("user", "user"),
    ("cache_key", "cache_key"),
    ("cache", "cache_mark"),
    ("audio", "audio_output"),
    ("store", "store"),
)
"""Members without a place here, and the features that they are."""
_BUDGETS: Final = {"minimal": 512, "low": 1024, "medium": 4096, "high": 16384}
"""Cohere bounds thoughts by tokens where others grade them; the highest grades have no bound."""
_NO_TIERS: Final = ("auto", "default")
_ENCODE: Final = msgspec.json.Encoder().encode


def encode_request(request: Request, target: Target) -> Encoded:
    """The body for that model (see `Codec.encode_request`)."""
    losses = Losses()
    wire: Obj = {
        "model": target.model,
        "messages": messages_of(request, losses),
        "stream": request.stream,
    }
    _tools(wire, request, losses)
    if request.output_format is not None:
        _format(wire, request.output_format, losses)
    for name, member in SAMPLING.items():
        value = cast(int | float | None, getattr(request, member))
        if value is not None:
            wire[name] = value
    if request.stop:
        wire["stop_sequences"] = list[Json](request.stop)
    if request.reasoning is not None:
        _thinking(wire, request.reasoning, losses)
    _native(wire, request, losses)
    _name_placeless(request, losses)
    laid_over(without(wire, request.extras, NAME), request.extras, NAME)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _tools(wire: Obj, request: Request, losses: Losses) -> None:
    told: list[Json] = []
    strict: list[bool | None] = []
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
            strict.append(tool.strict)
    if told:
        wire["tools"] = told
    _strictness(wire, strict, request, losses)
    if request.tool_choice is not None:
        _choice(wire, request.tool_choice, losses)
    if request.parallel_tool_calls is False:
        losses.lose("parallel_tool_calls", "parallel_tool_calls", f"{_API} cannot forbid them")


def _strictness(wire: Obj, strict: list[bool | None], request: Request, losses: Losses) -> None:
    """Whether the model is held to the tools' schemas, which Cohere says once for all."""
    if any(strict):
        wire["strict_tools"] = True
        for index, one in enumerate(strict):
            if not one:
                why = "Cohere holds a model to the schemas of all tools or of none"
                losses.lose("strict_tool", f"tools[{index}].strict", why, "drop")
    elif strict and None not in strict and request.origin == NAME:
        wire["strict_tools"] = False


def _tool(tool: Tool, path: str, losses: Losses) -> Obj:
    function: Obj = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    own = tool.extras is not None and tool.extras.dialect == NAME
    if tool.parameters is not None:
        function["parameters"] = tool.parameters
    elif not own:
        function["parameters"] = {"type": "object", "properties": {}}
    if tool.cache is not None:
        losses.lose("cache_mark", f"{path}.cache", f"{_API} caches by itself")
    for key, _ in foreign((tool.extras,), NAME):
        losses.lose("unknown_member", f"{path}.{key}", f"{_API} does not know it")
    wire: Obj = {"type": "function", "function": function}
    return laid_over(without(wire, tool.extras, NAME), tool.extras, NAME)


def _choice(wire: Obj, choice: ToolChoice, losses: Losses) -> None:
    match choice.kind:
        case "required":
            wire["tool_choice"] = "REQUIRED"
        case "none":
            wire["tool_choice"] = "NONE"
        case "named":
            wire["tool_choice"] = "REQUIRED"
            losses.lose("tool_choice", "tool_choice", f"{_API} can demand a call, not which")
        case "allowed" | "allowed_required":
            if choice.kind == "allowed_required":
                wire["tool_choice"] = "REQUIRED"
            losses.lose("tool_choice_allowed", "tool_choice", f"{_API} offers all tools it has")
        case "auto":
            pass
    for key, _ in foreign((choice.extras,), NAME):
        losses.lose("unknown_member", f"tool_choice.{key}", f"{_API} does not know it")


def _format(wire: Obj, wanted: OutputFormat, losses: Losses) -> None:
    """A schema binds the model here always, strict or not; its name is of no use."""
    told: Obj = {"type": "text" if wanted.kind == "text" else "json_object"}
    if wanted.kind == "json_schema" and wanted.schema is not None:
        told["json_schema"] = wanted.schema
    for key, _ in foreign((wanted.extras,), NAME):
        losses.lose("unknown_member", f"output_format.{key}", f"{_API} does not know it")
    wire["response_format"] = laid_over(told, wanted.extras, NAME)


def _thinking(wire: Obj, control: ReasoningControl, losses: Losses) -> None:
    """Whether to think, and for how many tokens; grades become bounds."""
    effort = control.effort
    off = control.enabled is False or effort == "none"
    told: Obj = {"type": "disabled" if off else "enabled"}
    budget = control.budget_tokens
    if budget is None and effort is not None and not off:
        budget = _BUDGETS.get(effort)
        why = f"{_API} has a bound of tokens instead"
        losses.lose("reasoning_control", "reasoning.effort", why)
    if budget is not None:
        told["token_budget"] = budget
    if control.summary is not None:
        losses.lose("reasoning_control", "reasoning.summary", f"{_API} cannot set it")
    if control.visible is False:
        losses.lose("reasoning_control", "reasoning.visible", f"{_API} always shows thoughts")
    for key, _ in foreign((control.extras,), NAME):
        losses.lose("unknown_member", f"reasoning.{key}", f"{_API} does not know it")
    wire["thinking"] = laid_over(without(told, control.extras, NAME), control.extras, NAME)


def _native(wire: Obj, request: Request, losses: Losses) -> None:
    for option in request.options:
        if option.dialect == NAME:
            wire[option.name] = option.value
        else:
            why = "only another API has this setting"
            losses.lose("native_option", option.name, why, option.severity)
    for key, _ in foreign((request.extras,), NAME):
        losses.lose("unknown_member", key, f"{_API} does not know it")


def _name_placeless(request: Request, losses: Losses) -> None:
    for name, feature in _PLACELESS:
        value = cast(object, getattr(request, name))
        if value is not None and not (name == "service_tier" and value in _NO_TIERS):
            losses.lose(feature, name, f"{_API} has no such member")
    if request.metadata:
        losses.lose("metadata", "metadata", f"{_API} keeps none")
    if request.choices is not None and request.choices > 1:
        losses.lose("choices", "choices", f"{_API} gives one answer")
    if any(one != "text" for one in request.modalities):
        losses.lose("modalities", "modalities", f"{_API} answers in text only")
