"""A tokenizer that anyone can recompute: exact, lossless, and nobody's real one.

A token is a run of at most eight word characters, or one other character, with the white
space before it. Joining the tokens of a text gives the text.

>>> split("Hello, transatlantic world.")
['Hello', ',', ' transatl', 'antic', ' world', '.']
"""

import re
from typing import Final

MESSAGE_TOKENS: Final = 3
"""What a message costs besides its text: its role and its ends."""

MEDIA_TOKENS: Final = 85
"""What an image, a document or a sound costs, whatever its size."""

_TOKEN: Final = re.compile(r"\s*(?:\w{1,8}|[^\w\s])|\s+")


def split(text: str) -> list[str]:
    """The tokens of `text`, in order; their concatenation is `text`."""
    return _TOKEN.findall(text)


def count(text: str) -> int:
    """How many tokens `text` has."""
    return sum(1 for _ in _TOKEN.finditer(text))
