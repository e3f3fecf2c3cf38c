"""Bedrock's token counts, which are disjoint already, in our names.

`inputTokens` counts neither what was read from the cache nor what was written to it (their sum with
`outputTokens` is `totalTokens`). Reasoning is part of the output. Cache writes without a split are
of the 5-minute kind, the platform's default.

>>> converse_usage({"inputTokens": 3, "outputTokens": 2, "cacheReadInputTokens": 5}).input_tokens
8
"""

from detente.canonical.extras import Json, Obj
from detente.canonical.usage import Usage
from detente.dialects._codec.counts import count, whole


def converse_usage(wire: Obj) -> Usage:
    """The counts of a `usage` object in disjoint classes; what is no count is none."""
    hour = 0
    split = 0
    details = wire.get("cacheDetails")
    if type(details) is list:
        for detail in details:
            if type(detail) is dict:
                written = whole(detail.get("inputTokens"))
                split += written
                if detail.get("ttl") == "1h":
                    hour += written
    written = max(count(wire, "cacheWriteInputTokens"), split)
    return Usage(
        uncached_input_tokens=count(wire, "inputTokens"),
        cache_read_tokens=count(wire, "cacheReadInputTokens"),
        cache_write_5m_tokens=written - hour,
        cache_write_1h_tokens=hour,
        visible_output_tokens=count(wire, "outputTokens"),
    )


def usage_object(usage: Usage) -> Obj:
    """The counts as Converse tells them."""
    found: Obj = {
        "inputTokens": usage.uncached_input_tokens + usage.audio_input_tokens,
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.tokens,
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
