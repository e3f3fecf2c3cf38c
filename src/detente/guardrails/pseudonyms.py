"""Stand-ins for what must not leave in clear: typed ones, and look-alikes that keep the form.

A typed stand-in is `⟨CATEGORY_…⟩` with 13 characters of lower-case base32 (RFC 4648 section 6,
without padding): 64 bits of a keyed BLAKE2b (RFC 7693) over category and original. The same
original under the same key always gets the same stand-in, so that conversations and prompt caches
stay stable; without the key nobody can tell which original it stands for. Not here: what is found
(detectors), and how originals are put back (`restoring`).

>>> pseudonyms = Pseudonyms(bytes(32))
>>> stand_in = pseudonyms.of("email", "alice@contoso.com")
>>> stand_in[:7], len(stand_in), pseudonyms.originals[stand_in]
('⟨EMAIL_', 21, 'alice@contoso.com')
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from detente.guardrails.look_alikes import compact, look_alike_of, spellings

KEY_BYTES_MIN: Final = 16
KEY_BYTES_MAX: Final = 64
"""BLAKE2b takes keys of up to 64 bytes (RFC 7693 section 2.1)."""
ATTEMPTS_MAX: Final = 16
"""Look-alikes tried for one original before it gets a typed stand-in: reserved ranges are small,
and a request with hundreds of addresses would otherwise search them in vain."""
LOOK_ALIKES_MAX: Final = 256
"""Of one request: each is looked for in all its texts. Further originals get typed stand-ins."""

_NAMELESS: Final = re.compile(r"[^0-9A-Za-z]+")
_PERSON_PSEUDONYM: Final = b"dt-pseudonym"
_PERSON_PROJECT: Final = b"dt-project-key"


class Replacement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """From character `start` up to `end` (not part of it) stands data of `category`."""

    start: int
    end: int
    category: str
    look_alike: bool = False


class Pseudonyms:
    """The stand-ins of one request under one project's key.

    `texts` are the texts of the request: a look-alike that one of them holds already is not used,
    since it could not be told from it in the answer. `known` are stand-ins of earlier turns that
    the platform keeps, with their originals: none of them gets another one. Raises `ValueError` for
    a key that is no key.
    """

    __slots__ = ("_alike", "_compact", "_key", "_known", "_made", "_originals", "_texts")

    def __init__(
        self, key: bytes, *, texts: Iterable[str] = (), known: Mapping[str, str] | None = None
    ) -> None:
        if not KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX:
            message = (
                f"a pseudonym key has {len(key)} bytes; give one of {KEY_BYTES_MIN} to "
                f"{KEY_BYTES_MAX}"
            )
            raise ValueError(message)
        self._key = key
        self._known = known or {}
        self._texts = (*texts, *self._known)
        self._compact: str | None = None
        self._made: dict[tuple[str, str, bool], str] = {}
        self._originals: dict[str, str] = {}
        self._alike: list[tuple[str, str]] = []

    @property
    def originals(self) -> Mapping[str, str]:
        """Stand-in to original, of this request alone."""
        return MappingProxyType(self._originals)

    def of(self, category: str, original: str, *, look_alike: bool = False) -> str:
        """The stand-in for `original`; a typed one where no look-alike is sound."""
        known = self._made.get((category, original, look_alike))
        if known is not None:
            return known
        made = self._look_alike(category, original) if look_alike else None
        if made is None:
            made = self._typed(category, original)
        self._made[category, original, look_alike] = made
        self._originals[made] = original
        return made

    def replaced(
        self, text: str, replacements: Sequence[Replacement], *, before: str = "", after: str = ""
    ) -> str:
        """`text` with stand-ins; `replacements` are in order and do not overlap. `before` and
        `after` are the characters beside a text that is a part of another.

        A look-alike that would grow together with the letter or digit beside it would not be
        found again: there the stand-in is typed.
        """
        out: list[str] = []
        at = 0
        for one in replacements:
            left = text[one.start - 1] if one.start else before
            right = text[one.end] if one.end < len(text) else after
            apart = not (_joins(left) or _joins(right))
            out.append(text[at : one.start])
            original = text[one.start : one.end]
            out.append(self.of(one.category, original, look_alike=one.look_alike and apart))
            at = one.end
        out.append(text[at:])
        return "".join(out)

    def _typed(self, category: str, original: str) -> str:
        name = _NAMELESS.sub("_", category).strip("_").upper() or "DATA"
        made = (f"⟨{name}_{_code(digest)}⟩" for digest in self._digests(category, original))
        return next(one for one in made if self._is_free_for(one, original))

    def _look_alike(self, category: str, original: str) -> str | None:
        if len(self._alike) >= LOOK_ALIKES_MAX:
            return None
        for _, digest in zip(range(ATTEMPTS_MAX), self._digests(category, original), strict=False):
            made = look_alike_of(category, original, digest)
            if made is None:
                return None
            if self._known.get(made) == original:
                return made
            forms = sorted(map(compact, spellings(made)), key=len)
            if made != original and self._is_unheard_of(forms[0], forms[-1]):
                self._alike.append((forms[0], forms[-1]))
                return made
        return None

    def _is_free_for(self, stand_in: str, original: str) -> bool:
        """Whether it stands for nothing else, here or in earlier turns."""
        both = (self._originals.get(stand_in, original), self._known.get(stand_in, original))
        return both == (original, original)

    def _is_unheard_of(self, shortest: str, longest: str) -> bool:
        """Whether no text of the request has it, and no other look-alike can be taken for it.

        Compared without separators, which finds every spelling, and now and then one too many:
        then it is another look-alike.
        """
        if self._compact is None:
            self._compact = compact("\0".join(self._texts))
        return shortest not in self._compact and not any(
            shortest in other_longest or other_shortest in longest
            for other_shortest, other_longest in self._alike
        )

    def _digests(self, category: str, original: str) -> Iterator[bytes]:
        """32 keyed bytes, and others for each further attempt, always the same ones."""
        said = category.encode() + b"\0" + original.encode("utf-8", "surrogatepass")
        attempt = 0
        while True:
            salt = attempt.to_bytes(4, "big")
            yield hashlib.blake2b(
                said, digest_size=32, key=self._key, person=_PERSON_PSEUDONYM, salt=salt
            ).digest()
            attempt += 1


def project_key(secret: bytes, project: str) -> bytes:
    """The key of one project, 32 bytes made from the installation's `secret`: what stands for
    somebody in one project tells nothing in another one."""
    return hashlib.blake2b(
        project.encode(), digest_size=32, key=secret, person=_PERSON_PROJECT
    ).digest()


def _code(digest: bytes) -> str:
    return base64.b32encode(digest[:8]).decode("ascii").rstrip("=").lower()


def _joins(neighbour: str) -> bool:
    return neighbour.isascii() and neighbour.isalnum()
