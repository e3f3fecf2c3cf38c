"""Names and passwords inside URLs: `https://user:password@host`, `mongodb+srv://…`, any scheme.

The finding is what stands between `//` and `@`, so that the rest of the URL stays readable. RFC
3986 section 3.2.1 deprecates the form; drivers of databases live by it.

>>> [(found.start, found.end) for found in UrlCredentials().find("postgres://ann:k9x!2@db/app")]
[(11, 20)]
"""

import re
from collections.abc import Iterator
from typing import Final

from detente.guardrails.detector import Finding
from detente.guardrails.folding import FoldedDetector
from detente.guardrails.secrets.randomness import is_placeholder

SCHEME_CHARACTERS_MAX: Final = 16
NAME_CHARACTERS_MAX: Final = 64
PASSWORD_CHARACTERS_MAX: Final = 160
"""Tokens of platforms stand there too. A stream waits for as much, since only the `@` tells."""

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_PAIR: Final = re.compile(
    rf"//(?P<both>[^\s:/?#@\"'<>\[\]]{{0,{NAME_CHARACTERS_MAX}}}+:"
    rf"(?P<password>[^\s/?#\"'<>]{{1,{PASSWORD_CHARACTERS_MAX}}}))@(?=[\w\[\]])"
)
_WORDS: Final = frozenset({"password", "passwd", "pass", "pwd", "secret", "token", "pw", "p"})
"""What examples write where a password would be."""


class UrlCredentials(FoldedDetector):
    """Any scheme; the password is no placeholder."""

    name = "url_credentials"
    categories = ("url_credentials",)
    look_back = (
        SCHEME_CHARACTERS_MAX + len("://:@h") + NAME_CHARACTERS_MAX + PASSWORD_CHARACTERS_MAX
    )

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Every name with its password."""
        at = text.find("://")
        while at >= 0:
            end = at + 3
            match = _PAIR.match(text, at + 1)
            if match is not None and _is_scheme(text, at) and _is_password(match["password"]):
                yield Finding(
                    start=match.start("both"), end=match.end("both"), category="url_credentials"
                )
                end = match.end("both")
            at = text.find("://", end)


def _is_scheme(text: str, end: int) -> bool:
    return _SCHEME.search(text[max(0, end - SCHEME_CHARACTERS_MAX) : end]) is not None


def _is_password(password: str) -> bool:
    return not is_placeholder(password) and password.lower() not in _WORDS
