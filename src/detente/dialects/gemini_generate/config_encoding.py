"""`generationConfig` of a canonical request.

>>> config_of(Request(model="m", turns=(), top_k=3), Losses())
{'topK': 3}
"""

from typing import Final

from detente.canonical.extras import Json, Obj
from detente.canonical.request import OutputFormat, ReasoningControl, Request
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, marked
from detente.dialects.gemini_generate import words

D: Final = words.NAME
STOPS_MAX: Final = 5
SEED_MAX: Final = 2**31 - 1
"""Both from https://ai.google.dev/api/generate-content#generationconfig (read 2026-11-21)."""
_DYNAMIC: Final = -1
_PLAIN_MEMBERS: Final = (
    ("temperature", "temperature"),
    ("top_p", "topP"),
    ("top_k", "topK"),
    ("choices", "candidateCount"),
    ("max_output_tokens", "maxOutputTokens"),
    ("logprobs", "responseLogprobs"),
    ("top_logprobs", "logprobs"),
    ("presence_penalty", "presencePenalty"),
    ("frequency_penalty", "frequencyPenalty"),
)


def config_of(request: Request, losses: Losses) -> Obj:
    """The configuration, empty where nothing is asked for; its rest is the request's."""
    own = request.origin == D
    config: Obj = {}
    for name, wire in _PLAIN_MEMBERS:
        value = getattr(request, name)
        if value is not None:
            config[wire] = value
    if request.seed is not None:
        _add_seed(request.seed, losses, config, own=own)
    if request.stop:
        config["stopSequences"] = _stops(request, losses, own=own)
    if request.modalities:
        config["responseModalities"] = [word.upper() for word in request.modalities]
    if request.output_format is not None:
        _add_format(request.output_format, request, losses, config)
    if request.reasoning is not None:
        _add_thinking(request.reasoning, losses, config, own=own)
    if request.audio is not None and not own:
        losses.lose("audio_output", "audio", "this API has voices and formats of its own")
    return config


def _add_seed(seed: int, losses: Losses, config: Obj, *, own: bool) -> None:
    if own or -SEED_MAX <= seed <= SEED_MAX:
        config["seed"] = seed
    else:
        losses.lose("seed", "seed", "this API's seeds have 32 bits")


def _stops(request: Request, losses: Losses, *, own: bool) -> list[Json]:
    if own or len(request.stop) <= STOPS_MAX:
        return list(request.stop)
    why = f"this API takes {STOPS_MAX} stop sequences at most"
    losses.lose("stop", f"stop[{STOPS_MAX}]", why)
    return list(request.stop[:STOPS_MAX])


def _add_format(form: OutputFormat, request: Request, losses: Losses, config: Obj) -> None:
    """The form of the answer; a schema's name and description become the schema's own."""
    if form.kind == "text":
        config["responseMimeType"] = "text/plain"
    elif not marked(request.extras, D, "no_media_type"):
        config["responseMimeType"] = "application/json"
    if form.kind == "json_schema" and not marked(request.extras, D, "google_schema"):
        config["responseJsonSchema"] = _described(form, losses)
    for name, _ in foreign((form.extras,), D):
        path = f"output_format.{name}"
        losses.lose("unknown_member", path, "this API has no such member")


def _described(form: OutputFormat, losses: Losses) -> Obj:
    schema = form.schema if form.schema is not None else {}
    added: Obj = {}
    for key, said in (("title", form.name), ("description", form.description)):
        if said is None:
            continue
        if key not in schema:
            added[key] = said
        elif schema[key] != said:
            name = "name" if key == "title" else key
            why = f"the schema has a {key} of its own, and this API no other place for one"
            losses.lose("json_schema", f"output_format.{name}", why, "drop")
    return {**added, **schema} if added else schema


def _add_thinking(control: ReasoningControl, losses: Losses, config: Obj, *, own: bool) -> None:
    thinking: Obj = {}
    if control.visible is not None:
        thinking["includeThoughts"] = control.visible
    elif control.summary is not None:
        thinking["includeThoughts"] = True
    effort = None if control.effort == "none" else control.effort
    if effort is not None:
        thinking["thinkingLevel"] = words.LEVEL_WORDS.get(effort, "XHIGH")
    budget = _budget(control)
    if budget is not None and (own or effort is None):
        thinking["thinkingBudget"] = budget
    if not own:
        _name_control(control, losses)
    if thinking:
        config["thinkingConfig"] = thinking


def _budget(control: ReasoningControl) -> int | None:
    """The bound in tokens; none at all, or the model's own choice, have numbers, too."""
    if control.enabled is False or control.effort == "none":
        return 0
    if control.budget_tokens is not None:
        return control.budget_tokens
    return _DYNAMIC if control.adaptive or control.enabled else None


def _name_control(control: ReasoningControl, losses: Losses) -> None:
    """What of a wish for thoughts this API cannot be told."""
    if control.effort == "max":
        losses.lose("reasoning_control", "reasoning.effort", "this API's levels end at `XHIGH`")
    if control.effort not in (None, "none") and control.budget_tokens is not None:
        why = "this API takes a level or a budget, not both"
        losses.lose("reasoning_control", "reasoning.budget_tokens", why)
    if control.summary not in (None, "auto"):
        why = "this API shows thoughts in one way only"
        losses.lose("reasoning_control", "reasoning.summary", why)
    for name, _ in foreign((control.extras,), D):
        path = f"reasoning.{name}"
        losses.lose("unknown_member", path, "this API has no such member")
