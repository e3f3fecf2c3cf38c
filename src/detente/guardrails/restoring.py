"""Originals put back where their stand-ins stand: in text, in JSON text, in streams of both.

Restoring is one pass: what was put back is not looked at again. How an original is written is
decided by where it stands: as it is in text; escaped inside a JSON string (RFC 8259 section 7); as
a JSON value where a model forgot the quotes. Where the bracket of a stand-in came percent-encoded,
as an entity or as `\\u27e8` within text, the original is written so, too: whoever wrote the bracket
so, wrote everything so. JSON inside of a JSON string is one string: an original with quotes or line
breaks is escaped once.

A stream waits only with a tail that can still become a stand-in of the map (`StandIns.found`), and
in JSON with half an escape: everything else leaves at once. Any split gives what the whole gives.

>>> originals = {"⟨PERSON_abcdefghijklm⟩": 'Ann "A" Lee'}
>>> restored("to ⟨PERSON_abcdefghijklm⟩", originals)
'to Ann "A" Lee'
>>> print(restored_json('{"to": "\\\\u27e8PERSON_abcdefghijklm⟩"}', originals))
{"to": "Ann \\"A\\" Lee"}
"""

import html
import json
import re
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

from detente.guardrails.moving import Move, moved
from detente.guardrails.stand_ins import Hit, StandIns

Form: TypeAlias = Literal["text", "json", "json_string", "json_or_text"]
"""What a text is: words; JSON; the inside of a JSON string; or JSON where it begins as an object,
an array or a string does and words otherwise: an answer that was asked to be JSON may not be."""
Originals: TypeAlias = Mapping[str, str] | StandIns
"""Stand-in to original, or that made ready, which saves time where there are many texts."""

_UNIT: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\[^u]|[^\\]|\\", re.DOTALL)
_HALF_ESCAPE: Final = re.compile(r"\\(?:u[0-9A-Fa-f]{0,3})?\Z")
_LONE: Final = re.compile("[\ud800-\udfff]")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def restored(text: str, originals: Originals) -> str:
    """`text` with its originals."""
    return _whole(text, originals, "text")


def restored_json_string(text: str, originals: Originals) -> str:
    """What stands between the quotes of a JSON string, with its originals, still escaped."""
    return _whole(text, originals, "json_string")


def restored_json(text: str, originals: Originals) -> str:
    """JSON text with its originals; what is around them stays byte for byte."""
    return _whole(text, originals, "json")


def restored_as(form: Form, text: str, originals: Originals) -> str:
    """`text` of any form with its originals."""
    return _whole(text, originals, form)


def made_ready(originals: Originals) -> StandIns:
    """`originals` ready for many texts."""
    return originals if isinstance(originals, StandIns) else StandIns(originals)


class StreamRestorer:
    """One text that comes in pieces."""

    __slots__ = ("_before", "_form", "_held", "_in_string", "_moves", "_read", "_stand_ins")

    def __init__(self, originals: Originals, form: Form = "text") -> None:
        self._stand_ins = made_ready(originals)
        self._form: Form = form
        self._held = ""
        self._before = ""
        self._in_string = form == "json_string"
        self._read = 0
        self._moves: list[Move] = []

    @property
    def held(self) -> str:
        """What waits for what follows, as it came."""
        return self._held

    def feed(self, piece: str) -> str:
        """What can go now that `piece` is there."""
        if self._form == "json_or_text":
            return self._find_form(piece)
        if not self._held and (self._form == "text" or "\\" not in piece):
            text = self._before + piece
            if self._stand_ins.passes(text, len(self._before)):
                return self._pass(piece)
        return self._advance(self._held + piece, whole=False)

    def close(self, last: str = "") -> str:
        """What was held, after the `last` piece: nothing follows."""
        if self._form == "json_or_text":
            self._form = _form_of(self._held + last) or "text"
        raw = self._held + last
        return self._advance(raw, whole=True) if raw else ""

    def moved(self, offset: int, *, is_end: bool = False) -> int:
        """Where a place of the text that came is in the text that goes, in characters.

        Places inside of a stand-in are its begin, or its end.
        """
        return moved(self._moves, offset, is_end=is_end)

    def _find_form(self, piece: str) -> str:
        form = _form_of(piece)
        if form is None:
            self._read += len(piece)
            self._before = piece[-1:] or self._before
            return piece
        self._form = form
        return self.feed(piece)

    def _pass(self, piece: str) -> str:
        if piece:
            self._before = piece[-1]
            self._read += len(piece)
            if self._form == "json" and piece.count('"') % 2:
                self._in_string = not self._in_string
        return piece

    def _advance(self, raw: str, *, whole: bool) -> str:
        if self._form == "text" or "\\" not in raw:
            return self._written(None, raw, "", whole=whole)
        half = "" if whole else _half_escape(raw)
        units: list[str] = _UNIT.findall(raw, 0, len(raw) - len(half))
        return self._written(units, "".join(map(_character, units)), half, whole=whole)

    def _written(self, units: list[str] | None, text: str, half: str, *, whole: bool) -> str:
        """What goes of `text`, of which `units` are the escapes, one a character, if it has any;
        `half` is none yet."""
        context = len(self._before)
        hits, certain = self._stand_ins.found(self._before + text, context, whole=whole)
        out: list[str] = []
        at = 0
        for hit in hits:
            out.append(self._cut(text, units, at, hit[0] - context))
            out.append(self._original(hit))
            at = hit[1] - context
            self._moves.append((self._read + hit[0] - context, self._read + at, len(out[-1])))
        certain -= context
        out.append(self._cut(text, units, at, certain))
        if certain > 0:
            self._before = text[certain - 1]
            self._read += certain
        self._held = (text[certain:] if units is None else "".join(units[certain:])) + half
        return "".join(out)

    def _cut(self, text: str, units: list[str] | None, start: int, end: int) -> str:
        if units is None:
            cut = text[start:end]
            quotes = cut.count('"')
        else:
            cut = "".join(units[start:end])
            quotes = units[start:end].count('"')
        if self._form == "json" and quotes % 2:
            self._in_string = not self._in_string
        return cut

    def _original(self, hit: Hit) -> str:
        original = _spelt(hit[2], hit[3])
        if self._form == "text":
            return original
        if self._in_string:
            return _escaped(original)
        return original if _NUMBER.fullmatch(original) else f'"{_escaped(original)}"'


def _whole(text: str, originals: Originals, form: Form) -> str:
    return StreamRestorer(originals, form).close(text)


def _form_of(text: str) -> Literal["text", "json"] | None:
    """By its first character; None of blanks."""
    first = text.lstrip(" \t\r\n")[:1]
    if not first:
        return None
    return "json" if first in '{["' else "text"


def _half_escape(raw: str) -> str:
    """The escape at the end of which only the beginning is there."""
    half = _HALF_ESCAPE.search(raw)
    if half is None:
        return ""
    slashes = len(raw[: half.start() + 1]) - len(raw[: half.start() + 1].rstrip("\\"))
    return half[0] if slashes % 2 else ""


def _character(unit: str) -> str:
    if len(unit) == 1:
        return unit
    if len(unit) == 6:
        return chr(int(unit.removeprefix("\\u"), 16))
    return _ESCAPES.get(unit[1], unit[1])


def _spelt(original: str, bracket: str) -> str:
    """`original` as the text around it is written, which the bracket before it tells."""
    match bracket[:1]:
        case "%":
            return quote(original, safe="")
        case "&":
            return html.escape(original)
        case "\\" if bracket[1:2] == "u":
            return _escaped(original)
        case _:
            return original


def _escaped(original: str) -> str:
    """As it stands inside a JSON string; half a surrogate pair has no other form there."""
    if _LONE.search(original):
        return json.dumps(original)[1:-1]
    return json.dumps(original, ensure_ascii=False)[1:-1]
