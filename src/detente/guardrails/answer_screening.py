"""What the policies say of a whole answer, or of a whole part of one: looked at, masked, told.

Looked at is every text that an answer has (`value_rewriting`), each by itself: the strings of
arguments with their escapes undone, strings of a dialect's own values too. Each finding that does
not stay becomes the mark of its category, and log probabilities of tokens that were masked go.
Media is unread, and so is long base64 in a dialect's own value, unless it stands under a name for
state that the platform wrote for itself (`STATE_NAMES`). Signatures and opaque state stay.

A block is only told (`Screened`): whoever called withholds the answer.

>>> screened_response(response, rules).response.choices[0].parts[0].text
'to [EMAIL]'
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from detente.canonical.content import TokenLogprob
from detente.canonical.guardrail import Screened
from detente.canonical.response import Response
from detente.canonical.safety import SafetySignal
from detente.guardrails.answer_judging import AnswerJudge, AnswerRules, Edit, edited
from detente.guardrails.form_looks import look_of
from detente.guardrails.moving import moved
from detente.guardrails.restoring import Form
from detente.guardrails.value_rewriting import Spoken, ValueRewriter, is_encoded

CLEAN_MAX: Final = 64
"""The longest text that is not looked at twice in one answer: names of members mostly."""


class ScreenedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it may go, what was found of data (failures and unread parts, too), and the
    content risks."""

    response: Response
    screened: tuple[Screened, ...]
    signals: tuple[SafetySignal, ...]


def screened_response(response: Response, rules: AnswerRules) -> ScreenedResponse:
    """`response` with marks for what does not stay."""
    judge = AnswerJudge(rules)
    made = ValueScreener(judge).response(response)
    return ScreenedResponse(response=made, screened=judge.screened, signals=judge.signals)


class ValueScreener(ValueRewriter):
    """Looks at canonical values and masks what does not stay; where something withholds the answer,
    the text ends there."""

    __slots__ = ("_clean", "judge")

    def __init__(self, judge: AnswerJudge) -> None:
        super().__init__(structured=judge.rules.structured)
        self.judge = judge
        self._clean: set[str] = set()

    def rewritten(self, form: Form, text: str) -> str:
        """A text of that form, with its marks."""
        if text in self._clean:
            return text
        made, _ = self._looked(form, text)
        if len(text) <= CLEAN_MAX and made == text:
            self._clean.add(text)
        return made

    def spoken(self, form: Form, text: str, logprobs: tuple[TokenLogprob, ...]) -> Spoken:
        """The same, with the log probabilities that are left, and where places went."""
        made, edits = self._looked(form, text)
        if made != text:
            logprobs = unmasked(logprobs, text, edits)
        moves = [(one.start, one.end, len(one.mark)) for one in edits]
        return Spoken(text=made, logprobs=logprobs, moved=partial(moved, moves))

    def unseen(self, kind: str) -> None:
        """Tells of what nobody here can read."""
        self.judge.unread(kind)

    def string(self, text: str) -> str:
        """A string of a dialect's own value; long base64 is unread."""
        if is_encoded(text):
            self.unseen("encoded")
            return text
        return super().string(text)

    def _looked(self, form: Form, text: str) -> tuple[str, tuple[Edit, ...]]:
        length, edits = look_of(form, self.judge).close(text)
        return edited(text[:length], edits), edits


def unmasked(
    logprobs: tuple[TokenLogprob, ...], text: str, edits: Sequence[Edit]
) -> tuple[TokenLogprob, ...]:
    """Those of tokens of `text` that no edit touches; none where the tokens are not that text, so
    that nobody can say which is which."""
    if "".join(one.token for one in logprobs) != text:
        return ()
    kept: list[TokenLogprob] = []
    at = 0
    for one in logprobs:
        end = at + len(one.token)
        if not any(_touches(edit, at, end) for edit in edits):
            kept.append(one)
        at = end
    return tuple(kept)


def _touches(edit: Edit, start: int, end: int) -> bool:
    """Whether a token is part of what an edit takes; one without text (half a character), too,
    where it stands at its edge."""
    return edit.start < end and start < edit.end if start < end else edit.start <= start <= edit.end
