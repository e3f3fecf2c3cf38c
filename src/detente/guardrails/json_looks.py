r"""JSON of an answer on its way out, in pieces or whole: its strings are looked at one by one.

A string, keys too, is looked at with its escapes undone, and all that waits in it goes with the
quote that ends it. Outside of strings what is no structure, no literal and no short number is
looked at as well: a long number, or text of a model that forgot the quotes. A mark needs no
escapes; outside of strings it gets quotes, and a number becomes a string. All else stays byte for
byte; two keys that become the same mark are not kept apart.

>>> JsonLook(AnswerJudge(rules)).close('{"to": "Ann\\u0020<ann@example.com>"}').edits
(Edit(start=18, end=33, mark='[EMAIL]'),)
"""

import re
from bisect import bisect_left
from typing import Final

from detente.guardrails.answer_judging import AnswerJudge, Edit, edited
from detente.guardrails.part_looks import NONE, Cleared, WordsLook
from detente.guardrails.sliding import Settled

BARE_MAX: Final = 32
"""Characters outside of strings that wait to be known for a plain value."""

_STRUCTURE: Final = re.compile(r"[\s{}\[\],:]*")
_BARE: Final = re.compile(r'[^"{}\[\],]*')
_PLAIN_VALUE: Final = re.compile(r"(?:true|false|null|-?[0-9]{1,6}(?:\.[0-9]{1,6})?)[\s:]*")
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_INSIDE: Final = re.compile(r'[^"\\]*')
_HIGH: Final = r"\\u[dD][89abAB][0-9a-fA-F]{2}"
_ESCAPE: Final = re.compile(
    rf"{_HIGH}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}|\\u[0-9a-fA-F]{{4}}|\\[^u]", re.DOTALL
)
_HALF: Final = re.compile(
    rf"\\(?:u[0-9a-fA-F]{{0,3}})?\Z|{_HIGH}(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?\Z"
)
"""The beginning of an escape, or of a pair of them, at the end of what has come."""
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class JsonLook:
    """JSON, or what a model takes for it; `in_string` where it begins inside of a string."""

    __slots__ = ("_bare", "_edits", "_half", "_judge", "_length", "_string", "stopped")

    def __init__(self, judge: AnswerJudge, *, in_string: bool = False) -> None:
        self.stopped = False
        self._judge = judge
        self._string: _StringLook | None = _StringLook(judge) if in_string else None
        self._bare: _BareLook | None = None
        self._half = ""
        self._length = 0
        self._edits: list[Edit] = []

    def feed(self, piece: str) -> Cleared:
        """What may go now that `piece` is there."""
        raw = self._half + piece
        self._half = ""
        at = 0
        while at < len(raw) and not self.stopped:
            if self._string is not None:
                at = self._in_string(self._string, raw, at)
            elif self._bare is not None:
                at = self._in_bare(self._bare, raw, at)
            else:
                at = self._between(raw, at)
        return self._taken()

    def due(self) -> Cleared:
        """What may go of what has waited for long enough."""
        look = self._string or self._bare
        if look is not None and not self.stopped:
            self._take(look, look.due())
        return self._taken()

    def close(self, last: str = "") -> Cleared:
        """What may go at last, after the `last` piece."""
        before = self.feed(last)
        look = self._string or self._bare
        if look is not None and not self.stopped:
            self._take(look, look.close(self._half))
            self._half = ""
        after = self._taken()
        moved = (_shifted(one, before.length) for one in after.edits)
        return Cleared(before.length + after.length, (*before.edits, *moved))

    def _between(self, raw: str, at: int) -> int:
        """Structure, and what begins behind it."""
        structure = _STRUCTURE.match(raw, at)
        assert structure is not None
        end = structure.end()
        if end < len(raw):
            if raw[end] == '"':
                self._string = _StringLook(self._judge)
                end += 1
            else:
                self._bare = _BareLook(self._judge)
        self._length += end - at
        return end

    def _in_string(self, string: "_StringLook", raw: str, at: int) -> int:
        """A string up to its end, or as far as it has come."""
        while at < len(raw):
            plain = _INSIDE.match(raw, at)
            assert plain is not None
            if plain.end() > at:
                string.add(plain[0])
                at = plain.end()
                continue
            if raw[at] == '"':
                self._take(string, string.close())
                self._string = None
                self._length += not self.stopped
                return at + 1
            if _HALF.match(raw, at):
                self._half = raw[at:]
                break
            escape = _ESCAPE.match(raw, at)
            string.add(raw[at] if escape is None else escape[0], is_escape=escape is not None)
            at += 1 if escape is None else len(escape[0])
        self._take(string, string.settle())
        return len(raw)

    def _in_bare(self, bare: "_BareLook", raw: str, at: int) -> int:
        """What stands outside of strings, up to where structure begins."""
        run = _BARE.match(raw, at)
        assert run is not None
        self._take(bare, bare.feed(run[0]))
        if run.end() < len(raw) and not self.stopped:
            self._take(bare, bare.close())
            self._bare = None
        return run.end()

    def _take(self, look: WordsLook, cleared: Cleared) -> None:
        self._edits += (_shifted(one, self._length) for one in cleared.edits)
        self._length += cleared.length
        self.stopped = self.stopped or look.stopped

    def _taken(self) -> Cleared:
        if not self._length:
            return NONE
        cleared = Cleared(self._length, tuple(self._edits))
        self._length = 0
        self._edits.clear()
        return cleared


class _StringLook(WordsLook):
    """What stands between the quotes of a string: places count the escapes as they came."""

    __slots__ = ("_come", "_gone", "_longer", "_odd", "_pieces")

    def __init__(self, judge: AnswerJudge) -> None:
        super().__init__(judge)
        self._pieces: list[str] = []
        self._come = 0
        self._gone = 0
        self._odd: list[int] = []  # which characters were escapes,
        self._longer: list[int] = [0]  # and how much longer that made all up to each of them

    def add(self, raw: str, *, is_escape: bool = False) -> None:
        """More of the string: without escapes, or one escape."""
        text = _unescaped(raw) if is_escape else raw
        if is_escape:
            self._odd.append(self._come)
            self._longer.append(self._longer[-1] + len(raw) - 1)
        self._come += len(text)
        self._pieces.append(text)

    def settle(self) -> Cleared:
        """What may go now."""
        pieces = "".join(self._pieces)
        self._pieces.clear()
        return self.feed(pieces)

    def close(self, last: str = "") -> Cleared:
        """What may go at last; half an escape at the end is taken as it is."""
        self.add(last)
        pieces = "".join(self._pieces)
        self._pieces.clear()
        return super().close(pieces)

    def _cleared(self, settled: Settled) -> Cleared:
        cleared = super()._cleared(settled)
        edits, length = cleared.edits, cleared.length
        if self._odd:
            edits = tuple(
                one._replace(start=self._raw(one.start), end=self._raw(one.end)) for one in edits
            )
            length = self._raw(length)
            passed = bisect_left(self._odd, self._gone + cleared.length)
            del self._odd[:passed]
            del self._longer[:passed]
        self._gone += cleared.length
        return Cleared(length, edits)

    def _raw(self, offset: int) -> int:
        """How many characters came for so many of what goes."""
        return offset + self._longer[bisect_left(self._odd, self._gone + offset)] - self._longer[0]


class _BareLook(WordsLook):
    """What stands outside of strings, without a quote, a bracket or a comma in it."""

    __slots__ = ("_first", "_text")

    def __init__(self, judge: AnswerJudge) -> None:
        super().__init__(judge)
        self._text = ""
        self._first = True

    def feed(self, piece: str) -> Cleared:
        """What may go now: nothing while it may be a plain value."""
        if not self._first:
            return super().feed(piece)
        self._text += piece
        if len(self._text) <= BARE_MAX:
            return NONE
        self._first = False
        return super().feed(self._text)

    def due(self) -> Cleared:
        """What may go of what has waited for long enough: no plain value before its end."""
        return NONE if self._first else super().due()

    def close(self, last: str = "") -> Cleared:
        """What may go at last."""
        if not self._first:
            return super().close(last)
        text = self._text + last
        if _PLAIN_VALUE.fullmatch(text):
            return Cleared(len(text))
        cleared = super().close(text)
        kept = text.rstrip()
        if cleared.edits and not self.stopped and _NUMBER.fullmatch(kept):
            marks = [one._replace(mark=one.mark[1:-1]) for one in cleared.edits]
            return Cleared(len(text), (Edit(0, len(kept), f'"{edited(kept, marks)}"'),))
        return cleared

    def _cleared(self, settled: Settled) -> Cleared:
        cleared = super()._cleared(settled)
        return Cleared(
            cleared.length, tuple(one._replace(mark=f'"{one.mark}"') for one in cleared.edits)
        )


def _unescaped(escape: str) -> str:
    """The character that an escape stands for."""
    if escape[1] != "u":
        return _ESCAPES.get(escape[1], escape[1])
    first = int(escape[2:6], 16)
    if len(escape) == 6:
        return chr(first)
    return chr(0x10000 + ((first - 0xD800) << 10) + int(escape[8:12], 16) - 0xDC00)


def _shifted(edit: Edit, by: int) -> Edit:
    return Edit(edit.start + by, edit.end + by, edit.mark)
