"""How a text of each form is looked at on its way out: words, JSON, or what turns out to be either.

>>> look_of("json_or_text", AnswerJudge(rules)).close("to ann@example.com").edits
(Edit(start=3, end=18, mark='[EMAIL]'),)
"""

from typing import Final, assert_never

from detente.guardrails.answer_judging import AnswerJudge
from detente.guardrails.json_looks import JsonLook
from detente.guardrails.part_looks import NONE, Cleared, PartLook, WordsLook
from detente.guardrails.restoring import Form

_BLANKS: Final = " \t\r\n"


def look_of(form: Form, judge: AnswerJudge) -> PartLook:
    """How text of that form is looked at."""
    match form:
        case "text":
            return WordsLook(judge)
        case "json" | "json_string":
            return JsonLook(judge, in_string=form == "json_string")
        case "json_or_text":
            return _EitherLook(judge)
        case _:
            assert_never(form)


class _EitherLook:
    """JSON or words, by the first character that is no blank."""

    __slots__ = ("_judge", "_look")

    def __init__(self, judge: AnswerJudge) -> None:
        self._judge = judge
        self._look: PartLook | None = None

    @property
    def stopped(self) -> bool:
        """Whether something withholds the answer."""
        return self._look is not None and self._look.stopped

    def feed(self, piece: str) -> Cleared:
        """What may go now that `piece` is there."""
        if self._look is not None:
            return self._look.feed(piece)
        look = self._begun(piece)
        return Cleared(len(piece)) if look is None else look.feed(piece)

    def due(self) -> Cleared:
        """What may go of what has waited for long enough."""
        return NONE if self._look is None else self._look.due()

    def close(self, last: str = "") -> Cleared:
        """What may go at last, after the `last` piece."""
        look = self._look or self._begun(last)
        return Cleared(len(last)) if look is None else look.close(last)

    def _begun(self, piece: str) -> PartLook | None:
        first = piece.lstrip(_BLANKS)[:1]
        if first:
            json = first in '{["'
            self._look = JsonLook(self._judge) if json else WordsLook(self._judge)
        return self._look
