"""One text that comes in pieces, looked at so that nothing goes before what follows is known.

A character waits for as many characters that follow it as detectors look back (`Screen.look_back`);
a finding that reaches into what still waits holds all from its start; as many characters that have
gone stay known. So what is found does not depend on how a text was cut.

A look costs far more than a piece of four characters is worth, so there is one only when `BATCH`
characters have come since the last: a text lags by up to `look_back + BATCH`. What a long finding
holds (a private key) is looked at again when it has grown by half.

Whoever cannot wait calls `due`. Then all goes but for what may be the beginning of a finding:

- the last word, whatever it is (of scripts without spaces the last `UNSPACED_MAX` characters);
- the words right before it, as far back as each has a digit or one of `@ : / + = _ - . ⟨ ( )`;
- what a finding holds that reaches into these.

A finding of several plain words may so be completed when its beginning has gone: it is told with
the part that has not gone. One that lies in what has gone, and is known only by what follows it
(a number, then `(mobile)`), is not told at all.

Not here: what becomes of a finding (`judging`).

>>> look = SlidingLook(Screen((Email(),)))
>>> look.feed("to ann@exam"), look.held
(Settled(text='', looked=Looked(found=(), beaten=(), failed=())), 11)
>>> look.close("ple.com").looked.found[0].start
3
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from detente.guardrails.folding import fold, start_of
from detente.guardrails.screening import Found, Looked, Screen

BATCH: Final = 128
"""Characters that come between two looks. A look at these, and at what lies before and behind them,
takes some 100 us: 3 for each of the 30 events that bring as many (`python -m bench`)."""
UNSPACED_MAX: Final = 8
"""Longer names and words are rare in scripts that put no spaces between words."""

_UNSPACED: Final = "\u0e00-\u0eff\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Thai, Lao, Khmer, and the scripts of China and Japan."""
_WORD_REVERSED: Final = re.compile(rf"\s*([{_UNSPACED}]{{1,{UNSPACED_MAX}}}|[^\s{_UNSPACED}]+)")
_PIECE: Final = re.compile(r"[\d@:/+=_\-.⟨()]")
"""What words have that can be a piece of an identifier."""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """Text that may go now, as it came, and what is in it: places count from its beginning."""

    text: str = ""
    looked: Looked = Looked(found=())


NOTHING: Final = Settled()


class SlidingLook:
    """One text; `screen` looks at it."""

    __slots__ = ("_fresh", "_gone", "_known", "_pieces", "_rested", "_screen", "_wanted")

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._known = ""  # what has gone and may count for what follows, then what waits
        self._gone = 0
        self._pieces: list[str] = []  # what came since the last look
        self._fresh = 0
        self._wanted = screen.look_back + BATCH
        self._rested = True

    @property
    def held(self) -> int:
        """Characters that wait."""
        return len(self._known) - self._gone + self._fresh

    def feed(self, piece: str) -> Settled:
        """What can go now that `piece` is there."""
        self._pieces.append(piece)
        self._fresh += len(piece)
        if self._fresh < self._wanted:
            return NOTHING
        looked = self._look()
        return self._settled(self._reached(), looked)

    def due(self) -> Settled:
        """What can go of what waits, now that it has waited for long enough (see the module)."""
        if not self._fresh and self._rested:
            return NOTHING
        looked = self._look()
        settled = self._settled(max(self._reached(), _last_words(self._known)), looked)
        self._rested = True
        return settled

    def close(self, last: str = "") -> Settled:
        """All that waits, after the `last` piece: nothing follows."""
        self._pieces.append(last)
        self._fresh += len(last)
        if not self.held:
            return NOTHING
        looked = self._look()
        return self._settled(len(self._known), looked)

    def _look(self) -> Looked:
        self._known += "".join(self._pieces)
        self._pieces.clear()
        self._fresh = 0
        self._rested = False
        return self._screen.look(self._known)

    def _reached(self) -> int:
        """Up to where enough follows."""
        return start_of(self._known, len(self._known), self._screen.look_back)

    def _settled(self, until: int, looked: Looked) -> Settled:
        """Lets go of what waits up to `until`, but of no part of a finding that goes on there."""
        known, gone = self._known, self._gone
        until = max(gone, _unbroken(until, (*looked.found, *looked.beaten)))
        settled = _settled(known, gone, until, looked)
        look_back = self._screen.look_back
        cut = start_of(known, until, look_back)
        self._known, self._gone = known[cut:], until - cut
        waiting = len(known) - until
        self._wanted = max(BATCH, look_back + BATCH - waiting, (waiting - look_back) // 2)
        return settled


def _settled(known: str, gone: int, until: int, looked: Looked) -> Settled:
    if until == gone and not looked.failed:
        return NOTHING
    return Settled(
        text=known[gone:until],
        looked=Looked(
            found=tuple(_within(gone, until, looked.found)),
            beaten=tuple(_within(gone, until, looked.beaten)),
            failed=looked.failed,
        ),
    )


def _unbroken(until: int, findings: tuple[Found, ...]) -> int:
    """The last place up to `until` that is inside of no finding."""
    for one in sorted(findings, key=_start, reverse=True) if len(findings) > 1 else findings:
        if one.start < until < one.end:
            until = one.start
    return until


def _start(one: Found) -> int:
    return one.start


def _within(gone: int, until: int, findings: Iterable[Found]) -> Iterator[Found]:
    """Findings in what goes now, with as much of each as has not gone before."""
    for one in findings:
        if gone < one.end <= until:
            yield replace(one, start=max(one.start, gone) - gone, end=one.end - gone)


def _last_words(text: str) -> int:
    """Where the words at the end of a text begin that may be the beginning of a finding."""
    folding = fold(text)
    start = length = len(folding.text)
    for number, word in enumerate(_WORD_REVERSED.finditer(folding.text[::-1])):
        if number and _PIECE.search(word[1]) is None:
            break
        start = length - word.end()
    return start if folding.places is None else folding.places[start]
