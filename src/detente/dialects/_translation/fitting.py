"""What the model cannot do is taken out of a request before it is encoded, and named.

Capabilities belong to models, not to dialects: the same rules hold whichever dialect the model is
asked in. What is not known of a model is not held against a request.
"""

from typing import Final, get_args

import msgspec

from detente.canonical.capability import UNKNOWN, Capabilities
from detente.canonical.content import Media, Part, ToolResult
from detente.canonical.request import Effort, ReasoningControl, Request
from detente.dialects._codec.losses import Losses

_EFFORTS: Final[tuple[Effort, ...]] = get_args(Effort)
_SAMPLING: Final = (
    "temperature",
    "top_p",
    "top_k",
    "frequency_penalty",
    "presence_penalty",
    "seed",
)
_MEDIA_FEATURES: Final = {
    "image": "image",
    "audio": "audio_input",
    "video": "video_input",
    "document": "document",
}


def fitted(request: Request, model: Capabilities, losses: Losses) -> Request:
    """`request` as the model can take it; what is changed is named in `losses`."""
    if model == UNKNOWN:
        return request
    changes: dict[str, object] = {}
    _fit_limit(request, model, losses, changes)
    _fit_sampling(request, model, losses, changes)
    _fit_tools(request, model, losses, changes)
    _fit_reasoning(request, model, losses, changes)
    _fit_media(request, model, losses, changes)
    if model.prefill is False and request.turns and request.turns[-1].role == "assistant":
        losses.lose(
            "assistant_prefill",
            f"turns[{len(request.turns) - 1}]",
            "the model does not continue an answer that was begun for it",
        )
    return msgspec.structs.replace(request, **changes) if changes else request


Changes = dict[str, object]


def _fit_limit(request: Request, model: Capabilities, losses: Losses, changes: Changes) -> None:
    limit, asked = model.output_tokens_max, request.max_output_tokens
    if limit is not None and asked is not None and asked > limit:
        losses.lose("input_range", "max_output_tokens", f"the model writes {limit} tokens at most")
        changes["max_output_tokens"] = limit


def _fit_sampling(request: Request, model: Capabilities, losses: Losses, changes: Changes) -> None:
    if model.sampling is not None:
        for name in _SAMPLING:
            if getattr(request, name) is not None and name not in model.sampling:
                losses.lose(name, name, f"the model does not take `{name}`")
                changes[name] = None
        if request.stop and "stop" not in model.sampling:
            losses.lose("stop", "stop", "the model does not take stop sequences")
            changes["stop"] = ()
        if request.logprobs and "logprobs" not in model.sampling:
            losses.lose("logprobs", "logprobs", "the model gives no log probabilities")
            changes.update(logprobs=None, top_logprobs=None)
    if model.temperature is not None and request.temperature is not None:
        low, high = model.temperature
        if "temperature" not in changes and not low <= request.temperature <= high:
            losses.lose(
                "input_range", "temperature", f"the model takes temperatures of {low} to {high}"
            )
            changes["temperature"] = min(max(request.temperature, low), high)


def _fit_tools(request: Request, model: Capabilities, losses: Losses, changes: Changes) -> None:
    choice = request.tool_choice
    if (
        model.forced_tool_choice is False
        and choice is not None
        and choice.kind in ("required", "named", "allowed_required")
    ):
        losses.lose("tool_choice", "tool_choice", "the model cannot be made to call a tool")
        changes["tool_choice"] = None
    if model.parallel_tool_calls is False and request.parallel_tool_calls:
        losses.lose("parallel_tool_calls", "parallel_tool_calls", "the model calls one at a time")
        changes["parallel_tool_calls"] = None
    form = request.output_format
    if model.structured_output is False and form is not None and form.kind == "json_schema":
        losses.lose("json_schema", "output_format", "the model cannot be held to a schema")
        changes["output_format"] = None


def _fit_reasoning(request: Request, model: Capabilities, losses: Losses, changes: Changes) -> None:
    control = request.reasoning
    if control is None or model.reasoning is None:
        return
    off = control.enabled is False or control.effort == "none"
    if model.reasoning == ("none",):
        if not off:
            losses.lose("reasoning_control", "reasoning", "the model does not reason")
        changes["reasoning"] = None
    elif off and model.reasoning_can_be_off is False:
        losses.lose("reasoning_control", "reasoning", "the model always reasons")
        changes["reasoning"] = None
    elif model.reasoning == ("adaptive",) and (control.effort or control.budget_tokens):
        losses.lose("reasoning_control", "reasoning", "the model itself decides how much it thinks")
        changes["reasoning"] = msgspec.structs.replace(
            control, effort=None, budget_tokens=None, adaptive=True
        )
    elif control.effort is not None and model.reasoning_efforts is not None:
        fit = _nearest_effort(control.effort, model.reasoning_efforts)
        if fit != control.effort:
            losses.lose(
                "input_range",
                "reasoning.effort",
                f"the model takes {', '.join(model.reasoning_efforts)}",
            )
            changes["reasoning"] = _with_effort(control, fit)


def _with_effort(control: ReasoningControl, effort: Effort | None) -> ReasoningControl:
    return msgspec.structs.replace(control, effort=effort)


def _nearest_effort(asked: Effort, accepted: tuple[str, ...]) -> Effort | None:
    """The accepted effort that is nearest to what was asked, the smaller of two."""
    if asked in accepted:
        return asked
    nearest: Effort | None = None
    rank = _EFFORTS.index(asked)
    for effort in _EFFORTS:
        if effort in accepted and effort != "none":
            distance = abs(_EFFORTS.index(effort) - rank)
            if nearest is None or distance < abs(_EFFORTS.index(nearest) - rank):
                nearest = effort
    return nearest


def _fit_media(request: Request, model: Capabilities, losses: Losses, changes: Changes) -> None:
    """Media that the model cannot read leave their turns."""
    accepted = model.input_modalities
    if accepted is None:
        return
    turns = list(request.turns)
    for at, turn in enumerate(turns):
        kept = _readable(turn.parts, accepted, losses, f"turns[{at}]")
        if kept is not None:
            turns[at] = msgspec.structs.replace(turn, parts=kept)
            changes["turns"] = turns
    if "turns" in changes:
        changes["turns"] = tuple(turns)


def _readable(
    parts: tuple[Part, ...], accepted: tuple[str, ...], losses: Losses, path: str
) -> tuple[Part, ...] | None:
    """The parts that the model can read, None where it can read all."""
    kept: list[Part] = []
    changed = False
    for at, part in enumerate(parts):
        where = f"{path}.parts[{at}]"
        if isinstance(part, Media) and part.kind not in accepted:
            losses.lose(_MEDIA_FEATURES[part.kind], where, f"the model reads no {part.kind}")
            changed = True
            continue
        if isinstance(part, ToolResult):
            inner = _readable(part.parts, accepted, losses, where)
            if inner is not None:
                kept.append(msgspec.structs.replace(part, parts=inner))
                changed = True
                continue
        kept.append(part)
    return tuple(kept) if changed else None
