"""What tells a random value from a word, a name or a placeholder. Pure.

>>> is_random("kW9v2QpX7rT4mZ8c"), is_random("my_secret_key_name"), is_random("xxxxxxxxxxxxxxxx")
(True, False, False)
"""

import re
from collections import Counter
from math import log2
from typing import Final

LOOKED_AT_CHARACTERS: Final = 128
"""Of a long value: so many tell as much as all."""
CHARACTERS_MIN: Final = 12
ENTROPY_BITS_MIN: Final = 2.7
"""A character's; random hexadecimal of 16 characters has 3.2, ten equal ones with a tail have 2."""
TURNS_MIN: Final = 2
"""How often digits and letters alternate: `version12` does once, random text all the time."""
LETTERS_ENTROPY_BITS_MIN: Final = 4.0
"""Where letters alone must tell, and small ones and capitals come as they like."""
JUMP_CHARACTERS_MAX: Final = 3
"""From small to capital or back, on average: two where chance has it, four in `aNameLikeThis`."""

PLACEHOLDERS: Final = re.compile(
    r"(?i)example|placeholder|changeme|change[_-]me|redacted|dummy|sample|insert|replace"
    r"|your|(?-i:xxxx|XXXX)|\*\*\*|\.\.\.|<[^<>]{1,40}>|\$\{|\{\{|%\(|0123456789|abcdefgh"
)
"""What nobody's secret says; the documentation of every platform does."""
_TURNS: Final = re.compile(r"[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])")
_JUMPS: Final = re.compile(r"[a-z](?=[A-Z])|[A-Z](?=[a-z])")
_HEXADECIMAL: Final = re.compile(r"[0-9a-f]+|[0-9A-F]+")


def entropy_bits(text: str) -> float:
    """Shannon's entropy of a character of `text`, by how often each occurs in it; 0 of nothing."""
    size = len(text)
    return sum(-count / size * log2(count / size) for count in Counter(text).values())


def is_random(text: str) -> bool:
    """Whether chance made it: far from even, with digits and letters mixed, and no placeholder."""
    looked = text[:LOOKED_AT_CHARACTERS]
    if len(looked) < CHARACTERS_MIN or is_placeholder(looked):
        return False
    bits = entropy_bits(looked)
    if len(_TURNS.findall(looked)) >= TURNS_MIN:
        return bits >= ENTROPY_BITS_MIN
    jumps = len(_JUMPS.findall(looked))
    return jumps * JUMP_CHARACTERS_MAX >= len(looked) >= 2 * CHARACTERS_MIN and (
        bits >= LETTERS_ENTROPY_BITS_MIN
    )


def is_varied(text: str) -> bool:
    """Whether what follows a known prefix can be a secret: no words, no placeholder, not even."""
    looked = text[:LOOKED_AT_CHARACTERS]
    digits = any(one.isdigit() for one in looked)
    mixed = looked.lower() != looked and looked.upper() != looked
    return (
        (digits or mixed)
        and not is_placeholder(looked)
        and entropy_bits(looked) >= (ENTROPY_BITS_MIN)
    )


def is_placeholder(text: str) -> bool:
    """Whether it stands for a secret that is not there."""
    return PLACEHOLDERS.search(text) is not None


def is_mixed(text: str) -> bool:
    """Whether it has small letters, capitals and digits, as base64 of chance does and a hash has
    not."""
    return (
        _HEXADECIMAL.fullmatch(text) is None
        and any(one.islower() for one in text)
        and any(one.isupper() for one in text)
        and any(one.isdigit() for one in text)
    )
