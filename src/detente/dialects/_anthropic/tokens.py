"""Anthropic's token counts, which are disjoint already, in our names.

Reasoning is part of the output. Cache writes without a split are of the 5-minute kind, the
platform's default. In a stream, later counts replace earlier ones member by member.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.canonical.usage import Usage, in_tier

TOKENS_MAX: Final = 10**12
"""More than any answer; a larger count is garbage."""

Tokens = Annotated[int, Meta(ge=0, le=TOKENS_MAX)] | None


class CacheCreation(msgspec.Struct, gc=False):
    """Cache writes by the lifetime that was bought."""

    ephemeral_5m_input_tokens: Tokens = None
    ephemeral_1h_input_tokens: Tokens = None


class OutputDetails(msgspec.Struct, gc=False):
    """Of which the output consists."""

    thinking_tokens: Tokens = None


class MessageUsage(msgspec.Struct, gc=False):
    """`usage` of a message, and of the events that report it."""

    input_tokens: Tokens = None
    output_tokens: Tokens = None
    cache_read_input_tokens: Tokens = None
    cache_creation_input_tokens: Tokens = None
    cache_creation: CacheCreation | None = None
    output_tokens_details: OutputDetails | None = None
    service_tier: object = None
    speed: object = None
    inference_geo: object = None


def message_usage(wire: MessageUsage) -> Usage:
    """The counts in disjoint classes."""
    split = wire.cache_creation or CacheCreation()
    out = wire.output_tokens_details or OutputDetails()
    hour = split.ephemeral_1h_input_tokens or 0
    written = max(
        wire.cache_creation_input_tokens or 0, hour + (split.ephemeral_5m_input_tokens or 0)
    )
    output = wire.output_tokens or 0
    reasoning = min(output, out.thinking_tokens or 0)
    return Usage(
        uncached_input_tokens=wire.input_tokens or 0,
        cache_read_tokens=wire.cache_read_input_tokens or 0,
        cache_write_5m_tokens=written - hour,
        cache_write_1h_tokens=hour,
        visible_output_tokens=output - reasoning,
        reasoning_output_tokens=reasoning,
    )


def billed_usage(wire: MessageUsage) -> Usage:
    """`message_usage`, with what else has a price of its own: tier, speed, residency.

    `inference_geo` is `global` or `not_available` where residency costs nothing more
    (https://platform.claude.com/docs/en/build-with-claude/data-residency, read 2026-11-21).
    """
    geo = None if wire.inference_geo in ("global", "not_available") else wire.inference_geo
    return in_tier(message_usage(wire), wire.service_tier, wire.speed, geo)


def overwritten(before: MessageUsage | None, now: MessageUsage) -> MessageUsage:
    """What holds after `now` was reported: counts are cumulative, absent ones stay."""
    if before is None:
        return now
    later = {
        name: value
        for name in MessageUsage.__struct_fields__
        if (value := getattr(now, name)) is not None
    }
    if "cache_creation_input_tokens" in later and "cache_creation" not in later:
        same = later["cache_creation_input_tokens"] == before.cache_creation_input_tokens
        later["cache_creation"] = before.cache_creation if same else None
    return msgspec.structs.replace(before, **later)
