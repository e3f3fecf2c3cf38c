"""The canonical request as a request to Ollama's chat, with what it cannot carry as losses."""

from typing import Final, cast

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.request import OutputFormat, ReasoningControl, Request, Tool, ToolChoice
from detente.dialects._codec.absences import without
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over
from detente.dialects.codec import Encoded, Target
from detente.dialects.ollama_chat.turns_encoding import messages_of
from detente.dialects.ollama_chat.wire import NAME, SAMPLING

_API: Final = "Ollama's API"
_EFFORTS: Final = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}
_PLACELESS: Final = (
    ("verbosity", "verbosity"),
    ("service_tier", "service_tier"),
    ("user", "user"),
    ("cache_key", "cache_key"),
    ("cache", "cache_mark"),
    ("audio", "audio_output"),
    ("store", "store"),
)
"""Members without a place here, and the features that they are."""
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
    options = _sampling(request)
    if request.reasoning is not None:
        _think(wire, request.reasoning, losses)
    if request.logprobs is not None:
        wire["logprobs"] = request.logprobs
    if request.top_logprobs is not None:
        wire["top_logprobs"] = request.top_logprobs
    _native(wire, request, options, losses)
    if options:
        wire["options"] = options
    _name_placeless(request, losses)
    laid_over(without(wire, request.extras, NAME), request.extras, NAME)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _sampling(request: Request) -> Obj:
    options: Obj = {}
    for name, member in SAMPLING.items():
        value = cast(int | float | tuple[str, ...] | None, getattr(request, member))
        if isinstance(value, tuple):
            if value:
                options[name] = list[Json](value)
        elif value is not None:
            options[name] = value
    return options


def _tools(wire: Obj, request: Request, losses: Losses) -> None:
    """Tools; where none may be called they are left out, which is what that means."""
    told: list[Json] = []
    for index, tool in enumerate(request.tools):
        if not isinstance(tool, Tool):
            if tool.dialect == NAME:
                told.append(tool.value)
            else:
                losses.lose("hosted_tool", f"tools[{index}]", f"{_API} runs no tools itself")
        elif tool.kind == "custom":
            losses.lose("custom_tool", f"tools[{index}]", f"{_API} has functions only")
        else:
            told.append(_tool(tool, f"tools[{index}]", losses))
    choice = request.tool_choice
    if choice is not None:
        if choice.kind == "none":
            return
        _name_choice(choice, losses)
    if told:
        wire["tools"] = told
    if request.parallel_tool_calls is False:
        losses.lose("parallel_tool_calls", "parallel_tool_calls", f"{_API} cannot forbid them")


def _tool(tool: Tool, path: str, losses: Losses) -> Obj:
    function: Obj = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    own = tool.extras is not None and tool.extras.dialect == NAME
    if tool.parameters is not None:
        function["parameters"] = tool.parameters
    elif not own:
        function["parameters"] = {"type": "object", "properties": {}}
    if tool.strict:
        losses.lose("strict_tool", f"{path}.strict", f"{_API} does not hold models to schemas")
    if tool.cache is not None:
        losses.lose("cache_mark", f"{path}.cache", f"{_API} caches by itself")
    for key, _ in foreign((tool.extras,), NAME):
        losses.lose("unknown_member", f"{path}.{key}", f"{_API} does not know it")
    wire: Obj = {"type": "function", "function": function}
    return laid_over(without(wire, tool.extras, NAME), tool.extras, NAME)


def _name_choice(choice: ToolChoice, losses: Losses) -> None:
    why = f"{_API} leaves it to the model whether it calls"
    if choice.kind in ("allowed", "allowed_required"):
        losses.lose("tool_choice_allowed", "tool_choice", why)
    elif choice.kind != "auto":
        losses.lose("tool_choice", "tool_choice", why)
    for key, _ in foreign((choice.extras,), NAME):
        losses.lose("unknown_member", f"tool_choice.{key}", f"{_API} does not know it")


def _format(wire: Obj, wanted: OutputFormat, losses: Losses) -> None:
    """A schema binds the model here always, strict or not; its name is of no use."""
    if wanted.kind == "json_object" or (wanted.kind == "json_schema" and not wanted.schema):
        wire["format"] = "json"
    elif wanted.schema is not None and wanted.kind == "json_schema":
        wire["format"] = wanted.schema
    for key, _ in foreign((wanted.extras,), NAME):
        losses.lose("unknown_member", f"output_format.{key}", f"{_API} does not know it")


def _think(wire: Obj, control: ReasoningControl, losses: Losses) -> None:
    """Whether to think, or in one of three grades."""
    effort = control.effort
    if control.enabled is False or effort == "none":
        wire["think"] = False
    elif effort is not None:
        wire["think"] = _EFFORTS.get(effort, "high")
        if effort not in _EFFORTS:
            losses.lose("reasoning_control", "reasoning.effort", "`high` is Ollama's highest grade")
    elif control.enabled or control.adaptive or control.budget_tokens is not None:
        wire["think"] = True
    for name in ("budget_tokens", "summary"):
        if getattr(control, name) is not None:
            losses.lose("reasoning_control", f"reasoning.{name}", f"{_API} cannot set it")
    if control.visible is False:
        losses.lose("reasoning_control", "reasoning.visible", f"{_API} always shows thoughts")
    for key, _ in foreign((control.extras,), NAME):
        losses.lose("unknown_member", f"reasoning.{key}", f"{_API} does not know it")


def _native(wire: Obj, request: Request, options: Obj, losses: Losses) -> None:
    for option in request.options:
        if option.dialect != NAME:
            why = "only another API has this setting"
            losses.lose("native_option", option.name, why, option.severity)
        elif option.name == "options" and type(option.value) is dict:
            options.update(option.value)
        else:
            wire[option.name] = option.value
    for key, _ in foreign((request.extras,), NAME):
        losses.lose("unknown_member", key, f"{_API} does not know it")


def _name_placeless(request: Request, losses: Losses) -> None:
    for name, feature in _PLACELESS:
        if getattr(request, name) is not None:
            losses.lose(feature, name, f"{_API} has no such member")
    if request.metadata:
        losses.lose("metadata", "metadata", f"{_API} keeps none")
    if request.choices is not None and request.choices > 1:
        losses.lose("choices", "choices", f"{_API} gives one answer")
    if any(one != "text" for one in request.modalities):
        losses.lose("modalities", "modalities", f"{_API} answers in text only")
