"""One walk over a client's body: which of its strings are content, and what nobody can read.

JSON inside a string, and text inside base64, are walked as documents of their own.

>>> walk = Walk()
>>> walk.visit({"a": "jane"}, FREE, "x")
>>> [text.value for text in walk.texts]
['a', 'jane']
"""

from typing import Final, assert_never

import msgspec

from detente.guardrails.body_finds import Finds, Json, TooDeep
from detente.guardrails.encoded_text import BASE64, decoded
from detente.guardrails.json_text import strings_in
from detente.guardrails.places.place import (
    FREE,
    Blob,
    Control,
    Fits,
    Free,
    Keyed,
    Opaque,
    Place,
    Shape,
    Unread,
    UnreadKind,
)

JSON_IN_STRINGS_MAX: Final = 3
"""Strings in strings that are walked as JSON; what lies deeper is plain text."""
DIGITS_MIN: Final = 7
"""Shorter numbers are nobody's: phone numbers have seven digits or more, cards twelve."""
ENCODED_CHARACTERS_MIN: Final = 512
"""A run of base64 as long as this is no word of a language, and shorter ones are ids and hashes."""

_DECODE: Final = msgspec.json.Decoder().decode
_MAYBE_JSON: Final = frozenset(("{", "[", '"', " ", "\n", "\r", "\t"))
"""How texts begin that may be JSON; bare numbers and words are read as the text that they are."""
_SMALL: Final = 10 ** (DIGITS_MIN - 1)

_INLINE: Final = ";base64,"
"""What a picture in the middle of a text has in its URL."""
_COMMON: Final = frozenset(
    (
        *("user", "assistant", "system", "tool", "developer", "model", "text", "function", "auto"),
        *("object", "string", "integer", "number", "boolean", "array", "input_text", "message"),
        *("output_text", "function_call", "function_call_output", "tool_use", "tool_result"),
    )
)
"""Words that are control wherever control may stand, so that most need no look at their form."""


class Walk(Finds):
    """A walk over one body."""

    __slots__ = ("_inside",)

    def __init__(self) -> None:
        super().__init__()
        self._inside = 0

    def visit(self, value: Json, place: Place, path: str) -> None:
        """Looks at a value at `place`; raises `TooDeep`."""
        kind = value.__class__
        if kind is str:
            self.strings += 1
            self._string(value, place, path)
        elif kind is dict:
            if type(place) is Shape:
                self._shape(value, place, path)
            else:
                self._free(value, place, path)
        elif kind is list:
            self._list(value, place, path)
        elif kind is int or kind is float:
            self.numbers += 1
            if type(place) is not Control:
                self._number(value, place, path)

    def _shape(self, value: dict[str, Json], shape: Shape, path: str) -> None:
        self._deeper()
        if shape.kinds:
            shape = self._variant(value.get("type", ""), shape, path)
        members = shape.members
        owner = -1
        before = path + "." if path else ""
        for key, inner in value.items():
            place = members.get(key)
            if place is None:
                owner = self._stranger(key, inner, shape, path, owner)
                continue
            kind = inner.__class__
            if kind is not str:
                self.strings += 1
                if kind is list:
                    self._list(inner, place, before + key)
                elif inner is not None:
                    self.visit(inner, place, before + key)
                continue
            self.strings += 2
            if type(place) is not Control:
                self._string(inner, place, before + key)
            elif inner not in _COMMON and place.fits(inner) is None:
                self._text(inner, before + key)
        self._depth -= 1

    def _stranger(self, key: str, value: Json, shape: Shape, path: str, owner: int) -> int:
        """A member that no table has; gives the owner of all such of the object."""
        self.strings += 1
        if owner < 0:
            owner = self._new_owner()
            if shape.closed:
                self._miss("unknown", path)
        path = path + ".*" if path else "*"
        self._add(key, path, self.strings - 1, owner)
        self.visit(value, FREE, path)
        return owner

    def _variant(self, kind: Json, shape: Shape, path: str) -> Shape:
        """The shape for a `type`, which is told where no table has it."""
        if type(kind) is str and (not kind or kind in shape.kinds):
            return shape.variants.get(kind, shape) if shape.variants else shape
        self._miss("unknown", path)
        return shape

    def _list(self, value: list[Json], place: Place, path: str) -> None:
        if type(place) is not Shape and value and self._is_missed(value, place, path):
            self._skip(value)
            return
        self._deeper()
        path += "[]"
        for inner in value:
            kind = inner.__class__
            if kind is dict and type(place) is Shape:  # most lists hold such
                self._shape(inner, place, path)
            else:
                self.visit(inner, place, path)
        self._depth -= 1

    def _is_missed(self, value: list[Json], place: Place, path: str) -> bool:
        """Whether nothing in a list is read: pieces, numbers of a vocabulary. That is told."""
        if isinstance(place, Unread) and place.whole:
            self._miss(place.kind, path)
            return True
        if isinstance(place, Free) and place.tokens and type(value[0]) is int:
            self._miss("tokens", path)
            return True
        return False

    def _free(self, value: dict[str, Json], place: Place, path: str) -> None:
        """An object whose keys somebody chose."""
        self._deeper()
        fits = None
        inside: Place = FREE
        if isinstance(place, Keyed):
            fits, inside = place.fits, place.place
        elif isinstance(place, Unread) and value:
            self._miss(place.kind, path)
            if place.whole:
                self._depth -= 1
                self._skip(value)
                return
        path += ".*"
        owner = self._new_owner()
        for key, inner in value.items():
            self.strings += 1
            if fits is None or fits(key) is None:
                self._add(key, path, self.strings - 1, owner)
            if inside is not FREE:
                self.visit(inner, inside, path)
            elif type(inner) is str:
                self.strings += 1
                self._text(inner, path)
            elif inner is not None:
                self.visit(inner, FREE, path)
        self._depth -= 1

    def _string(self, value: str, place: Place, path: str) -> None:
        if place is FREE:
            self._text(value, path)
            return
        match place:
            case Free() | Keyed():
                self._text(value, path)
            case Shape(lone=lone):
                self._string(value, lone, path)
            case Control(fits=fits):
                if fits(value) is None:
                    self._text(value, path)
            case Opaque(fits=fits):
                self._state(value, fits, path)
            case Unread(kind=kind, fits=fits):
                self._reference(value, kind, fits, path)
            case Blob():
                self._blob(value, place, path)
            case _:
                assert_never(place)

    def _text(self, value: str, path: str, place: Place = FREE) -> None:
        """The last counted string, which is content; JSON in it is walked as a body of `place`."""
        leaf = self.strings - 1
        if value[:1] in _MAYBE_JSON and self._json(value, place, path, leaf):
            return
        if len(value) >= ENCODED_CHARACTERS_MIN and BASE64.fullmatch(value):
            if self._encoded("", value, FREE, path, leaf):
                return
            self._miss("encoded", path)
        elif _INLINE in value:
            self._miss("encoded", path)
        self._add(value, path, leaf, -1)

    def _reference(self, value: str, kind: UnreadKind, fits: Fits, path: str) -> None:
        """What is not here, where something is meant."""
        if value:
            self._miss(kind, path)
            if fits(value) is None:
                self._text(value, path)

    def _state(self, value: str, fits: Fits, path: str) -> None:
        """Nothing, but where it has not its form, or is the base64 of text: no cipher of a
        platform's is, and thoughts of other platforms come back so."""
        if fits(value) is None:
            self._text(value, path)
        elif BASE64.fullmatch(value):
            self._encoded("", value, FREE, path, self.strings - 1)

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
            self._miss(place.kind, path)
            return
        self._miss(place.kind if head else "link", path)
        self._add(value, path, leaf, -1)

    def _encoded(self, head: str, data: str, place: Place, path: str, leaf: int) -> bool:
        """Whether `data` is the base64 of text, which is then read."""
        text = decoded(data)
        if text is None:
            return False
        outer = self._enter(leaf, data, head)
        self.strings = 1
        self._text(text, path, place)  # base64 again is a quarter shorter, so this ends
        self._leave(outer)
        return True

    def _json(self, text: str, place: Place, path: str, leaf: int) -> bool:
        """Whether `text` is JSON that can be walked; where it is not, nothing of it was found."""
        if self._inside >= JSON_IN_STRINGS_MAX:
            return False
        try:
            value = _DECODE(text)
        except (msgspec.DecodeError, RecursionError):
            return False
        if type(value) is int or type(value) is float:
            return False
        before = self._so_far()
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
            self._forget(before)
        return walked

    def _number(self, value: float, place: Place, path: str) -> None:
        if isinstance(place, Unread):
            self._miss(place.kind, path)
        if type(value) is int and -_SMALL < value < _SMALL:
            return
        shown = str(value)
        if sum(map(str.isdecimal, shown)) >= DIGITS_MIN:
            self._add(shown, path, -self.numbers, -1)
