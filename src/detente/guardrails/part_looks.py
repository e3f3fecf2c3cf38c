"""Words of an answer on their way out, in pieces or whole: how much may go, and with which edits.

What goes is counted in characters as they came, so that whoever has the pieces can send them on
untouched but for the edits. From where something withholds the answer on nothing goes any more.

Not here: JSON (`json_looks`).

>>> WordsLook(AnswerJudge(rules)).close("to ann@example.com")
Cleared(length=18, edits=(Edit(start=3, end=18, mark='[EMAIL]'),))
"""

from typing import Final, NamedTuple, Protocol

from detente.guardrails.answer_judging import AnswerJudge, Edit
from detente.guardrails.sliding import NOTHING, Settled, SlidingLook


class Cleared(NamedTuple):
    """So many characters may go, with these edits, whose places count from the first of them."""

    length: int = 0
    edits: tuple[Edit, ...] = ()


NONE: Final = Cleared()


class PartLook(Protocol):
    """The text of one part."""

    @property
    def stopped(self) -> bool:
        """Whether something withholds the answer."""
        ...

    def feed(self, piece: str) -> Cleared:
        """What may go now that `piece` is there."""
        ...

    def due(self) -> Cleared:
        """What may go of what has waited for long enough (`sliding`)."""
        ...

    def close(self, last: str = "") -> Cleared:
        """What may go at last, after the `last` piece."""
        ...


class WordsLook:
    """One text, as it is."""

    __slots__ = ("_judge", "_look", "stopped")

    def __init__(self, judge: AnswerJudge) -> None:
        self.stopped = False
        self._judge = judge
        self._look = SlidingLook(judge.rules.screen)

    def feed(self, piece: str) -> Cleared:
        """What may go now that `piece` is there."""
        settled = self._look.feed(piece)
        return NONE if settled is NOTHING else self._cleared(settled)

    def due(self) -> Cleared:
        """What may go of what has waited for long enough."""
        return self._cleared(self._look.due())

    def close(self, last: str = "") -> Cleared:
        """What may go at last, after the `last` piece."""
        return self._cleared(self._look.close(last))

    def _cleared(self, settled: Settled) -> Cleared:
        if self.stopped:
            return NONE
        told = self._judge.judge(settled.text, settled.looked)
        if told.block is None:
            return Cleared(len(settled.text), told.edits)
        self.stopped = True
        return Cleared(told.block, tuple(one for one in told.edits if one.end <= told.block))
