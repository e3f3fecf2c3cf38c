"""One part of a streamed answer that is looked at: what of its events may go, and with which edits.

Events wait in a row. Those whose text may go are sent on as they are, so that most are never
copied; only one in which something is masked, or in which the text that may go ends, is written
anew. One with log probabilities waits until all of its text may go.

Not here: which texts there are besides (`event_screening`).

>>> part = OpenPart(Delta(kind="text", index=0, text=""), ValueScreener(AnswerJudge(rules)))
>>> part.feed(Delta(kind="text", index=0, text="to ann@exa")), part.waits
([], True)
"""

from collections import deque
from functools import partial

from msgspec.structs import replace

from detente.canonical.events import Delta, Event, StateGiven
from detente.guardrails.answer_judging import Edit
from detente.guardrails.answer_screening import ValueScreener, unmasked
from detente.guardrails.event_rewriting import OfPart
from detente.guardrails.form_looks import look_of
from detente.guardrails.moving import Move, moved
from detente.guardrails.part_looks import NONE, Cleared
from detente.guardrails.value_rewriting import form_of


class OpenPart:
    """The part that `first` is of. Places are counted from the beginning of its text as it came."""

    __slots__ = (
        "_at",
        "_cleared",
        "_closed",
        "_edits",
        "_look",
        "_masked_to",
        "_moves",
        "_row",
        "_values",
    )

    def __init__(self, first: Delta, values: ValueScreener) -> None:
        self._values = values
        self._look = look_of(form_of(first.kind, values.text_form), values.judge)
        self._row: deque[Delta | OfPart] = deque()
        self._at = 0  # where the text of the row begins
        self._cleared = 0
        self._edits: deque[Edit] = deque()  # of text that has not gone
        self._masked_to = -1
        self._closed = False
        self._moves: list[Move] = []

    @property
    def waits(self) -> bool:
        """Whether something waits."""
        return bool(self._row)

    def feed(self, event: Delta) -> list[Event]:
        """What may go now that there is more text."""
        self._row.append(event)
        cleared = self._look.feed(event.text)
        if cleared is NONE and (event.text or len(self._row) > 1):
            return []
        return self._taken(cleared)

    def say(self, event: OfPart) -> list[Event]:
        """What may go now that something was said of the part."""
        self._row.append(event)
        return self._let_go()

    def due(self) -> list[Event]:
        """What may go of what has waited for long enough."""
        return self._taken(self._look.due())

    def flush(self) -> list[Event]:
        """All that waits."""
        cleared = self._look.close()
        self._closed = True
        return self._taken(cleared)

    def _taken(self, cleared: Cleared) -> list[Event]:
        for one in cleared.edits:
            start, end = one.start + self._cleared, one.end + self._cleared
            self._edits.append(Edit(start, end, one.mark))
            self._moves.append((start, end, len(one.mark)))
        self._cleared += cleared.length
        return self._let_go()

    def _let_go(self) -> list[Event]:
        """What of the row may go, up to what withholds the answer."""
        out: list[Event] = []
        row, judge = self._row, self._values.judge
        while row:
            event = row[0]
            if not isinstance(event, Delta):
                made = None if judge.blocked else self._said(event)
                if made is not None and not judge.blocked:
                    out.append(made)
            elif self._at + len(event.text) > self._cleared:
                self._begin(event, out)
                break
            elif event.text:
                self._whole(event, out)
            elif self._is_early(event):
                break
            elif not (event.logprobs and self._is_masked_here()):
                out.append(event)
            row.popleft()
        if judge.blocked:
            row.clear()
        return out

    def _is_early(self, event: Delta) -> bool:
        """Whether an event without text waits: its tokens are half of a character that follows,
        which may be masked."""
        follows = self._at == self._cleared and not self._closed
        return bool(event.logprobs) and (follows or self._look.stopped)

    def _is_masked_here(self) -> bool:
        """Whether what is here, between two characters, touches what is masked."""
        return self._at == self._masked_to or bool(self._edits and self._edits[0].start <= self._at)

    def _whole(self, event: Delta, out: list[Event]) -> None:
        """Lets go of an event all of whose text is cleared."""
        start, end = self._at, self._at + len(event.text)
        if not self._edits or self._edits[0].start >= end:
            self._at = end
            out.append(event)
            return
        inside = [_shifted(one, -start) for one in self._edits if one.start < end]
        text = self._written(event.text)
        logprobs = unmasked(event.logprobs, event.text, inside) if event.logprobs else ()
        if text or logprobs:
            out.append(replace(event, text=text, logprobs=logprobs))

    def _begin(self, event: Delta, out: list[Event]) -> None:
        """Lets go of the cleared beginning of an event's text."""
        length = self._cleared - self._at
        if event.logprobs or not length:
            return
        text = self._written(event.text[:length])
        if text:
            out.append(replace(event, text=text))
        self._row[0] = replace(event, text=event.text[length:])

    def _written(self, text: str) -> str:
        """The next characters of the part, with their edits; what is over of those is forgotten."""
        start, end = self._at, self._at + len(text)
        out: list[str] = []
        at = start
        while self._edits and self._edits[0].start < end:
            edit = self._edits[0]
            if edit.start >= start:
                out += (text[at - start : edit.start - start], edit.mark)
            at = min(edit.end, end)
            if edit.end > end:
                break
            self._masked_to = edit.end
            self._edits.popleft()
        out.append(text[at - start :])
        self._at = end
        return "".join(out)

    def _said(self, event: OfPart) -> Event:
        if isinstance(event, StateGiven):
            return event
        places = partial(moved, self._moves)
        return replace(event, citation=self._values.citation(event.citation, places))


def _shifted(edit: Edit, by: int) -> Edit:
    return Edit(edit.start + by, edit.end + by, edit.mark)
