"""One choice of a streamed chat completion: which of its parts are open, and what is added to them.

Text, thoughts and refusals follow each other. A call is complete when its arguments are and another
part begins; where a host mixes calls, they stay open side by side (see `open_calls.py`).
"""

from typing import Final

from detente.canonical.content import Citation, Opaque, TokenLogprob
from detente.canonical.events import (
    Cited,
    Delta,
    Event,
    Filtered,
    PartKind,
    PartStarted,
    PartStopped,
    StateGiven,
    Stopped,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.response import StopReason
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.fields import Misfit
from detente.dialects.openai_chat.annotations import citations_of, tokens_in
from detente.dialects.openai_chat.calls import state_in
from detente.dialects.openai_chat.mistral_parts import THINKING
from detente.dialects.openai_chat.open_calls import Call, OpenCalls, told
from detente.dialects.openai_chat.reasoning import (
    MEMBERS,
    Piece,
    details_state,
    listed_pieces,
    merged_details,
)
from detente.dialects.openai_chat.response import choice_filters, stop_of
from detente.dialects.openai_chat.words import CHAT, FINISHES

DETAILS_MAX: Final = 100_000
"""Pieces of OpenRouter's details that one thought can have."""


class ChoiceDecoder:
    """Reads the deltas of one choice."""

    __slots__ = (
        "_calls", "_choice", "_details", "_filters", "_member", "_next", "_open",
        "_open_kind", "_refused", "_states", "stopped",
    )  # fmt: skip

    def __init__(self, choice: int, id_prefix: str) -> None:
        self.stopped = False
        self._choice = choice
        self._next = 0
        self._open = -1
        self._open_kind: PartKind | None = None
        self._member = MEMBERS[0]
        self._details: list[Json] = []
        self._calls = OpenCalls(id_prefix)
        self._refused = False
        self._filters: Json = None
        self._states: list[Opaque] = []

    def read(self, source: Obj, events: list[Event], *, frames: bool) -> None:
        """One entry of `choices`. With `frames`, what the events say is blanked in it, for the
        encoder to fill in again."""
        delta = source.get("delta")
        if type(delta) is dict and delta and not self.stopped:
            logprobs = source.get("logprobs")
            if logprobs is None and self._open_kind == "text" and _is_plain(delta):
                self._words("content", "text", delta, None, events, frames=frames)
            elif "tool_calls" in delta and len(delta) == 1:
                self._called(delta, events, frames=frames)
            else:
                self._delta(delta, logprobs, events, frames=frames)
        if source.get("content_filter_results"):
            self._filtered(source, events)
        word = source.get("finish_reason")
        if type(word) is str and word and not self.stopped:
            stop = self._stop(word, source.get("stop_reason"), events)
            if frames and FINISHES[stop] == word:
                source["finish_reason"] = ""

    def end(self, events: list[Event]) -> None:
        """The stream ends, in order; a choice that had no reason ends with it."""
        if not self.stopped:
            self._close_all(events)
            self.stopped = True
            events.append(Stopped(stop="other", choice=self._choice))

    def _delta(self, delta: Obj, logprobs: Json, events: list[Event], *, frames: bool) -> None:
        self._thoughts(delta, events, frames=frames)
        content = delta.get("content")
        if type(content) is list:
            for piece in listed_pieces(content):
                self._listed(piece, events)
        else:
            self._words("content", "text", delta, logprobs, events, frames=frames)
        if len(delta) == 1 and content is not None:
            return
        if delta.get("refusal"):
            self._refused = True
            self._words("refusal", "refusal", delta, logprobs, events, frames=frames)
        if delta.get("annotations"):
            self._annotations(delta["annotations"], events)
        if "audio" in delta:
            self._audio(delta["audio"], events, frames=frames)
        if "extra_content" in delta:
            self._state(delta, events)
        if "tool_calls" in delta or "function_call" in delta:
            self._called(delta, events, frames=frames)

    def _words(
        self, member: str, kind: PartKind, delta: Obj, logprobs: Json, events: list[Event], *,
        frames: bool,
    ) -> None:  # fmt: skip
        text = delta.get(member)
        if type(text) is str and text:
            tokens = tokens_in(logprobs, member) if logprobs is not None else ()
            self._add(kind, text, events, tokens)
            if frames:
                delta[member] = ""

    def _thoughts(self, delta: Obj, events: list[Event], *, frames: bool) -> None:
        for member in MEMBERS:
            text = delta.get(member)
            if type(text) is str and text:
                self._member = member
                self._add("reasoning", text, events, ())
                if frames:
                    delta[member] = ""
                break
        details = delta.get("reasoning_details")
        if type(details) is list and details:
            if self._open_kind != "reasoning":
                self._begin("reasoning", events)
            if len(self._details) + len(details) > DETAILS_MAX:
                raise Misfit("choices", "have too many details of reasoning")
            self._details += details

    def _listed(self, piece: Piece, events: list[Event]) -> None:
        """One of what a list of content adds; a thought's signature may come after it."""
        match piece:
            case Opaque():
                signed = piece.value != THINKING
                if signed and self._open_kind != "reasoning":
                    self._begin("reasoning", events)
                if signed or self._member in MEMBERS:
                    self._member = piece.value
            case Citation():
                self._cite(piece, events)
            case (kind, text):
                self._add(kind, text, events, ())

    def _add(
        self, kind: PartKind, text: str, events: list[Event], logprobs: tuple[TokenLogprob, ...]
    ) -> None:
        if self._open_kind != kind:
            self._begin(kind, events)
        events.append(
            Delta(kind=kind, index=self._open, text=text, choice=self._choice, logprobs=logprobs)
        )

    def _begin(self, kind: PartKind, events: list[Event], *, id_: str = "") -> None:
        self._close_open(events)
        self._close_complete(events)
        self._open, self._open_kind = self._next, kind
        self._next += 1
        events.append(PartStarted(kind=kind, index=self._open, choice=self._choice, id=id_))

    def _close_open(self, events: list[Event]) -> None:
        """The text, thought or refusal that is open is complete; a thought then has its state."""
        if self._open_kind is None:
            return
        state: Opaque | None = None
        if self._open_kind == "reasoning":
            state = Opaque(origin=CHAT, value=self._member)
            self._member = MEMBERS[0]
            if self._details:
                state = details_state(merged_details(self._details))
                self._details = []
        if self._states:
            state = self._states.pop()
        if state is not None:
            events.append(StateGiven(index=self._open, state=state, choice=self._choice))
        events.append(PartStopped(index=self._open, choice=self._choice))
        self._open_kind = None

    def _close_complete(self, events: list[Event]) -> None:
        """Calls whose arguments are an object have ended where something else begins."""
        for call in self._calls.added_to():
            if call.is_complete():
                self._close_call(call, events)

    def _close_call(self, call: Call, events: list[Event]) -> None:
        call.closed = True
        call.pieces = []
        if call.index is not None:
            events.append(PartStopped(index=call.index, choice=self._choice))

    def _close_all(self, events: list[Event]) -> None:
        self._close_open(events)
        for call in self._calls.all():
            if not call.closed:
                if call.index is None:
                    self._start_call(call, "", events)
                self._close_call(call, events)

    def _called(self, delta: Obj, events: list[Event], *, frames: bool) -> None:
        listed = delta.get("tool_calls")
        if type(listed) is list:
            alone = frames and len(listed) == 1
            for entry in listed:
                if type(entry) is dict:
                    self._call(entry, events, blank=alone)
        older = delta.get("function_call")
        if type(older) is dict:
            self._call({"index": -1, "function": older}, events, blank=frames)

    def _call(self, entry: Obj, events: list[Event], *, blank: bool) -> None:
        """One entry of `tool_calls`; with `blank`, what the events say is blanked in it."""
        held, key = told(entry)
        name = held.get("name")
        call = self._calls.found(entry, name)
        if key == "input":
            call.kind = "custom_call"
        if "extra_content" in entry:
            self._call_state(entry, call, events)
        if call.index is None and type(name) is str and name:
            blank = blank and not call.pieces
            self._start_call(call, name, events)
            if blank:
                held["name"] = ""
                if entry.get("id") == call.id:
                    entry["id"] = ""
        text = held.get(key)
        if type(text) is dict:
            self._argue(call, arguments_text(text), events)
        elif type(text) is str and text and self._argue(call, text, events) and blank:
            held[key] = ""

    def _call_state(self, entry: Obj, call: Call, events: list[Event]) -> None:
        """Google's signature beside a call; its first delta has it with the name."""
        state = state_in(entry)
        if state is None:
            return
        call.state = state
        if call.index is not None and not call.closed:
            events.append(StateGiven(index=call.index, state=state, choice=self._choice))

    def _argue(self, call: Call, text: str, events: list[Event]) -> bool:
        """More arguments of a call; whether they were said, for one without a name waits."""
        if call.closed:
            return False
        call.grow(text)
        if call.index is not None:
            events.append(Delta(kind=call.kind, index=call.index, text=text, choice=self._choice))
        return call.index is not None

    def _start_call(self, call: Call, name: str, events: list[Event]) -> None:
        """The call begins; arguments that came before its name follow at once."""
        self._close_open(events)
        self._close_complete(events)
        call.index = self._next
        self._next += 1
        events.append(
            PartStarted(
                kind=call.kind, index=call.index, choice=self._choice, id=call.id, name=name,
                state=call.state,
            )
        )  # fmt: skip
        events.extend(
            Delta(kind=call.kind, index=call.index, text=piece, choice=self._choice)
            for piece in call.pieces
        )

    def _annotations(self, value: Json, events: list[Event]) -> None:
        cited = citations_of(value) if type(value) is list else None
        for citation in cited or ():
            self._cite(citation, events)

    def _cite(self, citation: Citation, events: list[Event]) -> None:
        if self._open_kind != "text":
            self._begin("text", events)
        events.append(Cited(index=self._open, citation=citation, choice=self._choice))

    def _audio(self, held: Json, events: list[Event], *, frames: bool) -> None:
        data = held.get("data") if type(held) is dict else None
        if type(held) is not dict or type(data) is not str or not data:
            return
        name = held.get("id")
        if self._open_kind != "audio":
            self._begin("audio", events, id_=name if type(name) is str else "")
        events.append(Delta(kind="audio", index=self._open, text=data, choice=self._choice))
        if frames:
            held["data"] = ""

    def _state(self, delta: Obj, events: list[Event]) -> None:
        """A signature of Google's beside the message: the open part's, else a thought's own."""
        state = state_in(delta)
        if state is None:
            return
        if self._open_kind is None:
            self._begin("reasoning", events)
        self._states = [state]

    def _filtered(self, source: Obj, events: list[Event]) -> None:
        """What Azure's filter says so far; only where it differs from what it said before."""
        value = source["content_filter_results"]
        if value != self._filters:
            self._filters = value
            events.extend(
                Filtered(filter=one, choice=self._choice) for one in choice_filters(source)
            )

    def _stop(self, word: str, sequence: Json, events: list[Event]) -> StopReason:
        self._close_all(events)
        self.stopped = True
        stop = stop_of(word, called=self._calls.any(), refused=self._refused)
        text = sequence if type(sequence) is str else None
        if text is not None and stop == "end":
            stop = "stop_sequence"
        events.append(Stopped(stop=stop, choice=self._choice, stop_sequence=text))
        return stop


def _is_plain(delta: Obj) -> bool:
    """Whether a delta says nothing but more of the content, which most do."""
    if type(delta.get("content")) is not str:
        return False
    for key, value in delta.items():  # noqa: SIM110 -- a generator would cost as much again
        if value and key != "content" and key != "role":  # noqa: PLR1714 -- quicker than a set
            return False
    return True
