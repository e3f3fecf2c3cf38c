"""One walk over a client's body: which of its strings are content, and what nobody can read.

Every key, string and number is counted on the way, so that each text is known by its place in the
bytes. JSON inside a string, and text inside base64, are walked as documents of their own.

>>> walk = Walk()
>>> walk.visit({"a": "jane"}, FREE, "x")
>>> [value for _, value in walk.texts]
['a', 'jane']
"""

from typing import Final, NamedTuple, assert_never, cast

import msgspec

from detente.guardrails.encoded_text import BASE64, decoded
from detente.guardrails.json_text import strings_in
from detente.guardrails.places.place import (
    FREE,
    Blob,
    Control,
    Free,
    Keyed,
    Opaque,
    Place,
    Shape,
    Unread,
    UnreadKind,
)

NESTING_MAX: Final = 200
"""Levels of a body; the deepest schemas and arguments seen have twenty. Each costs two frames."""
JSON_IN_STRINGS_MAX: Final = 3
"""Strings in strings that are walked as JSON; what lies deeper is plain text."""
DIGITS_MIN: Final = 7
"""Shorter numbers are nobody's: phone numbers have seven digits or more, cards twelve."""
ENCODED_CHARACTERS_MIN: Final = 512
"""A run of base64 as long as this is no word of a language, and shorter ones are ids and hashes."""

_DECODE: Final = msgspec.json.Decoder().decode
_SPACE: Final = frozenset((" ", "\n", "\r", "\t"))
_OPENING: Final = frozenset(("{", "[", '"'))
_SMALL: Final = 10 ** (DIGITS_MIN - 1)

Json = object


class TooDeep(Exception):
    """More levels than `NESTING_MAX`."""


class Document(NamedTuple):
    """JSON text, or text in base64 after `head`, inside string `leaf` of document `parent`."""

    parent: int
    leaf: int
    source: str
    head: str | None


class Spot(NamedTuple):
    """Where a text stands: string `leaf` of a document, or its number `-1 - leaf`. The keys of one
    object have one `owner`; other strings have -1."""

    document: int
    leaf: int
    owner: int


class Walk:
    """What was found so far. `documents[0]` is the body itself, and never looked at."""

    __slots__ = (
        "_depth",
        "_document",
        "_inside",
        "_numbers",
        "_owners",
        "documents",
        "spots",
        "strings",
        "texts",
        "unread",
    )

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self.spots: list[Spot] = []
        self.unread: list[tuple[UnreadKind, str]] = []
        self.documents: list[Document] = [Document(-1, -1, "", None)]
        self.strings = 0
        self._numbers = 0
        self._document = 0
        self._depth = 0
        self._inside = 0
        self._owners = 0

    def visit(self, value: Json, place: Place, path: str) -> None:
        """Looks at a value at `place`; raises `TooDeep`."""
        kind = type(value)
        if kind is str:
            self.strings += 1
            self._string(cast(str, value), place, path)
        elif kind is dict or kind is list:
            self._depth += 1
            if self._depth > NESTING_MAX:
                raise TooDeep
            self._container(cast("dict[str, Json] | list[Json]", value), place, path)
            self._depth -= 1
        elif kind is int or kind is float:
            self._numbers += 1
            if type(place) is Unread:
                self.unread.append((place.kind, path))
            if type(place) is not Control:
                self._number(cast("int | float", value), path)

    def _container(self, value: dict[str, Json] | list[Json], place: Place, path: str) -> None:
        if isinstance(place, Unread) and value and (place.whole or isinstance(value, dict)):
            self.unread.append((place.kind, path))
            if place.whole:
                self._skip(value)
                return
        if isinstance(value, list):
            if isinstance(place, Free) and place.tokens and value and type(value[0]) is int:
                self.unread.append(("tokens", path))
                self._skip(value)
                return
            inside = path + "[]" if isinstance(place, (Free, Unread)) else None
            for at, inner in enumerate(value):
                self.visit(inner, place, inside or f"{path}[{at}]")
        elif isinstance(place, Shape):
            self._shape(value, place, path)
        elif isinstance(place, Keyed):
            self._keyed(value, place, path + ".*")
        else:
            self._free(value, path + ".*")

    def _shape(self, value: dict[str, Json], shape: Shape, path: str) -> None:
        owner = -1
        if shape.kinds:
            kind = value.get("type", "")
            if isinstance(kind, str) and (not kind or kind in shape.kinds):
                shape = shape.variants.get(kind, shape)
            else:
                self.unread.append(("unknown", path))
        members = shape.members
        before = path + "." if path else ""
        for key, inner in value.items():
            self.strings += 1
            place = members.get(key)
            if place is None:
                if owner < 0:
                    owner = self._new_owner()
                    if shape.closed:
                        self.unread.append(("unknown", path))
                self._add(key, before + "*", self.strings - 1, owner)
                self.visit(inner, FREE, before + "*")
            elif type(inner) is str and type(place) is Control:  # most members are such
                self.strings += 1
                if place.form.fullmatch(inner) is None:
                    self._text(inner, before + key)
            elif inner is not None:
                self.visit(inner, place, before + key)

    def _keyed(self, value: dict[str, Json], place: Keyed, path: str) -> None:
        owner = self._new_owner()
        for key, inner in value.items():
            self.strings += 1
            if place.form is None or place.form.fullmatch(key) is None:
                self._add(key, path, self.strings - 1, owner)
            self.visit(inner, place.place, path)

    def _free(self, value: dict[str, Json], path: str) -> None:
        owner = self._new_owner()
        for key, inner in value.items():
            self.strings += 1
            self._add(key, path, self.strings - 1, owner)
            if type(inner) is str:
                self.strings += 1
                self._text(inner, path)
            elif inner is not None:
                self.visit(inner, FREE, path)

    def _string(self, value: str, place: Place, path: str) -> None:
        match place:
            case Free() | Keyed():
                self._text(value, path)
            case Shape(lone=lone):
                self._string(value, lone, path)
            case Control(form=form) | Opaque(form=form):
                if form.fullmatch(value) is None:
                    self._text(value, path)
            case Unread(kind=kind, form=form):
                if value:
                    self.unread.append((kind, path))
                    if form.fullmatch(value) is None:
                        self._text(value, path)
            case Blob():
                self._blob(value, place, path)
            case _:
                assert_never(place)

    def _text(self, value: str, path: str) -> None:
        """The last counted string, which is content."""
        leaf = self.strings - 1
        first = value[:1]
        if first in _SPACE:
            first = value.lstrip()[:1]
        if first in _OPENING and self._json(value, FREE, path, leaf):
            return
        if len(value) >= ENCODED_CHARACTERS_MIN and BASE64.fullmatch(value):
            if self._encoded("", value, FREE, path, leaf):
                return
            self.unread.append(("encoded", path))
        self._add(value, path, leaf, -1)

    def _blob(self, value: str, place: Blob, path: str) -> None:
        """What is no text is unread; what is no base64 either, or a link, is content as well."""
        leaf = self.strings - 1
        head, data = "", value
        if value.startswith("data:"):
            comma = value.find(",") + 1
            head, data = value[:comma], value[comma:]
        if BASE64.fullmatch(data) and (not head or head.endswith(";base64,")):
            if not data or self._encoded(head, data, place.inner, path, leaf):
                return
            self.unread.append((place.kind, path))
            return
        self.unread.append((place.kind if head else "link", path))
        self._add(value, path, leaf, -1)

    def _encoded(self, head: str, data: str, place: Place, path: str, leaf: int) -> bool:
        """Whether `data` is the base64 of text, which is then read."""
        text = decoded(data)
        if text is None:
            return False
        outer = self._enter(leaf, data, head)
        self.strings = 1
        if text[:1] not in _OPENING or not self._json(text, place, path, 0):
            self._add(text, path, 0, -1)
        self._leave(outer)
        return True

    def _json(self, text: str, place: Place, path: str, leaf: int) -> bool:
        """Whether `text` is JSON that can be walked; where it is not, nothing of it was found."""
        if self._inside >= JSON_IN_STRINGS_MAX:
            return False
        try:
            value: Json = _DECODE(text)
        except (msgspec.DecodeError, RecursionError):
            return False
        marks = [len(found) for found in (self.texts, self.spots, self.unread, self.documents)]
        depth = self._depth
        outer = self._enter(leaf, text, None)
        self._inside += 1
        try:
            self.visit(value, place, path)
            walked = self.strings == strings_in(text)
        except TooDeep:
            walked = False
        self._inside -= 1
        self._depth = depth
        self._leave(outer)
        if not walked:
            for found, mark in zip(
                (self.texts, self.spots, self.unread, self.documents), marks, strict=True
            ):
                del found[mark:]
        return walked

    def _enter(self, leaf: int, source: str, head: str | None) -> tuple[int, int, int]:
        outer = (self._document, self.strings, self._numbers)
        self.documents.append(Document(self._document, leaf, source, head))
        self._document = len(self.documents) - 1
        self.strings = self._numbers = 0
        return outer

    def _leave(self, outer: tuple[int, int, int]) -> None:
        self._document, self.strings, self._numbers = outer

    def _number(self, value: float, path: str) -> None:
        if type(value) is int and -_SMALL < value < _SMALL:
            return
        shown = str(value)
        if sum(map(str.isdecimal, shown)) >= DIGITS_MIN:
            self._add(shown, path, -self._numbers, -1)

    def _add(self, value: str, path: str, leaf: int, owner: int) -> None:
        if value:
            self.texts.append((path, value))
            self.spots.append(Spot(self._document, leaf, owner))

    def _new_owner(self) -> int:
        self._owners += 1
        return self._owners

    def _skip(self, value: Json) -> None:
        """Counts what is not looked at; raises `TooDeep`."""
        if isinstance(value, str):
            self.strings += 1
        elif isinstance(value, (dict, list)):
            self._depth += 1
            if self._depth > NESTING_MAX:
                raise TooDeep
            inside = cast("dict[str, Json] | list[Json]", value)
            if isinstance(inside, dict):
                self.strings += len(inside)
            for inner in inside.values() if isinstance(inside, dict) else inside:
                self._skip(inner)
            self._depth -= 1
        elif type(value) is int or type(value) is float:
            self._numbers += 1
