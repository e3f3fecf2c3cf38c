"""Words of a file in our sentences: the nearest known one, and one that fits on a line.

Decides nothing about the file; only how a message speaks of it.

>>> did_you_mean("lissten", ["listen", "workers"])
'did you mean `listen`?'
"""

import difflib
from typing import Final

WORD_CHARACTERS_MAX: Final = 80
"""Of a name in a message; a longer one is cut, and nobody meant a known word by it."""


def nearest(word: str, known: list[str]) -> str | None:
    """The known word that was probably meant, or None."""
    if len(word) > WORD_CHARACTERS_MAX:
        return None
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: list[str]) -> str:
    """The second half of a sentence about an unknown word: a guess, or what there is."""
    if guess := nearest(word, known):
        return f"did you mean `{guess}`?"
    return "known are " + ", ".join(f"`{name}`" for name in sorted(known)) if known else ""


def plain(word: str) -> str:
    """A word of the file, fit for a one-line message."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in word[:WORD_CHARACTERS_MAX])
    return shown + ("…" if len(word) > WORD_CHARACTERS_MAX else "")
