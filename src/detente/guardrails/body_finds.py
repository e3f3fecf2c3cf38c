"""What a walk over a body has found: texts with the spots they stand at, and what nobody can read.

Every key, string and number of a document is counted as it is met, so that a text is known by its
place among them; where that is in the bytes, `json_text` finds when it is changed.

>>> finds = Finds()
>>> finds.strings = 1
>>> finds._add("jane", "input", 0, -1)
>>> finds.texts[0].value, finds.spots[0]
('jane', (0, 0, -1))
"""

from typing import Any, Final, NamedTuple

import msgspec

from detente.guardrails.places.place import UnreadKind

NESTING_MAX: Final = 200
"""Levels of a body; the deepest schemas and arguments seen have twenty. Each costs two frames."""

Json = Any
"""A decoded value; `type(x) is` tells them apart, for a cast on each of them costs more."""


class TooDeep(Exception):
    """More levels than `NESTING_MAX`."""


class Text(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A string that is content: a value, a key that somebody chose, or a long number as it reads.

    `path` has names of the dialect's own only, `[]` for all of a list, and `*` for what somebody
    chose: it may be told.
    """

    path: str
    value: str


class Missed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What nobody here can read, and where it stands; `UNREAD` says why for each kind."""

    kind: UnreadKind
    path: str


class Document(NamedTuple):
    """JSON text, or text in base64 after `head`, inside string `leaf` of document `parent`."""

    parent: int
    leaf: int
    source: str
    head: str | None


Spot = tuple[int, int, int]
"""Where a text stands: in a document, string `leaf` of it, or its number `-1 - leaf`. The keys of
one object have one owner, the third; other strings have `NO_KEY`. (A plain tuple: there is one for
each text.)"""

NO_KEY: Final = -1


class Finds:
    """What was found so far. `documents[0]` is the body itself, and never looked at."""

    __slots__ = (
        "_depth",
        "_document",
        "_owners",
        "documents",
        "numbers",
        "spots",
        "strings",
        "texts",
        "unread",
    )

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.spots: list[Spot] = []
        self.unread: list[Missed] = []
        self.documents: list[Document] = [Document(-1, -1, "", None)]
        self.strings: int = 0
        self.numbers: int = 0
        self._document: int = 0
        self._depth: int = 0
        self._owners: int = 0

    def _add(self, value: str, path: str, leaf: int, owner: int) -> None:
        if value:
            self.texts.append(Text(path=path, value=value))
            self.spots.append((self._document, leaf, owner))

    def _miss(self, kind: UnreadKind, path: str) -> None:
        self.unread.append(Missed(kind=kind, path=path))

    def _new_owner(self) -> int:
        self._owners += 1
        return self._owners

    def _enter(self, leaf: int, source: str, head: str | None) -> tuple[int, int, int]:
        """Begins a document inside string `leaf`; what it gives is for `_leave`."""
        outer = (self._document, self.strings, self.numbers)
        self.documents.append(Document(self._document, leaf, source, head))
        self._document = len(self.documents) - 1
        self.strings = self.numbers = 0
        return outer

    def _leave(self, outer: tuple[int, int, int]) -> None:
        self._document, self.strings, self.numbers = outer

    def _so_far(self) -> tuple[int, int, int, int]:
        return len(self.texts), len(self.spots), len(self.unread), len(self.documents)

    def _forget(self, before: tuple[int, int, int, int]) -> None:
        """Takes back what was found since `_so_far` gave `before`."""
        texts, spots, unread, documents = before
        del self.texts[texts:]
        del self.spots[spots:]
        del self.unread[unread:]
        del self.documents[documents:]

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > NESTING_MAX:
            raise TooDeep

    def _skip(self, value: Json) -> None:
        """Counts what is not looked at; raises `TooDeep`."""
        kind = value.__class__
        if kind is str:
            self.strings += 1
        elif kind is dict or kind is list:
            self._deeper()
            if kind is dict:
                self.strings += len(value)
            for inner in value.values() if kind is dict else value:
                self._skip(inner)
            self._depth -= 1
        elif kind is int or kind is float:
            self.numbers += 1
