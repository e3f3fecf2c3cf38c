"""A request as the Responses API takes it.

Nothing is clamped: that the model can do what is asked has been seen to before. What the API lacks
is named among the losses.
"""

from typing import Final

import msgspec

from detente.canonical.content import Part, Text
from detente.canonical.extras import Json, Obj
from detente.canonical.request import Request
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, marked
from detente.dialects.codec import Encoded, Target
from detente.dialects.openai_responses.carrying import (
    leave_mark,
    leave_members,
    leave_state,
)
from detente.dialects.openai_responses.item_encoding import input_of, without_strangers
from detente.dialects.openai_responses.parts import content_wires, lone_text
from detente.dialects.openai_responses.settings import nested, reasoning_wire, text_wire
from detente.dialects.openai_responses.tools import choice_wire, tools_wire
from detente.dialects.openai_responses.words import (
    CACHE_LIFETIMES,
    DIALECT,
    LOGPROBS_INCLUDED,
    STATE_INCLUDED,
    TIERS,
)

_ENCODE: Final = msgspec.json.Encoder().encode

_STANDARD_TIERS: Final = frozenset(("standard", "standard_only", "on_demand"))
"""Other platforms' words for `default`."""


def encode_request(request: Request, target: Target) -> Encoded:
    """The body for that model, with losses. Never raises."""
    losses = Losses()
    wire: Obj = {"model": target.model}
    own = request.origin == DIALECT
    if own and target.mixed:
        turns = without_strangers(request.turns, losses)
        request = msgspec.structs.replace(request, turns=turns)
    _add_conversation(request, wire, losses, own=own)
    if request.stream:
        wire["stream"] = True
    if request.tools:
        tools = tools_wire(request.tools, losses)
        if tools:
            wire["tools"] = tools
    _add_settings(request, wire, losses)
    _add_include(request, wire, own=own)
    _add_labels(request, wire, losses, own=own)
    _add_options(request, wire, losses)
    _leave_unknown(request, losses)
    leave_members(request.extras, "", losses)
    laid_over(wire, request.extras, DIALECT)
    if target.model != request.model:
        wire["model"] = target.model
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _add_conversation(request: Request, wire: Obj, losses: Losses, *, own: bool) -> None:
    if own and marked(request.extras, DIALECT, "no_input") and not request.turns:
        pass
    elif own and marked(request.extras, DIALECT, "lone") and len(request.turns) == 1:
        alone = lone_text(request.turns[0].parts)
        if alone is None:
            wire["input"] = input_of(request.turns, losses, own=own)
        else:
            wire["input"] = alone
    else:
        wire["input"] = input_of(request.turns, losses, own=own)
    if request.instructions:
        _add_instructions(request.instructions, wire, losses)


def _add_instructions(parts: tuple[Part, ...], wire: Obj, losses: Losses) -> None:
    """`instructions` is one text: several are its paragraphs, or, where something stands among
    them or a mark that can be kept, a system's message before the conversation."""
    words: list[str] = []
    for part in parts:
        if not isinstance(part, Text) or (part.cache and part.cache.lifetime in CACHE_LIFETIMES):
            content: list[Json] = []
            for at, one in enumerate(parts):
                content += content_wires(
                    one, "input_text", f"instructions[{at}]", losses, own=False
                )
            before: Obj = {"type": "message", "role": "system", "content": content}
            wire["input"] = [before, *_listed(wire.get("input"))]
            return
        words.append(part.text)
    for at, part in enumerate(parts):
        if isinstance(part, Text):
            leave_mark(part.cache, f"instructions[{at}]", losses)
            leave_state(part.state, f"instructions[{at}]", losses)
            leave_members(part.extras, f"instructions[{at}]", losses)
            if part.citations:
                losses.lose("citations", f"instructions[{at}]", "instructions are plain text")
    wire["instructions"] = "\n\n".join(words)


def _listed(conversation: Json) -> list[Json]:
    """An `input` as a list of items."""
    if type(conversation) is list:
        return conversation
    return [] if conversation is None else [{"role": "user", "content": conversation}]


def _add_settings(request: Request, wire: Obj, losses: Losses) -> None:
    if request.tool_choice is not None:
        wire["tool_choice"] = choice_wire(request.tool_choice, request.tools, losses)
    if request.parallel_tool_calls is not None:
        wire["parallel_tool_calls"] = request.parallel_tool_calls
    text = text_wire(request, losses)
    if text is not None:
        wire["text"] = text
    if request.max_output_tokens is not None:
        wire["max_output_tokens"] = request.max_output_tokens
    if request.temperature is not None:
        wire["temperature"] = request.temperature
    if request.top_p is not None:
        wire["top_p"] = request.top_p
    if request.top_logprobs is not None:
        wire["top_logprobs"] = request.top_logprobs
    if request.reasoning is not None:
        reasoning = reasoning_wire(request.reasoning, losses)
        if reasoning:
            wire["reasoning"] = reasoning


def _add_include(request: Request, wire: Obj, *, own: bool) -> None:
    """What the answer is to hold besides. A client of another API that has the model think gets
    its state back: newer models give it unasked, older ones and other hosts when asked to
    (`include`, API reference, read 2026-11-21). A client of this API asks for itself."""
    if own:
        return
    include: list[Json] = []
    if request.logprobs:
        include.append(LOGPROBS_INCLUDED)
    control = request.reasoning
    if control is not None and control.enabled is not False and control.effort != "none":
        include.append(STATE_INCLUDED)
    if include:
        wire["include"] = include


def _add_labels(request: Request, wire: Obj, losses: Losses, *, own: bool) -> None:
    tier = request.service_tier
    if tier is not None:
        if own or tier in TIERS:
            wire["service_tier"] = tier
        elif tier in _STANDARD_TIERS:
            wire["service_tier"] = "default"
        else:
            losses.lose("service_tier", "service_tier", "the platform has no tier of that name")
    if request.metadata:
        wire["metadata"] = dict(request.metadata)
    if request.user is not None:
        name = "user" if marked(request.extras, DIALECT, "user") else "safety_identifier"
        wire[name] = request.user
    if request.cache_key is not None:
        wire["prompt_cache_key"] = request.cache_key
    if request.store is not None:
        wire["store"] = request.store


def _add_options(request: Request, wire: Obj, losses: Losses) -> None:
    for option in request.options:
        if option.dialect != DIALECT:
            losses.lose(
                "native_option",
                option.name,
                f"only `{option.dialect}` has this option",
                option.severity,
            )
        elif "." in option.name:
            nested(wire, option.name, option.value)
        elif option.name != "include":
            wire[option.name] = option.value


def _leave_unknown(request: Request, losses: Losses) -> None:
    """Name the settings that this API does not have."""
    for feature, value in (
        ("top_k", request.top_k),
        ("frequency_penalty", request.frequency_penalty),
        ("presence_penalty", request.presence_penalty),
        ("seed", request.seed),
        ("stop", request.stop or None),
        ("choices", None if request.choices in (None, 1) else request.choices),
        ("audio_output", request.audio),
    ):
        if value is not None:
            path = "audio" if feature == "audio_output" else feature
            losses.lose(feature, path, f"the Responses API has no `{path}`")
    if any(modality != "text" for modality in request.modalities):
        losses.lose("modalities", "modalities", "the Responses API answers with text")
    if request.cache is not None and request.cache.lifetime is not None:
        leave_mark(request.cache, "cache", losses)  # unless for long: that is what happens anyway
