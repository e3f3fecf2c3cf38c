"""A whole response, read and written.

>>> decode_response(b'{"id":"resp_1","model":"m","status":"completed","output":[]}').choices[0].stop
'end'
"""

from typing import Final

import msgspec

from detente.canonical.content import Refusal, ToolCall, Turn
from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.response import Choice, ContentFilter, Response, StopReason
from detente.canonical.usage import Usage
from detente.dialects._codec.error_text import error_text
from detente.dialects._codec.fields import (
    Misfit,
    items,
    number_or_none,
    read_object,
    text_or_none,
)
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over, rest
from detente.dialects.codec import Encoded, Reply
from detente.dialects.openai_responses.carrying import leave_members
from detente.dialects.openai_responses.envelope import ended, envelope, leave_stop, response_id
from detente.dialects.openai_responses.items import answer_of
from detente.dialects.openai_responses.output import layout_of, output_of
from detente.dialects.openai_responses.usage import counted, usage_counts
from detente.dialects.openai_responses.words import (
    DIALECT,
    ECHOED,
    FILTERS,
    RESPONSE,
    TIERS,
    USAGE,
)

_ENCODE: Final = msgspec.json.Encoder().encode

read_error = error_text


def decode_response(body: bytes, *, id_prefix: str = "call") -> Response:
    """A response in no dialect; raises `ProviderFault`."""
    try:
        return response_of(read_object(body), id_prefix)
    except Misfit as misfit:
        raise misfit.provider_fault() from None


def response_of(wire: Obj, id_prefix: str) -> Response:
    """A decoded response; raises `Misfit`."""
    turns = answer_of(items(wire, "output"), id_prefix)
    usage, usage_rest = _usage_of(wire)
    stop, detail = stop_of(wire, turns)
    created = number_or_none(wire, "created_at")
    choice = Choice(
        parts=tuple(part for turn in turns for part in turn.parts),
        stop=stop,
        stop_detail=detail,
        extras=layout_of(turns),
    )
    return Response(
        id=text_or_none(wire, "id") or "",
        model=text_or_none(wire, "model") or "",
        choices=(choice,),
        origin=DIALECT,
        created_s=None if created is None else _seconds(created),
        usage=usage,
        service_tier=text_or_none(wire, "service_tier"),
        filters=filters_of(wire),
        extras=_rest_of(wire, usage_rest),
    )


def stop_of(wire: Obj, turns: list[Turn]) -> tuple[StopReason, str | None]:
    """Why a response ended, and the platform's own word for it."""
    match wire.get("status"):
        case "incomplete":
            return incomplete_stop(wire)
        case "failed":
            error = wire.get("error")
            message = error.get("message") if type(error) is dict else None
            return "error", message if type(message) is str else None
        case "cancelled":
            return "cancelled", None
        case _:
            return whole_stop(turns), None


def incomplete_stop(wire: Obj) -> tuple[StopReason, str | None]:
    """Why a response is incomplete."""
    details = wire.get("incomplete_details")
    reason = details.get("reason") if type(details) is dict else None
    if reason == "max_output_tokens":
        return "length", None
    if reason == "content_filter":
        return "content_filter", None
    return "other", reason if type(reason) is str else None


def whole_stop(turns: list[Turn]) -> StopReason:
    """Why a complete answer ended: the API says no more than that it did."""
    refused = False
    for turn in turns:
        for part in turn.parts:
            if isinstance(part, ToolCall):
                return "tool_calls"
            refused = refused or isinstance(part, Refusal)
    return "refusal" if refused else "end"


def filters_of(wire: Obj) -> tuple[ContentFilter, ...]:
    """What filters said: OpenAI's `moderation`, Azure's `content_filters`."""
    found: list[ContentFilter] = []
    for name in FILTERS:
        value = wire.get(name)
        if value is not None and value not in ([], {}):
            found.append(ContentFilter(dialect=DIALECT, stage="output", name=name, value=value))
    return tuple(found)


def encode_response(response: Response, reply: Reply) -> Encoded:
    """The whole response as this API's clients expect it, with losses."""
    losses = Losses()
    extras = response.extras
    if extras is not None and extras.dialect == DIALECT:
        wire = _as_it_was(response, losses)
    else:
        wire = _anew(response, reply, losses)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def _anew(response: Response, reply: Reply, losses: Losses) -> Obj:
    id_ = response_id(response.id, reply)
    created_s = response.created_s or reply.now_s
    wire = envelope(reply, id_=id_, model=response.model, created_s=created_s)
    stop: StopReason | None = "content_filter"
    for choice in response.choices[:1]:
        stop = shown_stop(choice.stop, refused=_refused(choice))
        wire["output"] = output_of(choice, id_, losses)
        leave_stop(choice.stop, losses)
        _leave_filters(choice.filters, losses)
        ended(wire, stop, choice.stop_detail, reply.now_s)
    if not response.choices:
        ended(wire, stop, None, reply.now_s)
    for choice in response.choices[1:]:
        losses.lose("choices", f"choices[{choice.index}]", "a response is one answer")
    if response.usage is not None:
        wire["usage"] = usage_counts(response.usage)
    if response.service_tier in TIERS:
        wire["service_tier"] = response.service_tier
    _leave_filters(response.filters, losses)
    leave_members(response.extras, "", losses)
    return wire


def shown_stop(stop: StopReason | None, *, refused: bool) -> StopReason | None:
    """A refusal without a word of refusal would look like a whole answer: it is shown as a
    filter's work, which this API's clients look for."""
    return "content_filter" if stop == "refusal" and not refused else stop


def _refused(choice: Choice) -> bool:
    return any(isinstance(part, Refusal) for part in choice.parts)


def _leave_filters(filters: tuple[ContentFilter, ...], losses: Losses) -> None:
    for at, filter_ in enumerate(filters):
        losses.lose(
            "content_filter",
            f"filters[{at}]",
            f"only `{filter_.dialect}` tells what its filters say in `{filter_.name}`",
        )


def _as_it_was(response: Response, losses: Losses) -> Obj:
    """A response that came in this dialect: its members, no others."""
    wire: Obj = {}
    if response.id:
        wire["id"] = response.id
    if response.created_s is not None:
        wire["created_at"] = response.created_s
    wire["model"] = response.model
    for choice in response.choices[:1]:
        wire["output"] = output_of(choice, response.id, losses)
    if response.usage is not None:
        wire["usage"] = usage_counts(response.usage)
    if response.service_tier is not None:
        wire["service_tier"] = response.service_tier
    for filter_ in response.filters:
        wire[filter_.name] = filter_.value
    if response.extras is not None and "usage" in response.extras.spelling:
        wire["usage"] = {}
    return laid_over(wire, response.extras, DIALECT)


def _usage_of(wire: Obj) -> tuple[Usage | None, Extras | None]:
    """The usage, and what of it the projection says otherwise or not."""
    source = wire.get("usage")
    if type(source) is not dict:
        return None, None
    usage = counted(source)
    if usage is not None and usage_counts(usage) == source:
        return usage, None
    spelling = {key: value for key, value in source.items() if key in USAGE}
    members = {key: value for key, value in source.items() if key not in USAGE}
    return usage, Extras(dialect=DIALECT, members=members, spelling=spelling)


def _rest_of(wire: Obj, usage: Extras | None) -> Extras:
    """Always there, for it says that the response came in this dialect."""
    spelling: Obj = {key: value for key, value in wire.items() if key in ECHOED}
    members: Obj = {}
    if usage is not None:
        spelling["usage"] = usage.spelling
        if usage.members:
            members["usage"] = usage.members
    created: Json = wire.get("created_at", 0)
    if type(created) is not int or _seconds(created) is None:
        spelling["created_at"] = created
    found = rest(wire, RESPONSE, DIALECT, spelling=spelling, members=members or None)
    return found or Extras(dialect=DIALECT)


def _seconds(value: float) -> int | None:
    """Whole seconds; None for what is no time."""
    return int(value) if 0 <= value < 1e12 else None
