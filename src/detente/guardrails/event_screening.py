"""What the policies say of an answer that streams: events in, events out, looked at and masked.

Each part waits for itself, with as much of its text as has to be followed by more before it is
known (`sliding`); what is said of a part while its text waits (a citation, its state) waits behind
it. The end of a part, of a choice and of the stream, and an error, let go first what was held,
looked at. Deltas go on as they came but where something is masked in them, and where the text that
may go ends within one; one with log probabilities goes whole. Of tokens that were masked, log
probabilities are dropped.

Once something withholds the answer (`blocked`), nothing goes any more: the text before it has gone,
and whoever called ends the stream. `Framed` is dropped, which is the wire event as it came.

>>> screen = EventScreen(rules)
>>> screen.feed(Delta(kind="text", index=0, text="to ann@exa")), screen.holds
([], True)
>>> screen.feed(Delta(kind="text", index=0, text="mple.com")), screen.close()[-1].text
([], '[EMAIL]')
"""

from detente.canonical.events import Delta, Event
from detente.canonical.guardrail import Screened
from detente.canonical.safety import SafetySignal
from detente.guardrails.answer_judging import AnswerJudge, AnswerRules
from detente.guardrails.answer_screening import ValueScreener
from detente.guardrails.event_rewriting import EventRewriter
from detente.guardrails.open_part import OpenPart


class EventScreen(EventRewriter[OpenPart]):
    """One stream."""

    __slots__ = ("_judge", "_screener")

    def __init__(self, rules: AnswerRules) -> None:
        self._judge = AnswerJudge(rules)
        self._screener = ValueScreener(self._judge)
        super().__init__(self._screener)

    @property
    def holds(self) -> bool:
        """Whether something waits."""
        return not self.blocked and any(part.waits for part in self._parts.values())

    @property
    def screened(self) -> tuple[Screened, ...]:
        """What was found so far of data, what failed and what was unread, and what was done."""
        return self._judge.screened

    @property
    def signals(self) -> tuple[SafetySignal, ...]:
        """The content risks so far, each once."""
        return self._judge.signals

    @property
    def blocked(self) -> bool:
        """Whether something withholds the answer."""
        return self._judge.blocked

    @property
    def is_over(self) -> bool:
        """As `blocked`."""
        return self._judge.blocked

    def opened(self, first: Delta) -> OpenPart:
        """A part that is looked at."""
        return OpenPart(first, self._screener)

    def due(self) -> list[Event]:
        """What may go of what has waited for long enough (`Policy.output_delay_ms`)."""
        out: list[Event] = []
        for part in self._parts.values():
            if self._judge.blocked:
                break
            if part.waits:
                out += part.due()
        return out
