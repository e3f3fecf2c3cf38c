"""Bedrock's token counts, which are disjoint already, in our names.

`inputTokens` counts neither what was read from the cache nor what was written to it (their sum with
`outputTokens` is `totalTokens`). Reasoning is part of the output. Cache writes without a split are
of the 5-minute kind, the platform's default.

>>> converse_usage({"inputTokens": 3, "outputTokens": 2, "cacheReadInputTokens": 5}).input_tokens
8
"""

from typing import Final

from detente.canonical.extras import Json, Obj
from detente.canonical.usage import Usage

TOKENS_MAX: Final = 10**12
"""More than any answer; a larger count is garbage."""


def converse_usage(wire: Obj) -> Usage:
    """The counts of a `usage` object in disjoint classes; what is no count is none."""
    hour = 0
    split = 0
    details = wire.get("cacheDetails")
    if type(details) is list:
        for detail in details:
            if type(detail) is dict:
                written = _count(detail.get("inputTokens"))
                split += written
                if detail.get("ttl") == "1h":
                    hour += written
    written = max(_count(wire.get("cacheWriteInputTokens")), split)
    return Usage(
        uncached_input_tokens=_count(wire.get("inputTokens")),
        cache_read_tokens=_count(wire.get("cacheReadInputTokens")),
        cache_write_5m_tokens=written - hour,
        cache_write_1h_tokens=hour,
        visible_output_tokens=_count(wire.get("outputTokens")),
    )


def usage_object(usage: Usage) -> Obj:
    """The counts as Converse tells them."""
    found: Obj = {
        "inputTokens": usage.uncached_input_tokens + usage.audio_input_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.input_tokens + usage.output_tokens,
    }
    written = usage.cache_write_tokens
    if usage.cache_read_tokens or written:
        found["cacheReadInputTokens"] = usage.cache_read_tokens
        found["cacheWriteInputTokens"] = written
    if written:
        hour = usage.cache_write_1h_tokens + usage.cache_write_12h_tokens
        details: list[Json] = [
            {"ttl": ttl, "inputTokens": tokens}
            for ttl, tokens in (("1h", hour), ("5m", written - hour))
            if tokens
        ]
        found["cacheDetails"] = details
    return found


def _count(value: Json) -> int:
    """A count, 0 where there is none that can be meant."""
    return value if type(value) is int and 0 <= value <= TOKENS_MAX else 0
