"""The usage in a whole response."""

from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._openai.tokens import CompletionDetails
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
        wire = _RESPONSE.decode(body).usage
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return response_usage(wire) if wire is not None else None


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
