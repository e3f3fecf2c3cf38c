"""The usage in a whole response, and back: counts that overlap, where ours do not.

>>> usage_counts(Usage(uncached_input_tokens=2, cache_read_tokens=1))["input_tokens"]
3
"""

from typing import Final

import msgspec

from detente.canonical.extras import Obj
from detente.canonical.usage import Usage, in_tier
from detente.dialects._openai.token_counts import CompletionDetails
from detente.dialects.openai_responses.wire import (
    CacheWrites,
    InputDetails,
    Response,
    ResponseUsage,
)

_RESPONSE: Final = msgspec.json.Decoder(Response)


def read_usage(body: bytes | msgspec.Raw) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        wire = _RESPONSE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if wire.usage is None:
        return None
    return in_tier(response_usage(wire.usage), wire.service_tier)


def response_usage(wire: ResponseUsage) -> Usage:
    """The counts in disjoint classes: details are parts of the input and of the output."""
    into = wire.input_tokens_details or InputDetails()
    out = wire.output_tokens_details or CompletionDetails()
    writes = into.cache_write_tokens_details or CacheWrites()
    left = wire.input_tokens or 0
    cached = min(left, into.cached_tokens or 0)
    left -= cached
    written = min(left, into.cache_write_tokens or 0)
    left -= written
    audio_in = min(left, into.audio_tokens or 0)
    long_lived = min(written, writes.ttl_12h_tokens or 0)
    output = wire.output_tokens or 0
    reasoning = min(output, out.reasoning_tokens or 0)
    audio_out = min(output - reasoning, out.audio_tokens or 0)
    return Usage(
        uncached_input_tokens=left - audio_in,
        cache_read_tokens=cached,
        cache_write_30m_tokens=written - long_lived,
        cache_write_12h_tokens=long_lived,
        audio_input_tokens=audio_in,
        visible_output_tokens=output - reasoning - audio_out,
        reasoning_output_tokens=reasoning,
        audio_output_tokens=audio_out,
    )


def counted(wire: Obj) -> Usage | None:
    """The counts of a decoded `usage`, None where they cannot be read; never raises."""
    try:
        return response_usage(msgspec.convert(wire, ResponseUsage))
    except (msgspec.ValidationError, RecursionError):
        return None


def usage_counts(usage: Usage) -> Obj:
    """The counts as this API's `usage`, with all members that its SDK demands."""
    into: Obj = {
        "cached_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
    }
    if usage.cache_write_12h_tokens:
        into["cache_write_tokens_details"] = {
            "ttl_30m_tokens": usage.cache_write_tokens - usage.cache_write_12h_tokens,
            "ttl_12h_tokens": usage.cache_write_12h_tokens,
        }
    if usage.audio_input_tokens:
        into["audio_tokens"] = usage.audio_input_tokens
    out: Obj = {"reasoning_tokens": usage.reasoning_output_tokens}
    if usage.audio_output_tokens:
        out["audio_tokens"] = usage.audio_output_tokens
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": into,
        "output_tokens": usage.output_tokens,
        "output_tokens_details": out,
        "total_tokens": usage.tokens,
    }
