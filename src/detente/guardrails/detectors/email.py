"""E-mail addresses, as people write them (lengths: RFC 5321 §4.5.3.1; letters: RFC 6531).

The last label of the domain has letters, so that `user@host` is none; nor is `git@host:path`, who
signs in to a URL, an image's `icon@2x.png`, or a package's `name@1.2.3`. Letters of every script
may stand in an address; beside a script without spaces it is the part that is not of that script.

>>> [(one.start, one.end) for one in Email().find("ann@example.com, please")]
[(0, 15)]
"""

import re
from collections.abc import Iterator
from typing import Final

from detente.guardrails.detector import Finding
from detente.guardrails.folding import FoldedDetector

LOCAL_MAX: Final = 64
DOMAIN_MAX: Final = 253
"""RFC 5321 §4.5.3.1.1; RFC 1035 §2.3.4, without the root's dot."""
USERINFO_MAX: Final = 64
"""How far before an address the `://` of a URL may stand that somebody signs in to."""

_AT: Final = re.compile("@")
_AT_ESCAPED: Final = re.compile("@|%40")
_SPACED: Final = "A-Za-z0-9\u00c0-\u024f\u0370-\u052f"
"""Letters of scripts that part words by spaces: Latin, Greek, Cyrillic."""
_LOCAL_REVERSED: Final = re.compile(rf"[{_SPACED}.!#$&'*+?^_~-]*")
_LOCAL_REVERSED_ANY: Final = re.compile(r"[\w.+-]*")
_QUOTED_REVERSED: Final = re.compile(r'"[^"\r\n]{1,62}"')
_DOMAIN: Final = re.compile(rf"[{_SPACED}.-]+")
_DOMAIN_ANY: Final = re.compile(r"[\w.-]+")
_TOP: Final = re.compile(r"(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})(?=-|\Z)")
_FILES: Final = frozenset(
    (
        *("avif", "css", "gif", "htm", "html", "ico", "jpeg", "jpg", "js", "json", "jsx", "mjs"),
        *("png", "svg", "tsx", "webp", "yaml"),
    )
)
"""Ends of files' names that are no top-level domains."""
_REPOSITORIES: Final = frozenset(("git", "hg"))


class Email(FoldedDetector):
    """Finds e-mail addresses."""

    name = "email"
    categories = ("email",)
    look_back = LOCAL_MAX + USERINFO_MAX + DOMAIN_MAX + 4

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Addresses in a folded text; every `@` is looked at within bounds."""
        escaped = "%40" in text
        if not escaped and "@" not in text:
            return
        reached = 0
        for at in (_AT_ESCAPED if escaped else _AT).finditer(text):
            if at.start() <= reached:
                continue
            end = _domain_end(text, at.end())
            start = _local_start(text, at.start(), reached) if end else at.start()
            if start == at.start() or _is_sign_in(text, start, at.start(), end):
                continue
            reached = end
            yield Finding(start=start, end=end, category="email")


def _local_start(text: str, at: int, reached: int) -> int:
    """Where the part before the `@` begins; `at` itself where there is none."""
    before = text[max(reached, at - LOCAL_MAX) : at][::-1]
    for pattern in (_LOCAL_REVERSED, _LOCAL_REVERSED_ANY, _QUOTED_REVERSED):
        found = pattern.match(before)
        if found is not None and (local := found[0].rstrip(".!#$&'*?^~-")):
            return at - len(local)
    return at


def _domain_end(text: str, start: int) -> int:
    """Where the domain that begins at `start` ends; 0 where there is none."""
    for pattern in (_DOMAIN, _DOMAIN_ANY):
        found = pattern.match(text, start, start + DOMAIN_MAX)
        if found is not None and (length := _domain_length(found[0].split("."))):
            return start + length
    return 0


def _domain_length(labels: list[str]) -> int:
    """How many characters of these labels, with dots between, are a domain."""
    if labels[0].isdigit() and len(labels) > 1 and labels[1].isdigit():
        return 0
    length = at = 0
    for number, label in enumerate(labels):
        top = _TOP.match(label) if number else None
        if top is not None and top[0].lower() not in _FILES:
            length = at + top.end()
        if not 0 < len(label) <= 63 or label.startswith("-") or label.endswith("-"):
            break
        at += len(label) + 1
    return length


def _is_sign_in(text: str, start: int, at: int, end: int) -> bool:
    """Whether it is who signs in: to a repository, or in a URL."""
    if text[start:at].lower() in _REPOSITORIES and text[end : end + 1] == ":":
        return True
    scheme = text.rfind("://", max(0, start - USERINFO_MAX), start)
    return scheme >= 0 and not any(mark in text[scheme + 3 : start] for mark in "/?# \t\n")
