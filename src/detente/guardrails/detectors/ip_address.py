"""IP addresses, version 4 and 6, in their usual spellings (RFC 4291 §2.2, RFC 5952).

Not those that name nobody: unspecified, loopback, multicast, reserved, and masks. Four numbers with
dots are no address after a word for a version or a section, within more numbers, or in a product's
`Name/1.2.3.4`. A short form of version 6 needs a known beginning, or three groups: `a[1::2]` and
`A::B` are none.

>>> [(one.start, one.end) for one in IpAddress().find("from 203.0.113.7 and 2001:db8::7")]
[(5, 16), (21, 32)]
"""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from detente.guardrails.detector import Finding
from detente.guardrails.folding import FoldedDetector

V6_CHARACTERS_MAX: Final = 45
"""Eight groups of four with colons, or six and four numbers with dots."""
CONTEXT: Final = 24
"""How far before four numbers a word is looked for that says what they are."""

_V4: Final = re.compile(
    r"[0-9][0-9]{0,2}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"
    r"(?![0-9A-Za-z_]|\.[0-9]|-(?i:alpha|beta|dev|pre|rc|snapshot))"
)
_WITHIN: Final = re.compile("(?<=[0-9A-Za-z_.])")
_NUMBER: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_TELLING: Final = re.compile(rf"(?!0|127|22[4-9]|2[3-5][0-9]){_NUMBER}(?:\.{_NUMBER}){{3}}")
"""Of a machine, but for the one itself (RFC 6890, RFC 5771)."""
_COUNTING: Final = (
    r"(?:\bv(?:er)?\.?|versi\w*|vers[aã]o|wersj\w*|release|build|firmware|revision|driver|"
    r"(?:sub)?section|chapter|clause|kapitel|abschnitt|secci[oó]n|se[cç][aã]o|sezione|§|"
    r"\u7248\u672c|\u30d0\u30fc\u30b8\u30e7\u30f3)(?:\s+\w{1,6})?[\s:=#]{0,3}\Z"
)
"""What counts versions and sections, and stands before a number."""
_COUNTED: Final = re.compile(_COUNTING)
_COUNTED_ANY: Final = re.compile(_COUNTING, re.IGNORECASE)
_PRODUCT: Final = re.compile(r"[A-Z][A-Za-z]+/\Z")
_V6_MARK: Final = re.compile(r":[0-9A-Fa-f]{0,4}:")
_V6_LEFT: Final = re.compile(r"[0-9A-Fa-f:]*")
_V6_RIGHT: Final = re.compile(r"[0-9A-Fa-f:]*(?:\.[0-9]{1,3}){0,3}")
_IN_WORDS: Final = re.compile("[0-9A-Za-z_]")
_FINGERPRINT: Final = re.compile("[^:]{2}(?::[^:]{2})*")
"""Of a key, or a network card's own address."""
_KNOWN_V6: Final = re.compile(
    r"[23][0-9a-f]{3}:|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|(?:64)?::?ff(?:ff|9b):", re.IGNORECASE
)


class IpAddress(FoldedDetector):
    """Finds IP addresses."""

    name = "ip_address"
    categories = ("ip_address",)
    look_back = V6_CHARACTERS_MAX * 2 + CONTEXT

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Addresses in a folded text."""
        fours = (
            (one.start(), one.end())
            for one in _V4.finditer(text)
            if _is_four(text, one.start(), one.end())
        )
        sixes = _sixes(text) if ":" in text else ()
        reached = 0
        for start, end in sorted((*sixes, *fours)):
            if start >= reached:
                reached = end
                yield Finding(start=start, end=end, category="ip_address")


def _is_four(text: str, start: int, end: int) -> bool:
    """Whether the four numbers there are an address of version 4."""
    if _WITHIN.match(text, start) is not None or _TELLING.fullmatch(text, start, end) is None:
        return False
    before = text[max(0, start - 2) : start]
    if before.endswith(("-", "_")) and before[:-1].isalpha():
        return False
    context = text[max(0, start - CONTEXT) : start]
    return not _is_counted(context) and _PRODUCT.search(context) is None


def _is_counted(context: str) -> bool:
    """Whether a word says at the end of `context` that it is a version or a section."""
    if context.isascii():  # where small letters are all that there is to it: five times as fast
        return _COUNTED.search(context.lower()) is not None
    return _COUNTED_ANY.search(context) is not None


def _sixes(text: str) -> Iterator[tuple[int, int]]:
    reached = 0
    for mark in _V6_MARK.finditer(text):
        if mark.start() < reached:
            continue
        start, end = _around(text, mark.start(), reached)
        reached = max(end, mark.end() - 1)
        if _is_six(text, start, end):
            yield start, end


def _around(text: str, mark: int, reached: int) -> tuple[int, int]:
    """The run of hexadecimal groups around a colon, without a lone colon at either end."""
    before = text[max(reached, mark - V6_CHARACTERS_MAX) : mark][::-1]
    left = _V6_LEFT.match(before)
    right = _V6_RIGHT.match(text, mark, mark + V6_CHARACTERS_MAX + 1)
    assert left is not None
    assert right is not None
    start, end = mark - left.end(), right.end()
    if text.startswith(":", start) and not text.startswith("::", start):
        start += 1
    if text[end - 1] == ":" and text[end - 2] != ":":
        end -= 1
    return start, end


def _is_six(text: str, start: int, end: int) -> bool:
    """Whether the run is an address of version 6 that names somebody."""
    around = text[start - 1 : start] + text[end : end + 1]
    if _IN_WORDS.search(around) is not None:
        return False
    run = text[start:end]
    if _FINGERPRINT.fullmatch(run) is not None:
        return False
    if "::" in run and _KNOWN_V6.match(run) is None and sum(map(bool, run.split(":"))) < 3:
        return False
    try:
        one = IPv6Address(run)
    except AddressValueError:
        return False
    return not (one.is_unspecified or one.is_loopback or one.is_multicast)
