"""What a place in a client's body can hold: the grammar in which dialects name what is not content.

A place that no table names is content, with all that stands below it. A string at a named place is
what the table says only while it has the form of such a thing: where an id should be, an e-mail
address is content all the same. Lists have the place of what they hold.

>>> place = Shape(members={"role": WORD, "content": FREE})
>>> place.members["role"].fits("jane@example.com") is None
True
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

import msgspec

UnreadKind = Literal[
    "image",
    "audio",
    "video",
    "document",
    "media",
    "link",
    "stored",
    "history",
    "tokens",
    "logprobs",
    "encoded",
    "unknown",
]
"""What nobody here can read, by what it is."""

UNREAD: Final[dict[UnreadKind, str]] = {
    "image": "pixels may show anything",
    "audio": "speech is not text here",
    "video": "neither pixels nor speech are text here",
    "document": "a format (PDF, Office) whose text nobody here takes out",
    "media": "an image, sound, film or document, in a form that does not say which",
    "link": "the platform fetches what stands there, and nobody here has seen it",
    "stored": "a file, container, index or cache that was given to the platform earlier",
    "history": "turns that the platform keeps: stand-ins in them have no original here",
    "tokens": "text as numbers of a vocabulary that is not here",
    "logprobs": "text cut into tokens, so that nothing in it is found",
    "encoded": "long base64 where nobody expects it, and no text in it",
    "unknown": "a kind of part that no table has: its strings are read, its meaning is not",
}
"""Why each counts as unread: it could hold anything, or fetch it."""

OpaqueKind = Literal["signature", "encrypted_reasoning", "encrypted_result", "location"]
"""What nobody can read, and what is nothing all the same."""

OPAQUE: Final[dict[OpaqueKind, str]] = {
    "signature": "the platform's signature of its own answer: it verifies it, and nothing of a "
    "client's fits in",
    "encrypted_reasoning": "thoughts that the platform wrote about what it was sent, that is after "
    "screening, and that go back to it alone; it rejects what it did not encrypt",
    "encrypted_result": "what the platform's own search found, encrypted by it for itself",
    "location": "an index that the platform made into what it found",
}
"""Why each is safely nothing: made by the platform of what it got, and of use to it alone."""

ID_FORM: Final = re.compile(r"[A-Za-z0-9_./:+=~$#|-]*+")
"""Ids, resource names, numbers of a vocabulary: neither space nor `@`. They may be all digits."""
WORD_FORM: Final = re.compile(r"[A-Za-z_$#][A-Za-z0-9_./:+=~$#|-]{0,127}|[A-Za-z0-9_.-]{0,6}")
"""Words of an enumeration, names of tools: begin with a letter, or are too short to say more."""
_MODEL_FORM: Final = re.compile(r"[A-Za-z0-9_./:+=~@-]*+")
"""Models have an `@` on some platforms; one that is not configured is refused elsewhere."""
_CAPITAL: Final = re.compile("[A-Z]")
_STATE_FORM: Final = re.compile(r"[A-Za-z0-9+/_.:=-]*+")
"""Base64 of either alphabet, with tags before it."""


Fits = Callable[[str], re.Match[str] | None]
"""Whether a string has a form: a pattern's `fullmatch`."""


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """Words of the protocol, while they have this form; numbers are settings."""

    fits: Fits


class Opaque(msgspec.Struct, frozen=True, kw_only=True):
    """State of the platform's own: nothing, while it has its form."""

    kind: OpaqueKind
    fits: Fits = _STATE_FORM.fullmatch


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A reference to what is not here: told as unread, and content where it is no plain id.

    `whole`: what stands below is not walked, for it would say nothing (numbers, pieces).
    """

    kind: UnreadKind
    whole: bool = False
    fits: Fits = ID_FORM.fullmatch


class Free(msgspec.Struct, frozen=True, kw_only=True):
    """Content: every string, every key, and every number that is long enough to be one of somebody.

    `tokens`: a list of numbers is text in a vocabulary's numbers.
    """

    tokens: bool = False


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """An object with known members; others are content, their names too.

    `lone` is the place of a string where the object could stand. `kinds` are the known values of
    `type` (empty: any); `variants` are the shapes of some of them, under "" that of an object
    without one. `closed`: a member that is not known makes the object one of unknown kind.
    """

    members: Mapping[str, "Place"]
    lone: "Place" = Free()
    kinds: frozenset[str] = frozenset()
    variants: Mapping[str, "Shape"] = {}
    closed: bool = False


class Keyed(msgspec.Struct, frozen=True, kw_only=True):
    """An object whose keys somebody chose; they are control while they have this form, content
    without one."""

    place: "Place"
    fits: Fits | None = None


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """Base64, or a URL: `data:` with base64 in it, or a link.

    What decodes to text is read, as a body of place `inner` where it is JSON; all else is unread.
    """

    kind: UnreadKind
    inner: "Place" = Free()


Place = Control | Opaque | Unread | Free | Shape | Keyed | Blob

FREE: Final = Free()
TEXTS: Final = Free(tokens=True)
WORD: Final = Control(fits=WORD_FORM.fullmatch)
ID: Final = Control(fits=ID_FORM.fullmatch)
MODEL: Final = Control(fits=_MODEL_FORM.fullmatch)
SIGNATURE: Final = Opaque(kind="signature")
ENCRYPTED_REASONING: Final = Opaque(kind="encrypted_reasoning")
ENCRYPTED_RESULT: Final = Opaque(kind="encrypted_result")
LOCATION: Final = Opaque(kind="location")
STORED: Final = Unread(kind="stored")
HISTORY: Final = Unread(kind="history")
LOGPROBS: Final = Unread(kind="logprobs", whole=True)
IMAGE: Final = Blob(kind="image")
AUDIO: Final = Blob(kind="audio")
VIDEO: Final = Blob(kind="video")
DOCUMENT: Final = Blob(kind="document")
MEDIA: Final = Blob(kind="media")
LINK: Final = Unread(kind="link", fits=re.compile("").fullmatch)
"""An address is read as well: something of somebody may stand in it."""
CACHE: Final = Shape(members={"type": WORD, "ttl": WORD, "mode": WORD, "scope": WORD})
"""A mark of what is to be cached."""


def words(*names: str) -> dict[str, Place]:
    """Members that hold words of the protocol or its numbers."""
    return dict.fromkeys(names, WORD)


def ids(*names: str) -> dict[str, Place]:
    """Members that hold ids."""
    return dict.fromkeys(names, ID)


def content(*names: str) -> dict[str, Place]:
    """Members that hold what somebody said."""
    return dict.fromkeys(names, FREE)


def shape(*parts: Mapping[str, Place], lone: Place = FREE) -> Shape:
    """An object of these members."""
    return Shape(members={name: place for part in parts for name, place in part.items()}, lone=lone)


def in_both_cases(members: Mapping[str, Place]) -> dict[str, Place]:
    """Members in camel case, and in snake case, too: readers of protocol buffers take both."""
    spelt = {_CAPITAL.sub(_lowered, name): place for name, place in members.items()}
    return {**spelt, **members}


def _lowered(capital: re.Match[str]) -> str:
    return "_" + capital[0].lower()
