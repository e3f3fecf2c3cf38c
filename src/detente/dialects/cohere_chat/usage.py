"""The usage in an answer of Cohere's chat: what is billed, or else what was used.

The two differ: what Cohere itself puts before a prompt is used and not billed.

>>> body = b'{"usage": {"billed_units": {"input_tokens": 1}, "tokens": {"input_tokens": 496}}}'
>>> read_usage(body).input_tokens
1
"""

from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.usage import Usage
from detente.dialects._codec.counts import whole
from detente.dialects.cohere_chat.wire import ChatResponse, ChatUsage

_RESPONSE: Final = msgspec.json.Decoder(ChatResponse)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        wire = _RESPONSE.decode(body).usage
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return None if wire is None else usage_of(wire)


def usage_of(wire: ChatUsage) -> Usage | None:
    """The counts that are billed."""
    units = wire.billed_units or wire.tokens
    if units is None:
        return None
    return Usage(
        uncached_input_tokens=whole(units.input_tokens),
        visible_output_tokens=whole(units.output_tokens),
    )


def read_counts(wire: Json) -> Usage | None:
    """The same of a decoded member; what cannot be read counts nothing."""
    if type(wire) is not dict:
        return None
    try:
        return usage_of(msgspec.convert(wire, ChatUsage))
    except msgspec.ValidationError:
        return None


def usage_told(usage: Usage) -> Obj:
    """The counts as Cohere tells them: all that was used is billed."""
    counts: Obj = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    told: Obj = {"billed_units": counts, "tokens": {**counts}}
    if usage.cache_read_tokens:
        told["cached_tokens"] = usage.cache_read_tokens
    return told
