"""Originals put back into an answer that streams: events in, events out.

Each part waits for itself, and only with a tail that can become a stand-in (`StreamRestorer`);
what is said of a part while its tail waits (a citation, a signature) waits behind it. The end of a
part, of a choice and of the stream, and an error, let go first what was held. The log probabilities
of tokens travel with the text that they came with, as they came (`response_restoring`).

`Framed` is dropped: it is the wire event as it came, with stand-ins in it. A stream that is
restored is written anew.

>>> restorer = EventRestorer({"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"})
>>> [event.text for event in restorer.feed(Delta(kind="text", index=0, text="to ⟨EMA"))]
['to ']
>>> [event.text for event in restorer.feed(Delta(kind="text", index=0, text="IL_abcdefghijklm⟩!"))]
['ann@contoso.com!']
"""

from msgspec.structs import replace

from detente.canonical.content import TokenLogprob
from detente.canonical.events import Delta, Event, StateGiven
from detente.guardrails.event_rewriting import EventRewriter, OfPart
from detente.guardrails.response_restoring import ValueRestorer
from detente.guardrails.restoring import Originals, StreamRestorer
from detente.guardrails.value_rewriting import form_of


class EventRestorer(EventRewriter["_OpenPart"]):
    """One stream; `structured` where the request asked for JSON."""

    __slots__ = ("_restorer",)

    def __init__(self, originals: Originals, *, structured: bool = False) -> None:
        self._restorer = ValueRestorer(originals, structured=structured)
        super().__init__(self._restorer)

    def opened(self, first: Delta) -> "_OpenPart":
        """A part whose tail may become a stand-in."""
        return _OpenPart(first, self._restorer)


class _OpenPart:
    """The text of one part, and what waits behind its tail."""

    __slots__ = ("_logprobs", "_model", "_restorer", "_values", "_waiting")

    def __init__(self, first: Delta, values: ValueRestorer) -> None:
        self._model = Delta(kind=first.kind, index=first.index, text="", choice=first.choice)
        self._values = values
        self._restorer = StreamRestorer(values.stand_ins, form_of(first.kind, values.text_form))
        self._logprobs: tuple[TokenLogprob, ...] = ()
        self._waiting: list[OfPart] = []

    def feed(self, event: Delta) -> list[Event]:
        text = self._restorer.feed(event.text)
        if text is event.text and not self._logprobs:
            return [event]
        self._logprobs += event.logprobs
        return self._let_go(text)

    def say(self, event: OfPart) -> list[Event]:
        self._waiting.append(event)
        return self._let_go("")

    def flush(self) -> list[Event]:
        return self._let_go(self._restorer.close())

    def _let_go(self, text: str) -> list[Event]:
        out: list[Event] = []
        held = self._restorer.held
        if text or (self._logprobs and not held):
            out.append(replace(self._model, text=text, logprobs=self._logprobs))
            self._logprobs = ()
        if self._waiting and not held:
            out += (self._said(event) for event in self._waiting)
            self._waiting.clear()
        return out

    def _said(self, event: OfPart) -> Event:
        if isinstance(event, StateGiven):
            return event
        citation = self._values.citation(event.citation, self._restorer.moved)
        return replace(event, citation=citation)
