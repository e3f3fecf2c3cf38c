"""Secrets: keys, tokens, private keys and passwords, by prefix, form, name and entropy.

One scan for all needles tells whether there can be any; only then rules look, each where its needle
is. Not secrets: hashes, ids, base64 of other things, placeholders, the keys of documentation.
Passwords in URLs are `url_credentials`.

>>> [(found.start, found.end) for found in Secret().find("key: ghp_" + "a1B2c3D4e5F6" * 3)]
[(5, 45)]
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final, Protocol

from detente.guardrails.detector import Finding
from detente.guardrails.folding import FoldedDetector
from detente.guardrails.linear_pattern import LinearPattern
from detente.guardrails.merging import merged
from detente.guardrails.secrets.assignments import SCAN, SCAN_CHARACTERS_MAX, Assignments
from detente.guardrails.secrets.credentials import CREDENTIALS, SecretAccessKeys
from detente.guardrails.secrets.private_keys import BEGINNING_CHARACTERS_MAX, PrivateKeys
from detente.guardrails.secrets.tokens import TOKENS


class Needled(Protocol):
    """A rule that finds nothing where none of its needles is."""

    @property
    def name(self) -> str: ...

    @property
    def needles(self) -> tuple[str, ...]: ...

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of every secret."""
        ...


NEEDLED: Final[tuple[Needled, ...]] = (*TOKENS, *CREDENTIALS, SecretAccessKeys(), PrivateKeys())


class Secret(FoldedDetector):
    """`look_back` reaches to where a secret is known for one.

    Some go on for longer (a private key block, a web token); such a finding reaches to the end of
    a text that is not yet whole, and is held by whoever holds findings there.
    """

    name = "secret"
    categories = ("secret",)
    look_back = BEGINNING_CHARACTERS_MAX

    @cached_property
    def _scan(self) -> LinearPattern:
        needles = {re.escape(needle) for rule in NEEDLED for needle in rule.needles}
        return LinearPattern("|".join([*sorted(needles), SCAN]), longest=SCAN_CHARACTERS_MAX)

    @cached_property
    def _assignments(self) -> Assignments:
        return Assignments()

    def find_folded(self, text: str) -> Iterator[Finding]:
        """Every secret; where two rules see one, what they cover together."""
        if not self._scan.is_in(text):
            return
        spans = [*self._assignments.spans(text)]
        for rule in NEEDLED:
            if any(needle in text for needle in rule.needles):
                spans += rule.spans(text)
        for start, end in merged(spans):
            yield Finding(start=start, end=end, category="secret")
