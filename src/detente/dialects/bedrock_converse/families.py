"""Which family a Bedrock model is of: Converse passes some wishes on in each publisher's own words.

A model's id names its publisher (`us.anthropic.claude-…`, `amazon.nova-…`), in a profile's ARN too;
an application's own profile does not, and is of no known family.

>>> family_of("us.anthropic.claude-sonnet-4-6")
'claude'
"""

from typing import Final, Literal

Family = Literal["claude", "nova", "gpt", "qwen", "deepseek", "other", "unknown"]

_WORDS: Final[tuple[tuple[str, Family], ...]] = (
    ("anthropic.", "claude"),
    ("claude", "claude"),
    ("amazon.nova", "nova"),
    ("nova-", "nova"),
    ("openai.", "gpt"),
    ("qwen.", "qwen"),
    ("deepseek.", "deepseek"),
    ("amazon.", "other"),
    ("meta.", "other"),
    ("mistral.", "other"),
    ("cohere.", "other"),
    ("ai21.", "other"),
    ("minimax.", "other"),
    ("moonshot", "other"),
    ("nvidia.", "other"),
    ("google.", "other"),
    ("zai.", "other"),
    ("writer.", "other"),
)

CACHING: Final[tuple[Family, ...]] = ("claude", "nova", "unknown")
"""Families that take cache points; others refuse the request."""


def family_of(model: str) -> Family:
    """The family that the id of a model shows."""
    told = model.lower()
    for word, family in _WORDS:
        if word in told:
            return family
    return "unknown"
