"""Values that a name says are secret: `api_key = "…"`, `Password=…;`, `Authorization: Bearer …`.

What the name alone cannot tell, the value must: it is random, or looks as passwords do. A name that
holds no secret though it sounds so (`next_token`, `password_hash`) is passed over.

>>> list(Assignments().spans('api_key = "kW9v2QpX7rT4mZ8c"'))
[(11, 27)]
>>> list(Assignments().spans("password = getpass.getpass(), token = tokenizer.next()"))
[]
"""

import re
from binascii import Error, a2b_base64
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from detente.guardrails.linear_pattern import LinearPattern
from detente.guardrails.secrets.randomness import is_placeholder, is_random

NAMES: Final = (
    r"(?:(?:api|access|secret|account|subscription|private|signing|encryption|master|auth|service)"
    r"[_-]?key|secret|token|credentials?|password|passwd|passphrase|pwd)"
)
BETWEEN: Final = r"[\\\"'`\]]{0,4}[ \t]{0,4}(?:=>|:=|[:=])[ \t]{0,4}"
SCHEMES: Final = r"[:=\"'`][ \t]{0,2}(?:bearer|basic)[ \t]{1,4}"
SCAN: Final = rf"(?i:{NAMES}{BETWEEN}|{SCHEMES})"
"""In RE2's words, for one scan with all needles; what it finds ends where a value begins."""
SCAN_CHARACTERS_MAX: Final = 64
VALUE_CHARACTERS_MAX: Final = 512
NAME_CHARACTERS_MAX: Final = 40
"""Of what stands before the word that makes a name secret (`next_page_` of `next_page_token`)."""
CONNECTION_CHARACTERS: Final = 100
"""How far the other parts of a connection string are looked for."""

_VALUE: Final = re.compile(
    rf"[\\\"'`]{{0,2}}(?P<key>[A-Za-z0-9+/_=~.:-]{{12,{VALUE_CHARACTERS_MAX}}}+)(?![(\[])"
)
_QUOTED: Final = re.compile(r"\\?([\"'`])(?P<key>[^\"'`\s\\]{6,128})\\?\1")
_UNQUOTED: Final = re.compile(
    r"(?P<key>(?:[^\s\"'`;,&<>()\[\]{}\\]|&(?![A-Za-z_.-]{1,40}=)){4,128})(?![(\[])"
)
_BEFORE: Final = re.compile(r"[A-Za-z0-9_-]*\Z")
_HARMLESS: Final = re.compile(
    r"(?i)next|page|continu|cursor|csrf|xsrf|public|idempot|cache|sync|hash|max|design|special"
)
"""Names that tokens and keys have which everybody may see."""
_NO_VALUE: Final = re.compile(
    r"(?i)https?:|sha\d+[:-]|\d{4}-\d\d-\d\d|[a-z]:\\|%[a-z_({]|\$(?-i:[A-Z_({])"
    r"|[.~]{0,2}/(?:[^+=]*[.]|(?-i:[a-z0-9_-]{1,16}/))"
    r"|self[.]|os[.]|process[.]|env[.:]|vault:|arn:|urn:"
)
"""Addresses, digests, dates, paths, variables, and names of where secrets are kept."""
_CONNECTION: Final = re.compile(
    r"(?i)(?:server|data source|host|user id|uid|username|user|database|initial catalog|endpoint)"
    r"[ \t]{0,2}="
)
_PATH: Final = re.compile(r"[.~]{0,2}/")
_PASSWORD: Final = re.compile(r"(?i)pass|pwd")
_SCHEME: Final = re.compile(r"(?i)b(?:earer|asic)[ \t]*\Z")


class Assignments:
    """Values of secret names, of connection strings and of HTTP's authorization."""

    name = "assignment"

    @cached_property
    def _names(self) -> LinearPattern:
        return LinearPattern(SCAN, longest=SCAN_CHARACTERS_MAX)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Every value that is secret, without its quotes."""
        for start, end in self._names.spans(text):
            found = _value(text, start, end)
            if found is not None:
                yield found


def _value(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The secret value that begins at `end`, whose name begins at `start`."""
    name = text[start:end]
    if _SCHEME.search(name):
        return _authorization(text, name, end)
    before = _BEFORE.search(text[max(0, start - NAME_CHARACTERS_MAX) : start])
    if before is not None and _HARMLESS.search(before[0]):
        return None
    key = _VALUE.match(text, end)
    if key is not None and is_random(key["key"]) and not _NO_VALUE.match(key["key"]):
        return key.span("key")
    return _password(text, start, end) if _PASSWORD.match(name) else None


def _password(text: str, start: int, end: int) -> tuple[int, int] | None:
    quoted = _QUOTED.match(text, end)
    match = quoted or _UNQUOTED.match(text, end)
    if match is None:
        return None
    value = match["key"]
    if is_placeholder(value) or _NO_VALUE.match(value) or _PATH.match(value):
        return None
    if _is_password(value, quoted=quoted is not None) or _in_connection(text, start, match):
        return match.span("key")
    return None


def _is_password(value: str, *, quoted: bool) -> bool:
    """Whether it is no plain word: digits with letters, or signs that words have not."""
    digits = any(one.isdigit() for one in value)
    letters = any(one.isalpha() for one in value)
    signs = any(one in "!@#$%^&*+=?|~" for one in value)
    if quoted:
        return letters and (digits or signs)
    return len(value) >= 8 and letters and digits and value.count(".") < 2


def _in_connection(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether it is the password of a connection string: other parts stand around it."""
    first = max(0, start - CONNECTION_CHARACTERS)
    around = text[first:start] + text[match.end() : match.end() + CONNECTION_CHARACTERS]
    return ";" in around and _CONNECTION.search(around) is not None


def _authorization(text: str, scheme: str, end: int) -> tuple[int, int] | None:
    """What an HTTP client presents (RFC 6750 section 2.1, RFC 7617 section 2)."""
    key = _VALUE.match(text, end)
    if key is None or is_placeholder(key["key"]):
        return None
    if "bearer" in scheme.lower():
        return key.span("key") if is_random(key["key"]) else None
    return key.span("key") if _is_user_and_password(key["key"]) else None


def _is_user_and_password(value: str) -> bool:
    try:
        return b":" in a2b_base64(value, strict_mode=True)
    except Error:
        return False
