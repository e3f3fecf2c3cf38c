"""What a request consumed, in classes that never overlap.

Each dialect counts differently (OpenAI's `prompt_tokens` includes cached ones, Anthropic's
`input_tokens` does not); here every token is counted once, so that a price per class can be
summed. A dialect's own usage is a projection of this one.

>>> OPENAI = Usage(uncached_input_tokens=20, cache_read_tokens=10, visible_output_tokens=7)
>>> OPENAI.input_tokens, OPENAI.output_tokens
(30, 7)
"""

from typing import Final

import msgspec
from msgspec.structs import astuple

BYTES_PER_TOKEN: Final = 4
"""The usual rule of thumb for English text in JSON, where no provider has counted."""


STANDARD_TIERS: Final = frozenset(("auto", "default", "on_demand", "standard", "standard_only"))
"""What platforms call the tier that a request gets unless it asks for another: OpenAI and Bedrock
`default`, Groq and Google `on_demand`, Anthropic and Gemini `standard` (their answers, 2026-11)."""
TIER_CHARACTERS_MAX: Final = 40
"""Longer than any platform's word; nothing longer is kept."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Tokens by disjoint class; all counts are at least zero.

    Cache writes are split by the lifetime that was bought, because prices differ by it.
    `estimated` is true where the provider reported nothing (an unfinished stream, say) and
    the gateway derived the counts itself. `tier` is the service tier that the answer names, None
    where it is the standard one or none is named (see `in_tier`).
    """

    uncached_input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_30m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_write_12h_tokens: int = 0
    audio_input_tokens: int = 0
    visible_output_tokens: int = 0
    reasoning_output_tokens: int = 0
    audio_output_tokens: int = 0
    estimated: bool = False
    tier: str | None = None

    @property
    def input_tokens(self) -> int:
        """All input, however it was priced."""
        return (
            self.uncached_input_tokens
            + self.cache_read_tokens
            + self.cache_write_tokens
            + self.audio_input_tokens
        )

    @property
    def tokens(self) -> int:
        """All of it, input and output."""
        return sum(astuple(self)[: len(TOKEN_CLASSES)])

    @property
    def cache_write_tokens(self) -> int:
        """All cache writes, whatever their lifetime."""
        return (
            self.cache_write_5m_tokens
            + self.cache_write_30m_tokens
            + self.cache_write_1h_tokens
            + self.cache_write_12h_tokens
        )

    @property
    def output_tokens(self) -> int:
        """All output: what the client sees, what was reasoned, what was spoken."""
        return self.visible_output_tokens + self.reasoning_output_tokens + self.audio_output_tokens


TOKEN_CLASSES: tuple[str, ...] = tuple(
    name for name in Usage.__struct_fields__ if name.endswith("_tokens")
)
"""The names of all token classes, in the order in which reports show them."""


def in_tier(usage: Usage, *words: object) -> Usage:
    """`usage` with the tier that an answer names: platforms bill what they served, not what was
    asked. What is no word, or a word for the standard tier, changes nothing.

    Where a platform tells several things that have a price of their own (Anthropic: tier, speed,
    residency), they stand in order with `+` between them.

    >>> in_tier(Usage(), "priority", "fast").tier
    'priority+fast'
    """
    for word in words:
        if type(word) is str and word and word.lower() not in STANDARD_TIERS:
            told = word.lower()[:TIER_CHARACTERS_MAX]
            named = told if usage.tier is None else f"{usage.tier}+{told}"
            usage = msgspec.structs.replace(usage, tier=named)
    return usage
