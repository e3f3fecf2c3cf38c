"""Where stand-ins stand in a text, as models write them: whole, mangled, or half arrived.

Models change what they copy. The 13 characters of a typed stand-in decide, in any case; around
them may stand, and is taken with them:

- brackets of another kind: `〈…〉`, U+2039 and U+203A, `&lang;…&rang;`, `\\langle…\\rangle`,
  `\\u27e8…\\u27e9`, `%E2%9F%A8…%E2%9F%A9`; inside of these and of `⟨…⟩` the category may be any
  words (a translation), and spaces and marks may stand anywhere (`⟨**EMAIL** _ abc defg…⟩`);
- `<EMAIL_…>` and `[EMAIL_…]`, where both are there and it is no link (`[…](`);
- none, or one of them; the category then as it was, or with `-` or `\\_` for `_`, or missing.

A look-alike is found in its usual spellings, in any case, where no letter or digit touches it.
What is not in the map is nothing, whatever it looks like.

Not here: what is written instead (`restoring`).

>>> stand_ins = StandIns({"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"})
>>> stand_ins.found("to [email_ABCDEFGHIJKLM] or ⟨EMA", whole=False)
([(3, 24, 'ann@contoso.com', '[', -1)], 28)
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from detente.guardrails.look_alikes import spellings

Hit: TypeAlias = tuple[int, int, str, str, int]
"""From, up to, the original, the bracket before it (how that is written tells how text is written
there), and from where on it is not certain yet, -1 where it is."""

CODE_CHARACTERS: Final = 13
INSIDE_MAX: Final = 64
"""Characters between brackets: a long category, with room for marks and a translation."""
HELD_MAX: Final = INSIDE_MAX + 24
"""The most of a text that waits for what follows: that, and brackets of nine characters."""

_TYPED: Final = re.compile(r"⟨([0-9A-Z_]+)_([a-z2-7]{13})⟩")
_OPEN: Final = r"[⟨〈\u2329\u2039]|&lang;|&\#10216;|&\#x27e8;|\\langle|\\u27e8|%E2%9F%A8"
_CLOSE: Final = r"[⟩〉\u232a\u203a]|&rang;|&\#10217;|&\#x27e9;|\\rangle|\\u27e9|%E2%9F%A9"
_CLOSE_BEGUN: Final = r"(?:&[#0-9a-z]{0,7}|\\[0-9a-z]{0,6}|%[%0-9a-f]{0,8})?\Z"
_INSIDE: Final = r'(?:[^⟨⟩〈〉\u2329\u232a\u2039\u203a<>\[\]{}"\n\\&%]|\\(?=[_*]))'
_ANY_CASE: Final = re.IGNORECASE | re.ASCII
_BRACKETED: Final = re.compile(
    rf"({_OPEN})({_INSIDE}{{{CODE_CHARACTERS},{INSIDE_MAX}}}?)(?:{_CLOSE})", _ANY_CASE
)
_OPEN_BEFORE: Final = re.compile(
    rf"({_OPEN}){_INSIDE}{{0,{INSIDE_MAX - CODE_CHARACTERS}}}\Z", _ANY_CASE
)
_OPEN_AT_END: Final = re.compile(
    rf"(?:{_OPEN}){_INSIDE}{{0,{INSIDE_MAX}}}{_CLOSE_BEGUN}", _ANY_CASE
)
_CLOSE_AFTER: Final = re.compile(rf"[*_`\\ ]{{0,3}}(?:{_CLOSE})", _ANY_CASE)
_CLOSE_MAY_FOLLOW: Final = re.compile(rf"[*_`\\ ]{{0,3}}{_CLOSE_BEGUN}", _ANY_CASE)
_OPEN_BEGUN: Final = frozenset(
    way[:length]
    for way in ("&lang;", "&#10216;", "&#x27e8;", "\\langle", "\\u27e8", "%e2%9f%a8")
    for length in range(1, len(way))
)
_OPEN_BEGUN_MAX: Final = 8
_ONE_CLOSE: Final = frozenset("⟩〉\u232a\u203a")
_PAIRS: Final = {"<": re.compile(" ?>"), "[": re.compile(r" ?\](?!\()")}
_PAIR_MAY_FOLLOW: Final = {"<": ("", " "), "[": ("", " ", "]", " ]")}
_ASCII_OPENINGS: Final = "&\\%"
_OPENINGS: Final = "⟨〈\u2329\u2039" + _ASCII_OPENINGS
_SPECIAL: Final = re.compile(r"[⟨〈\u2329\u2039<\[&\\%]")
_RUN: Final = re.compile(r"(?<![0-9A-Za-z])[A-Za-z2-7]{13}(?![0-9A-Za-z])")
_LAST_WORD: Final = re.compile(r"[0-9A-Za-z_\\-]+\Z")
_WORD_PARTS: Final = re.compile(r"[0-9a-z]+")
_NO_CODE: Final = re.compile(r"[^0-9A-Za-z]+")
_CODES_SOUGHT_MAX: Final = 32
_SHORT: Final = 64
"""Looking for each of a few codes is quicker in long texts; all runs of 13 characters in others."""


class StandIns:
    """The stand-ins of one request, made ready: `originals` maps them to originals."""

    __slots__ = ("_codes", "_firsts", "_forms", "_held_max", "_similar")

    def __init__(self, originals: Mapping[str, str]) -> None:
        self._codes: dict[str, tuple[str, str]] = {}
        self._similar: list[tuple[str, list[str], str]] = []
        self._forms: list[str] | None = None
        for stand_in, original in originals.items():
            typed = _TYPED.fullmatch(stand_in)
            if typed:
                self._codes[typed[2]] = (typed[1].lower(), original)
            elif stand_in:
                ways = sorted({lowered(way) for way in spellings(stand_in)}, key=len, reverse=True)
                self._similar.append((_shared_end(ways), ways, original))
        self._firsts = frozenset(way[0] for _, ways, _ in self._similar for way in ways)
        longest = max((len(ways[0]) for _, ways, _ in self._similar), default=0)
        self._held_max = max(HELD_MAX if self._codes else 0, longest)

    def __bool__(self) -> bool:
        return bool(self._codes or self._similar)

    def found(self, text: str, start: int = 0, *, whole: bool = True) -> tuple[list[Hit], int]:
        """What stands in `text` from `start` on, in order, and up to where that is certain.

        What is before `start` is only looked at as a neighbour. Where `text` is not `whole`, what
        follows it can change what its end means: hits that begin there are not given.
        """
        low = lowered(text)
        hits = self._typed_hits(text, low, start)
        if self._similar:
            hits += self._similar_hits(low, start)
        if len(hits) > 1:
            hits = _apart(sorted(hits, key=_leftmost_longest))
        if whole:
            return hits, len(text)
        certain = self._certain_up_to(text, low, start, hits)
        return [hit for hit in hits if hit[0] < certain], certain

    def passes(self, text: str, start: int) -> bool:
        """Whether nothing in a short `text` from `start` on is or begins a stand-in: a quick look,
        False where it takes a thorough one."""
        low = lowered(text)
        if self._similar and not self._firsts.isdisjoint(low[start:]):
            return False
        if not self._codes:
            return True
        if _SPECIAL.search(text, start) or self._has_code(text, start):
            return False
        end = low[-1:]
        return not (end.isalnum() or end in "_-") or self._word_at(text, low, start) == len(text)

    def _typed_hits(self, text: str, low: str, start: int) -> list[Hit]:
        hits: list[Hit] = []
        if not self._codes or len(text) - start < CODE_CHARACTERS:
            return hits
        floor = start
        for at in self._code_places(text, low, start):
            if at >= floor:
                hits.append(self._around(text, low, floor, at))
                floor = hits[-1][1]
        taken = [hit[1] for hit in hits]
        for at in _openings(text, start):
            one = _BRACKETED.match(text, at)
            known = one and self._codes.get(_NO_CODE.sub("", one[2])[-CODE_CHARACTERS:].lower())
            if one and known:
                after = bisect_right(taken, at)
                if after == len(taken) or hits[after][0] >= one.end():
                    hits.append((at, one.end(), known[1], one[1], -1))
        return hits

    def _has_code(self, text: str, start: int) -> bool:
        if len(text) - start < CODE_CHARACTERS:
            return False
        return any(run[0].lower() in self._codes for run in _RUN.finditer(text, start))

    def _code_places(self, text: str, low: str, start: int) -> list[int]:
        if len(text) - start <= _SHORT or len(self._codes) > _CODES_SOUGHT_MAX:
            runs = _RUN.finditer(text, start)
            return [run.start() for run in runs if run[0].lower() in self._codes]
        return sorted(
            at
            for code in self._codes
            for at in _places(low, code, start)
            if _stands_alone(low, at, at + CODE_CHARACTERS)
        )

    def _around(self, text: str, low: str, floor: int, at: int) -> Hit:
        """The code at `at`, with what belongs to it on both sides."""
        category, original = self._codes[low[at : at + CODE_CHARACTERS]]
        end = at + CODE_CHARACTERS
        begin = at - len(category) - 2
        if begin >= floor and low[begin:at] == f"⟨{category}_" and text[end : end + 1] == "⟩":
            return begin, end + 1, original, "⟨", -1
        opened = _OPEN_BEFORE.search(text, max(floor, at - HELD_MAX), at)
        if opened:
            begin = opened.start()
            closed = _CLOSE_AFTER.match(text, end)
            if closed:
                return begin, closed.end(), original, opened[1], -1
            waits = begin if _CLOSE_MAY_FOLLOW.match(text, end) else -1
            return begin, end, original, opened[1], waits
        begin = at
        for way in _ways_of(category):
            if at - len(way) >= floor and low.startswith(way, at - len(way)):
                begin -= 0 if _joins(low, at - len(way)) else len(way)
                break
        return _unbracketed(text, begin, end, original, floor)

    def _similar_hits(self, low: str, start: int) -> Iterator[Hit]:
        for shared, ways, original in self._similar:
            for place in _places(low, shared, start):
                end = place + len(shared)
                for way in ways:
                    at = end - len(way)
                    if at >= start and low.startswith(way, at) and _stands_alone(low, at, end):
                        yield at, end, original, "", at if end == len(low) else -1
                        break

    def _certain_up_to(self, text: str, low: str, start: int, hits: list[Hit]) -> int:
        floor = max(start, len(text) - self._held_max)
        open_at = [hit[4] for hit in hits if hit[4] >= 0]
        if self._codes:
            open_at.append(self._word_at(text, low, floor))
            if _SPECIAL.search(text, floor):
                open_at += _brackets_at(text, low, floor, hits)
        if self._similar:
            open_at += self._similar_at(low, floor)
        # What begins inside of a hit that began before it is part of that hit.
        outside = (at for at in open_at if not any(hit[0] < at < hit[1] for hit in hits))
        return min(outside, default=len(text))

    def _word_at(self, text: str, low: str, floor: int) -> int:
        """Where the last word begins, with its bracket, if a stand-in can begin so."""
        word = _LAST_WORD.search(text, floor)
        if word is None:
            return len(text)
        for part in _WORD_PARTS.finditer(low, word.start()):
            at = part.start()
            if (at > floor or not _joins(low, at)) and self._begins(low[at:].rstrip("\\")):
                bracket = _bracket_before(text, at, floor)
                return bracket if bracket >= 0 else at
        return len(text)

    def _similar_at(self, low: str, floor: int) -> Iterator[int]:
        for at in range(floor, len(low)):
            if low[at] in self._firsts and not _joins(low, at) and self._begins(low[at:]):
                yield at

    def _begins(self, word: str) -> bool:
        """Whether a stand-in, or one of its ways to be written, begins with `word`."""
        if self._forms is None:
            forms = [
                way + code for code, (name, _) in self._codes.items() for way in _ways_of(name)
            ]
            self._forms = sorted(
                [*forms, *self._codes, *(w for _, ways, _ in self._similar for w in ways)]
            )
        at = bisect_left(self._forms, word)
        return at < len(self._forms) and self._forms[at].startswith(word)


def lowered(text: str) -> str:
    """In small letters, character for character, and no letter becomes one of ASCII's.

    Only `İ` has two small characters, and only it and the Kelvin sign have one of ASCII (Unicode
    15.0): both become a character that no stand-in has.
    """
    if text.isascii():
        return text.lower()
    return text.replace("İ", "\ufffd").replace("\u212a", "\ufffd").lower()


def _ways_of(category: str) -> tuple[str, ...]:
    escaped = category.replace("_", "\\_")
    return (
        f"{category}_",
        f"{category.replace('_', '-')}-",
        f"{escaped}\\_",
        f"{category}-",
    )


def _unbracketed(text: str, begin: int, end: int, original: str, floor: int) -> Hit:
    """A category and code that stand in brackets of ASCII, in half of others, or in none."""
    bracket = _bracket_before(text, begin, floor)
    if bracket >= 0:
        mark = text[bracket]
        closed = _PAIRS[mark].match(text, end)
        waits = bracket if text[end : end + 3] in _PAIR_MAY_FOLLOW[mark] else -1
        if closed:
            return bracket, closed.end(), original, mark, waits
        if waits >= 0:
            return begin, end, original, "", waits
    if text[end : end + 1] in _ONE_CLOSE:
        return begin, end + 1, original, "", -1
    return begin, end, original, "", begin if end == len(text) else -1


def _brackets_at(text: str, low: str, floor: int, hits: list[Hit]) -> Iterator[int]:
    """Where brackets are open at the end of a text, or may be."""
    opened = _OPEN_AT_END.search(text, floor)
    if opened:
        at = opened.start()
        if not any(hit[0] <= at < hit[1] and hit[4] < 0 for hit in hits):
            yield at
    for length in range(1, min(_OPEN_BEGUN_MAX, len(low) - floor) + 1):
        if low[-length:] in _OPEN_BEGUN:
            yield len(low) - length
    bracket = _bracket_before(text, len(text), floor)
    if bracket >= 0:
        yield bracket


def _bracket_before(text: str, at: int, floor: int) -> int:
    """Where `<` or `[` stands before `at`, with at most one space between; -1 where none does."""
    before = at - 1
    if before > floor and text[before] == " ":
        before -= 1
    return before if before >= floor and text[before] in _PAIRS else -1


def _openings(text: str, start: int) -> Iterator[int]:
    """Where brackets may open."""
    for mark in _ASCII_OPENINGS if text.isascii() else _OPENINGS:
        yield from _places(text, mark, start)


def _places(low: str, sought: str, start: int) -> Iterator[int]:
    at = low.find(sought, start)
    while at >= 0:
        yield at
        at = low.find(sought, at + 1)


def _stands_alone(low: str, start: int, end: int) -> bool:
    return not (_joins(low, start) or _joins(low, end))


def _joins(low: str, at: int) -> bool:
    """Whether letters or digits of ASCII stand on both sides of `at`."""
    pair = low[at - 1 : at + 1] if at else ""
    return len(pair) == 2 and pair.isascii() and pair.isalnum()


def _shared_end(ways: list[str]) -> str:
    """What all of them end with."""
    shared = ways[0]
    for way in ways:
        while not way.endswith(shared):
            shared = shared[1:]
    return shared


def _leftmost_longest(hit: Hit) -> tuple[int, int]:
    return hit[0], -hit[1]


def _apart(hits: list[Hit]) -> list[Hit]:
    kept = hits[:1]
    for hit in hits[1:]:
        if hit[0] >= kept[-1][1]:
            kept.append(hit)
    return kept
