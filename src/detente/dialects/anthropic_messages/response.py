"""A whole answer, in both directions.

An answer of this API's own keeps its envelope and its usage as they were spelt. Any other answer
becomes the message that this platform would have given: the official client's types find all they
require in it.

>>> decode_response(b'{"id":"msg_1","model":"m","stop_reason":"end_turn","content":'
...                 b'[{"type":"text","text":"hi"}]}').choices[0].stop
'end'
"""

from typing import Final

import msgspec

from detente.canonical.content import Refusal, ToolCall
from detente.canonical.extras import Extras, Obj
from detente.canonical.failure import ProviderFault
from detente.canonical.response import Choice, Response, StopReason
from detente.dialects._codec.fields import (
    Misfit,
    each,
    member_or_none,
    read_object,
    text,
    text_or_none,
)
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign, laid_over, rest
from detente.dialects.anthropic_messages.answer_parts import encode_answer_parts
from detente.dialects.anthropic_messages.counts import (
    name_placeless,
    served_tier,
    usage_of,
    usage_wire,
)
from detente.dialects.anthropic_messages.parts_decoding import decode_block
from detente.dialects.anthropic_messages.words import (
    ANSWER,
    ANSWER_ENVELOPE,
    NAME,
    REFUSAL_CATEGORIES,
    STOP_REASONS,
    STOP_WORDS,
)
from detente.dialects.codec import Encoded, Reply

_ENCODE: Final = msgspec.json.Encoder().encode
_KNOWN: Final = ANSWER | ANSWER_ENVELOPE


def decode_response(body: bytes, *, id_prefix: str = "call") -> Response:  # noqa: ARG001 -- ids are given here
    """See `Codec.decode_response`; raises `ProviderFault`."""
    try:
        return _response(read_object(body))
    except Misfit as misfit:
        raise misfit.provider_fault() from None
    except RecursionError:
        raise ProviderFault(
            "upstream_failed",
            "the provider's answer is nested too deeply; try another deployment",
        ) from None


def _response(wire: Obj) -> Response:
    if wire.get("type", "message") != "message":
        raise Misfit("type", "must be `message`")
    usage = wire.get("usage")
    spelling: Obj = {name: wire[name] for name in ANSWER_ENVELOPE if name in wire}
    if usage is not None:
        spelling["usage"] = usage
    return Response(
        id=text(wire, "id"),
        model=text(wire, "model"),
        choices=(_choice(wire),),
        origin=NAME,
        usage=usage_of(usage),
        service_tier=served_tier(usage),
        extras=rest(
            wire,
            _KNOWN,
            NAME,
            spelling=spelling,
            marks=() if "usage" in wire else ("no_usage",),
        ),
    )


def _choice(wire: Obj) -> Choice:
    word = text_or_none(wire, "stop_reason")
    return Choice(
        parts=each(wire, "content", decode_block),
        stop=stop_of(word),
        stop_sequence=text_or_none(wire, "stop_sequence"),
        stop_detail=stop_detail_of(wire),
        extras=_choice_extras(wire, word),
    )


def stop_of(word: str | None) -> StopReason | None:
    """The reason that a word means."""
    return None if word is None else STOP_REASONS.get(word, "other")


def stop_detail_of(wire: Obj) -> str | None:
    """The category of a refusal, or what is said about it."""
    details = member_or_none(wire, "stop_details")
    if details is None:
        return None
    category, told = details.get("category"), details.get("explanation")
    return category if type(category) is str else told if type(told) is str else None


def _choice_extras(wire: Obj, word: str | None) -> Extras | None:
    """How the end was spelt, where the canonical words do not say it."""
    spelling: Obj = {}
    if "stop_details" in wire:
        spelling["stop_details"] = wire["stop_details"]
    if word is not None and STOP_WORDS.get(STOP_REASONS.get(word, "other")) != word:
        spelling["stop_reason"] = word
    missing = tuple(f"no_{name}" for name in _ENDS if name not in wire)
    if not spelling and not missing:
        return None
    return Extras(dialect=NAME, spelling=spelling, marks=missing)


_ENDS: Final = ("stop_reason", "stop_sequence")


def encode_response(response: Response, reply: Reply) -> Encoded:
    """See `Codec.encode_response`."""
    losses = Losses()
    own = response.origin == NAME
    choice = response.choices[0] if response.choices else Choice(parts=(), stop="content_filter")
    wire: Obj = {
        "id": message_id(response.id or reply.request_id),
        "type": "message",
        "role": "assistant",
        "model": response.model,
        "content": encode_answer_parts(choice.parts, losses),
    }
    respelt = own and choice.extras is not None and "stop_reason" in choice.extras.spelling
    stop = None if respelt else choice.stop
    wire.update(ending(stop, choice.stop_sequence, choice.stop_detail, losses))
    if not own:
        _complete(wire, choice)
        _name_lost(response, losses)
    spelt = own and response.extras is not None and "usage" in response.extras.spelling
    if not spelt and not (own and response.extras and "no_usage" in response.extras.marks):
        wire["usage"] = usage_wire(response.usage, response.service_tier)
        name_placeless(response.usage, losses)
    if own and choice.extras is not None:
        for mark in choice.extras.marks:
            wire.pop(mark.removeprefix("no_"), None)
        _respell(wire, choice.extras)
    laid_over(wire, response.extras, NAME)
    return Encoded(body=_ENCODE(wire), losses=tuple(losses.found))


def message_id(upstream_id: str) -> str:
    """The upstream's id in this dialect's form."""
    return upstream_id if upstream_id.startswith("msg_") else f"msg_{upstream_id}"


def ending(
    stop: StopReason | None, stop_sequence: str | None, stop_detail: str | None, losses: Losses
) -> Obj:
    """The members that say why an answer ended."""
    word = None if stop is None else STOP_WORDS.get(stop)
    if stop is not None and word is None:
        losses.lose("stop_reason", "choices[0].stop", f"Messages has no word for `{stop}`")
        word = "end_turn"
    wire: Obj = {"stop_reason": word, "stop_sequence": stop_sequence}
    if word == "refusal":
        wire["stop_details"] = refusal_details(stop_detail)
    return wire


def refusal_details(stop_detail: str | None) -> Obj:
    """`stop_details` of a refusal: one of the platform's categories, or words."""
    if stop_detail in REFUSAL_CATEGORIES:
        return {"type": "refusal", "category": stop_detail, "explanation": None}
    return {"type": "refusal", "category": None, "explanation": stop_detail}


def _respell(wire: Obj, extras: Extras) -> None:
    """The end as it was spelt; its details are replaced whole."""
    if "stop_details" not in extras.spelling:
        wire.pop("stop_details", None)
    for name, value in extras.spelling.items():
        wire[name] = value


def _complete(wire: Obj, choice: Choice) -> None:
    """What this platform would say of such an answer: a call ends it, and so does a refusal."""
    word = wire["stop_reason"]
    if word not in (None, "end_turn"):
        return
    if any(isinstance(part, ToolCall) for part in choice.parts):
        wire["stop_reason"] = "tool_use"
    elif any(isinstance(part, Refusal) for part in choice.parts):
        wire["stop_reason"] = "refusal"
        wire["stop_details"] = refusal_details(choice.stop_detail)
    elif word is None:
        wire["stop_reason"] = "end_turn"


def _name_lost(response: Response, losses: Losses) -> None:
    if len(response.choices) > 1:
        losses.lose("choices", "choices[1]", "Messages gives one answer")
    filters = response.filters
    for choice in response.choices[:1]:
        filters += choice.filters
    for found in filters:
        losses.lose("content_filter", found.name, "Messages says nothing of filters")
    extras = (response.extras, *(choice.extras for choice in response.choices[:1]))
    for name, _ in foreign(extras, NAME):
        losses.lose("unknown_member", name, "Messages has no such member")
