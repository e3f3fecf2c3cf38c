"""The head of a request body, read in one pass, and the edit of its model.

What it does not do: judge the request. Members that the gateway does not need are not looked
at, so that what a platform understands tomorrow passes today.
"""

import math
from typing import Final, TypeVar

import msgspec

from detente.canonical.failure import ClientFault
from detente.dialects._framing.json_members import (
    member_spans,
    replaced,
    sole_end,
    spells_keys_plainly,
    string_span,
)
from detente.dialects.spec import RequestHead

T = TypeVar("T")

MODEL_CHARS_MAX: Final = 512
"""The longest real ids are cloud resource names of about 200 characters."""

ANSWERS_MAX: Final = 1_000_000
"""OpenAI gives at most 128 answers; no platform gives so many."""

_ENCODE: Final = msgspec.json.Encoder().encode
_ABSENT: Final = (b"", b"null", b"[]", b"{}", b"false")


def decode_head(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """`body` as the decoder's type; raises `ClientFault` with what is wrong and where."""
    try:
        if not body.isascii():
            body.decode()  # what the decoder skips it does not check, and others would read it
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise ClientFault("request_invalid", _sentence(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ClientFault(
            "request_invalid", "the body is not JSON; send one JSON object as UTF-8"
        ) from None
    except RecursionError:
        raise ClientFault("request_invalid", "the body is nested too deeply; flatten it") from None


def locate_model(body: bytes, model: str) -> int:
    """Where the key of the top-level `model` ends, or -1 where only a walk can tell.

    Raises `ClientFault` for a name that no platform has, and for a body whose `model` another
    reader could read differently.
    """
    if not 0 < len(model) <= MODEL_CHARS_MAX:
        raise ClientFault(
            "request_invalid",
            f"`model` must have 1 to {MODEL_CHARS_MAX} characters; send a model's name",
        )
    at = sole_end(body, b'"model"')
    if at < 0 or not spells_keys_plainly(body):
        member_spans(body)
        return -1
    return at


def edit_model(
    body: bytes,
    head: RequestHead,
    *,
    model: str,
    ask_usage: bool = True,  # noqa: ARG001 - for dialects whose answers bring it unasked
) -> bytes:
    """`body` with `model` as the value of its top-level `model`; itself where it already is."""
    if model == head.model:
        return body
    at = head.model_at
    span = None
    if at >= 0:
        named = b':"%b"' % head.model.encode()  # as clients write it; any other way is looked up
        span = (at + 1, at + len(named)) if body.startswith(named, at) else string_span(body, at)
    return replaced(body, span or member_spans(body)["model"], _ENCODE(model))


def is_set(raw: msgspec.Raw) -> bool:
    """Whether a raw member is there and says something."""
    return bool(raw) and bytes(raw) not in _ABSENT


def positive(value: int | None) -> int | None:
    """A bound that a client set, None where it is no bound."""
    return value if value is not None and value > 0 else None


def answers_asked(raw: msgspec.Raw) -> int:
    """How many answers a raw member asks for, 1 where it names no number.

    Some platforms read numbers with a fraction of nothing, or as text, too.
    """
    try:
        asked = float(bytes(raw).strip(b'"'))
    except ValueError:
        return 1
    return min(ANSWERS_MAX, max(1, math.ceil(asked))) if math.isfinite(asked) else ANSWERS_MAX


def larger(one: int | None, other: int | None) -> int | None:
    """The larger of two bounds that a client set; platforms differ in which of them counts."""
    one, other = positive(one), positive(other)
    if one is None or other is None:
        return one or other
    return max(one, other)


def _sentence(text: str) -> str:
    """msgspec's message in our form; it names types and members, never a value."""
    reason, _, path = text.partition(" - at ")
    reason = reason[:1].lower() + reason[1:]
    member = path.strip("`").removeprefix("$").removeprefix(".")
    where = f"`{member}` in the body" if member else "the body"
    return f"{where} is not what it must be ({reason}); correct it"


__all__ = [
    "ANSWERS_MAX",
    "MODEL_CHARS_MAX",
    "answers_asked",
    "decode_head",
    "edit_model",
    "is_set",
    "larger",
    "locate_model",
    "positive",
]
