"""Token counts of an answer and of a stream's events, in both directions.

The dialect counts in disjoint classes, as the canonical form does; what it has no class for (audio,
other cache lifetimes) is counted where it belongs best.

>>> usage_wire(Usage(uncached_input_tokens=3, visible_output_tokens=2))["output_tokens"]
2
"""

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.usage import Usage
from detente.dialects._anthropic.tokens import MessageUsage, message_usage
from detente.dialects._codec.losses import Losses
from detente.dialects.anthropic_messages.words import SERVED_TIERS

_SERVED_WORDS = {tier: word for word, tier in SERVED_TIERS.items()}
_PLACELESS = (
    "audio_input_tokens",
    "audio_output_tokens",
    "cache_write_12h_tokens",
    "cache_write_30m_tokens",
)


def read_counts(wire: Json) -> MessageUsage | None:
    """The counts of a `usage` member, None where there is none that can be believed."""
    if type(wire) is not dict:
        return None
    try:
        return msgspec.convert(wire, MessageUsage)
    except msgspec.ValidationError:
        return None


def usage_of(wire: Json) -> Usage | None:
    """As `read_counts`, in our classes."""
    counts = read_counts(wire)
    return None if counts is None else message_usage(counts)


def served_tier(wire: Json) -> str | None:
    """The service tier that a `usage` member names, in everybody's words."""
    tier = wire.get("service_tier") if type(wire) is dict else None
    return SERVED_TIERS.get(tier, tier) if type(tier) is str else None


def usage_wire(usage: Usage | None, service_tier: str | None = None) -> Obj:
    """The `usage` member of a whole answer; all zeros where nothing is known."""
    wire = delta_wire(usage)
    usage = usage or Usage()
    wire["cache_creation"] = {
        "ephemeral_5m_input_tokens": usage.cache_write_5m_tokens + usage.cache_write_30m_tokens,
        "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens + usage.cache_write_12h_tokens,
    }
    word = _SERVED_WORDS.get(service_tier or "")
    if word is not None:
        wire["service_tier"] = word
    return wire


def delta_wire(usage: Usage | None) -> Obj:
    """The `usage` member of `message_delta`, which has no split of cache writes."""
    usage = usage or Usage()
    wire: Obj = {
        "input_tokens": usage.uncached_input_tokens + usage.audio_input_tokens,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cache_read_tokens,
        "output_tokens": usage.output_tokens,
    }
    if usage.reasoning_output_tokens:
        wire["output_tokens_details"] = {"thinking_tokens": usage.reasoning_output_tokens}
    return wire


def name_placeless(usage: Usage | None, losses: Losses) -> None:
    """Name the classes that this dialect counts among others."""
    for name in _PLACELESS:
        if usage is not None and getattr(usage, name):
            losses.lose("usage_class", f"usage.{name}", "Messages counts it with the others")


def name_untold(usage: Usage | None, told: Usage | None, losses: Losses) -> None:
    """Name a split of cache writes that was not known at a stream's start, where alone it is
    told."""
    hour = 0 if usage is None else usage.cache_write_1h_tokens
    if hour and (told is None or told.cache_write_1h_tokens != hour):
        why = "a stream of Messages tells lifetimes at its start only"
        losses.lose("usage_class", "usage.cache_write_1h_tokens", why)
