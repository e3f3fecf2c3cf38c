"""A whole answer of Converse, and its errors, to and from the canonical ones.

An answer has no id and names no model, unless a prompt router chose one. What a guardrail found is
told as a filter's words for prompt and answer.

>>> decode_response(b'{"output": {"message": {"role": "assistant", "content": []}},'
...                 b' "stopReason": "end_turn"}').choices[0].stop
'end'
"""

from typing import Final

import msgspec

from detente.canonical.content import Part, Refusal
from detente.canonical.events import Stopped
from detente.canonical.extras import Extras, Obj
from detente.canonical.failure import ProviderFault
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects._bedrock.tokens import converse_usage, usage_object
from detente.dialects._codec.fields import Misfit, member_or_none, read_object, text_or_none
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import differing, foreign, laid_over, rest
from detente.dialects.bedrock_converse.guardrail import filters_of, trace_object
from detente.dialects.bedrock_converse.parts_decoding import parts_of
from detente.dialects.bedrock_converse.parts_encoding import Blocks
from detente.dialects.bedrock_converse.words import (
    DETAILED_STOPS,
    DIALECT,
    INEXACT_STOPS,
    MESSAGE,
    RESPONSE,
    STOP_WORDS,
    STOPS,
    USAGE,
)
from detente.dialects.codec import Encoded, ErrorText, Reply

_ENCODE: Final = msgspec.json.Encoder().encode
_ENVELOPE: Final = ("metrics", "performanceConfig", "additionalModelResponseFields")
"""Members that say how the answer was made; no other dialect has or misses them."""

_PATHS: Final = "additionalModelResponseFieldPaths"
TIERS: Final = ("priority", "default", "flex", "reserved")
"""Bedrock's tiers; another platform's word for its own is not repeated."""

_OUTPUT: Final = frozenset(("message",))


def decode_response(body: bytes, *, id_prefix: str = "call") -> Response:  # noqa: ARG001 - has ids
    """The answer in `body`; raises `ProviderFault`."""
    try:
        return _response(read_object(body))
    except Misfit as misfit:
        raise misfit.provider_fault() from None
    except RecursionError:
        raise ProviderFault(
            "upstream_failed",
            "the provider's answer is nested too deeply; try another deployment",
        ) from None


def encode_response(response: Response, reply: Reply) -> Encoded:
    """The answer as Converse would give it."""
    losses = Losses()
    try:
        body = _ENCODE(_answer(response, reply, losses))
    except RecursionError:
        why = "the answer is nested more deeply than can be written"
        losses.lose("native_part", "choices", why)
        body = _ENCODE(_answer(Response(id="", model="", choices=()), reply, losses))
    return Encoded(body=body, losses=tuple(losses.found))


def _answer(response: Response, reply: Reply, losses: Losses) -> Obj:
    own = response.origin == DIALECT
    body = metadata_object(response.usage, response.service_tier, losses)
    choice = response.choices[0] if response.choices else Choice(parts=(), stop="content_filter")
    if len(response.choices) > 1:
        losses.lose("choices", "choices[1]", "Converse gives one answer")
    blocks = Blocks(losses, own=own)
    message: Obj = {
        "role": "assistant",
        "content": blocks.written(choice.parts, "choices[0]"),
    }
    body["output"] = {"message": message}
    refused = any(isinstance(part, Refusal) for part in choice.parts)
    stop = stop_of(choice.stop, losses, refused=refused)
    body["stopReason"] = stop_word(stop, choice.stop_detail)
    trace = trace_object((*response.filters, *choice.filters), losses)
    if trace is not None:
        body["trace"] = trace
    if response.service_tier is not None and own:
        body["serviceTier"] = {"type": response.service_tier}
    if choice.stop_sequence is not None and not own:
        fields = sequence_fields(choice.stop_sequence, reply, losses)
        if fields is not None:
            body["additionalModelResponseFields"] = fields
    for extras in (response.extras, choice.extras):
        for name, _ in foreign((extras,), DIALECT):
            losses.lose("unknown_member", name, "the member is unknown to Converse")
        laid_over(body, extras, DIALECT)
        _without(body, extras)
    return body


def read_error(body: bytes) -> ErrorText | None:
    """What an error's body says, None where it is none; never raises."""
    try:
        wire = read_object(body)
    except Misfit:
        return None
    message = wire.get("message", wire.get("Message"))
    if type(message) is not str:
        return None
    kind = wire.get("__type")
    return ErrorText(message=message, code=kind.rpartition("#")[2] if type(kind) is str else None)


def metadata_object(usage: Usage | None, tier: str | None, losses: Losses) -> Obj:
    """What is said of an answer beside it: its usage, where it was served, how long that took
    (which nobody knows here, and the client's types want)."""
    name_usage(usage, losses)
    found: Obj = {"usage": usage_object(usage or Usage()), "metrics": {"latencyMs": 0}}
    if tier in TIERS:
        found["serviceTier"] = {"type": tier}
    return found


def stopped_object(stopped: Stopped, reply: Reply, losses: Losses, *, refused: bool) -> Obj:
    """The payload of `messageStop`."""
    stop = stop_of(stopped.stop, losses, refused=refused)
    found: Obj = {"stopReason": stop_word(stop, stopped.stop_detail)}
    if stopped.stop_sequence is not None:
        fields = sequence_fields(stopped.stop_sequence, reply, losses)
        if fields is not None:
            found["additionalModelResponseFields"] = fields
    return found


def stop_of(stop: StopReason | None, losses: Losses, *, refused: bool) -> StopReason:
    """Why the answer ended, in what Converse has words for; what it has none for is named."""
    if stop in (None, "end") and refused:
        stop = "refusal"
    if stop in INEXACT_STOPS:
        losses.lose("stop_reason", "choices[0].stop", f"Converse has no word for `{stop}`")
    return stop or "end"


def sequence_fields(sequence: str, reply: Reply, losses: Losses) -> Obj | None:
    """`additionalModelResponseFields` with the sequence that ended the answer, where the client
    asked for it; else it is not told."""
    request = reply.request
    for option in request.options if request is not None else ():
        paths = option.value if option.name == _PATHS and option.dialect == DIALECT else None
        if type(paths) is list and "/stop_sequence" in paths:
            return {"stop_sequence": sequence}
    losses.lose("stop_reason", "choices[0].stop_sequence", "Converse tells no sequence unasked")
    return None


def stop_word(stop: StopReason, detail: str | None) -> str:
    """Converse's word for a reason; the one that was read, where the detail still is that."""
    if detail is not None and STOPS.get(detail) == stop:
        return detail
    return STOP_WORDS[stop]


def stop_meant(word: str) -> tuple[StopReason, str | None]:
    """The reason that a word of Converse means, and the detail to tell of it."""
    return STOPS.get(word, "other"), word if word in DETAILED_STOPS else None


def name_usage(usage: Usage | None, losses: Losses) -> None:
    """Name the classes of tokens that Converse does not tell apart."""
    if usage is None:
        return
    for name in ("reasoning_output_tokens", "audio_input_tokens", "audio_output_tokens"):
        if getattr(usage, name):
            losses.lose("usage_class", f"usage.{name}", "Converse counts them among the others")
    for name in ("cache_write_30m_tokens", "cache_write_12h_tokens"):
        if getattr(usage, name):
            losses.lose("usage_class", f"usage.{name}", "Converse tells 5m and 1h apart only")


def _response(wire: Obj) -> Response:
    spelling: Obj = {}
    members: Obj = {}
    marks = [f"no_{name}" for name in ("metrics", "usage", "stopReason") if name not in wire]
    for name in _ENVELOPE:
        if wire.get(name) is not None:
            spelling[name] = wire[name]
    counts = member_or_none(wire, "usage")
    usage = None
    if counts is not None:
        usage = converse_usage(counts)
        told = usage_object(usage)
        spelt = differing(counts, told)
        _add(members, "usage", {key: spelt.pop(key) for key in list(spelt) if key not in USAGE})
        _add(spelling, "usage", spelt)
        marks += [f"no_usage.{name}" for name in told if name not in counts]
    trace = member_or_none(wire, "trace")
    asked, answered, model = filters_of(trace, members, spelling)
    tier = member_or_none(wire, "serviceTier") or {}
    if len(tier) > 1:
        members["serviceTier"] = {key: value for key, value in tier.items() if key != "type"}
    return Response(
        id="",
        model=model,
        choices=(_choice(wire, answered),),
        origin=DIALECT,
        usage=usage,
        service_tier=text_or_none(tier, "type"),
        filters=asked,
        extras=rest(
            wire, RESPONSE, DIALECT, spelling=spelling, members=members, marks=tuple(marks)
        ),
    )


def _choice(wire: Obj, filters: tuple[ContentFilter, ...]) -> Choice:
    output = member_or_none(wire, "output") or {}
    message = member_or_none(output, "message")
    word = text_or_none(wire, "stopReason")
    stop, detail = stop_meant(word) if word is not None else (None, None)
    spelling: Obj = {}
    if stop == "other" and word is not None:
        spelling["stopReason"] = word
    members: Obj = {}
    marks: tuple[str, ...] = ()
    if message is None:
        marks = ("no_output",)
        spelling["output"] = output
    elif len(message) != 2 or message.get("role") != "assistant" or len(output) > 1:
        inner = rest(message, MESSAGE, DIALECT)
        told: Obj = inner.members if inner is not None else {}
        unknown: Obj = {key: value for key, value in output.items() if key not in _OUTPUT}
        _add(members, "output", {**unknown, "message": told} if told else unknown)
        spelling["output"] = {
            "message": {
                key: message[key] for key in message if key not in told and key != "content"
            }
        }
    return Choice(
        parts=_parts(message),
        stop=stop,
        stop_detail=detail,
        stop_sequence=_stop_sequence(wire),
        filters=filters,
        extras=Extras(dialect=DIALECT, members=members, spelling=spelling, marks=marks)
        if members or spelling or marks
        else None,
    )


def _parts(message: Obj | None) -> tuple[Part, ...]:
    if message is None:
        return ()
    try:
        return parts_of(message, "content")
    except Misfit as misfit:
        misfit.under("output.message")
        raise


def _stop_sequence(wire: Obj) -> str | None:
    """The sequence, where the client asked for it among the model's own fields."""
    fields = wire.get("additionalModelResponseFields")
    found = fields.get("stop_sequence") if type(fields) is dict else None
    return found if type(found) is str else None


def _add(target: Obj, key: str, value: Obj) -> None:
    if value:
        target[key] = value


def _without(body: Obj, extras: Extras | None) -> None:
    """Take out what this answer did not have."""
    if extras is None or extras.dialect != DIALECT:
        return
    for mark in extras.marks:
        name, _, inner = mark.removeprefix("no_").partition(".")
        outer = body.get(name)
        if inner and type(outer) is dict:
            outer.pop(inner, None)
        elif not inner:
            body.pop(name, None)
    if "no_output" in extras.marks:
        laid_over(body, extras, DIALECT)
