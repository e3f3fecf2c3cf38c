"""One choice of a streamed chat completion: which of its parts are open, and what is added to them.

Text, thoughts and refusals follow each other. A call is complete when its arguments are and another
part begins; where a host mixes calls, they stay open side by side. Hosts differ in what a delta
says of its call: an index, an id, both, or neither.
"""

from typing import Final

import msgspec

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
from detente.dialects._codec.arguments import arguments_object, arguments_text
from detente.dialects._codec.fields import Misfit
from detente.dialects.openai_chat.annotations import citations_of, logprobs_of
from detente.dialects.openai_chat.calls import state_in
from detente.dialects.openai_chat.reasoning import MEMBERS, details_state, merged_details
from detente.dialects.openai_chat.response import choice_filters, stop_of
from detente.dialects.openai_chat.words import CHAT, FINISHES

CALLS_MAX: Final = 4096
"""Calls that one choice can have; OpenAI's models make at most a few dozen."""

ARGUMENT_CHARS_MAX: Final = 65_536
"""Arguments that are watched for their end; a longer call stays open to the choice's."""

DETAILS_MAX: Final = 100_000
"""Pieces of OpenRouter's details that one thought can have."""


class Call(msgspec.Struct, kw_only=True, gc=False):
    """A call that is being made. `given` is the id that the host said, None where it said none;
    `index` is None until the call has begun, which its name does. `pieces` are its arguments so far,
    `size` their characters, `read` how many there were when they were no whole object yet."""

    id: str
    given: str | None
    kind: PartKind = "tool_call"
    index: int | None = None
    pieces: list[str]
    size: int = 0
    read: int = 0
    closed: bool = False
    state: Opaque | None = None


class ChoiceDecoder:
    """Reads the deltas of one choice."""

    __slots__ = (
        "_calls", "_choice", "_details", "_filters", "_last", "_member", "_next", "_open",
        "_open_kind", "_prefix", "_refused", "_states", "stopped",
    )  # fmt: skip

    def __init__(self, choice: int, id_prefix: str) -> None:
        self.stopped = False
        self._choice = choice
        self._prefix = id_prefix
        self._next = 0
        self._open = -1
        self._open_kind: PartKind | None = None
        self._member = MEMBERS[0]
        self._details: list[Json] = []
        self._calls: dict[int, Call] = {}
        self._last: Call | None = None
        self._refused = False
        self._filters: Json = None
        self._states: list[Opaque] = []

    def read(self, source: Obj, events: list[Event], *, frames: bool) -> None:
        """One entry of `choices`. With `frames`, what the events say is blanked in it, for the
        encoder to fill in again."""
        delta = source.get("delta")
        if type(delta) is dict and delta and not self.stopped:
            content = delta.get("content")
            logprobs = source.get("logprobs")
            plain = len(delta) == 1 and type(content) is str and logprobs is None
            if plain and content and self._open_kind == "text":
                events.append(
                    Delta(kind="text", index=self._open, text=content, choice=self._choice)
                )
                if frames:
                    delta["content"] = ""
            else:
                self._delta(delta, logprobs, events, frames=frames)
        if source.get("content_filter_results"):
            self._filtered(source, events)
        word = source.get("finish_reason")
        if type(word) is str and not self.stopped:
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
        tokens = _tokens(logprobs, "content") if logprobs is not None else ()
        self._thoughts(delta, events, frames=frames)
        content = delta.get("content")
        if type(content) is str and content:
            self._add("text", content, events, tokens)
            if frames:
                delta["content"] = ""
        elif type(content) is list:
            self._list(content, events)
        refusal = delta.get("refusal")
        if type(refusal) is str and refusal:
            self._refused = True
            refused = _tokens(logprobs, "refusal") if logprobs is not None else ()
            self._add("refusal", refusal, events, refused)
            if frames:
                delta["refusal"] = ""
        if len(delta) == 1 and content is not None:
            return
        if delta.get("annotations"):
            self._annotations(delta["annotations"], events)
        if "audio" in delta:
            self._audio(delta["audio"], events, frames=frames)
        if "extra_content" in delta:
            self._state(delta, events)
        self._called(delta, events, frames=frames)

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

    def _list(self, content: list[Json], events: list[Event]) -> None:
        """Mistral's content: thoughts and texts in a list."""
        for item in content:
            if type(item) is not dict:
                continue
            text, thinking = item.get("text"), item.get("thinking")
            if type(text) is str and text:
                self._add("text", text, events, ())
            for inner in thinking if type(thinking) is list else ():
                thought = inner.get("text") if type(inner) is dict else None
                if type(thought) is str and thought:
                    self._add("reasoning", thought, events, ())

    def _add(
        self, kind: PartKind, text: str, events: list[Event], logprobs: tuple[TokenLogprob, ...]
    ) -> None:
        if self._open_kind != kind:
            self._begin(kind, events)
        events.append(
            Delta(kind=kind, index=self._open, text=text, choice=self._choice, logprobs=logprobs)
        )

    def _begin(self, kind: PartKind, events: list[Event]) -> None:
        self._close_open(events)
        self._close_complete(events)
        self._open, self._open_kind = self._next, kind
        self._next += 1
        events.append(PartStarted(kind=kind, index=self._open, choice=self._choice))

    def _close_open(self, events: list[Event]) -> None:
        """The text, thought or refusal that is open is complete; a thought then has its state."""
        if self._open_kind is None:
            return
        state: Opaque | None = None
        if self._open_kind == "reasoning":
            state = Opaque(origin=CHAT, value=self._member)
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
        for call in self._calls.values():
            if call.closed or call.index is None or call.size == call.read:
                continue
            call.read = call.size
            if call.size <= ARGUMENT_CHARS_MAX and arguments_object("".join(call.pieces)):
                self._close_call(call, events)

    def _close_call(self, call: Call, events: list[Event]) -> None:
        call.closed = True
        call.pieces = []
        if call.index is not None:
            events.append(PartStopped(index=call.index, choice=self._choice))

    def _close_all(self, events: list[Event]) -> None:
        self._close_open(events)
        for call in self._calls.values():
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
            entry: Obj = {"index": -1, "function": older}
            self._call(entry, events, blank=frames)

    def _call(self, entry: Obj, events: list[Event], *, blank: bool) -> None:
        custom = entry.get("custom")
        held = custom if type(custom) is dict else entry.get("function")
        if type(held) is not dict:
            held = {}
        name, key = held.get("name"), "input" if held is custom else "arguments"
        call = self._found(entry, name)
        if held is custom:
            call.kind = "custom_call"
        call.state = state_in(entry) or call.state if "extra_content" in entry else call.state
        if call.index is None and type(name) is str and name:
            blank = blank and not call.pieces
            self._start_call(call, name, events)
            if blank:
                held["name"] = ""
                if entry.get("id") == call.id:
                    entry["id"] = ""
        elif "extra_content" in entry and call.state is not None and call.index is not None:
            events.append(StateGiven(index=call.index, state=call.state, choice=self._choice))
        text = held.get(key)
        if type(text) is dict:
            text, blank = arguments_text(text), False
        if type(text) is str and text and not call.closed:
            self._grow(call, text)
            if call.index is not None:
                self._argue(call, text, events)
                if blank:
                    held[key] = ""

    def _grow(self, call: Call, text: str) -> None:
        call.size += len(text)
        if call.size <= ARGUMENT_CHARS_MAX:
            call.pieces.append(text)
        elif call.index is None:
            raise Misfit("choices", "have a tool call without a name")
        else:
            call.pieces = []

    def _argue(self, call: Call, text: str, events: list[Event]) -> None:
        assert call.index is not None
        events.append(Delta(kind=call.kind, index=call.index, text=text, choice=self._choice))

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
        for piece in call.pieces:
            self._argue(call, piece, events)

    def _found(self, entry: Obj, name: Json) -> Call:
        """The call that a delta adds to, a new one where it is none so far."""
        position, given = entry.get("index"), entry.get("id")
        named = type(given) is str and bool(given)
        if type(position) is not int:
            last = self._last
            is_new = last is None or (given != last.given if named else bool(name))
            position = len(self._calls) if is_new else self._position_of(last)
        before = self._calls.get(position)
        if before is not None and named and before.given not in (None, given) and name:
            self._calls[CALLS_MAX + len(self._calls)] = before
            before = None
        if before is None:
            if len(self._calls) >= CALLS_MAX:
                raise Misfit("choices", "have too many tool calls")
            number = len(self._calls)
            made = given if type(given) is str and given else f"{self._prefix}_{number}"
            before = Call(id=made, given=made if named else None, pieces=[])
            self._calls[position] = before
        self._last = before
        return before

    def _position_of(self, call: Call | None) -> int:
        return next(key for key, value in self._calls.items() if value is call)

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
            self._close_open(events)
            self._close_complete(events)
            self._open, self._open_kind = self._next, "audio"
            self._next += 1
            said = name if type(name) is str else ""
            events.append(PartStarted(kind="audio", index=self._open, choice=self._choice, id=said))
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
        stop = stop_of(word, called=bool(self._calls), refused=self._refused)
        text = sequence if type(sequence) is str else None
        if text is not None and stop == "end":
            stop = "stop_sequence"
        events.append(Stopped(stop=stop, choice=self._choice, stop_sequence=text))
        return stop


def _tokens(logprobs: Json, key: str) -> tuple[TokenLogprob, ...]:
    listed = logprobs.get(key) if type(logprobs) is dict else None
    return (logprobs_of(listed) if listed is not None else None) or ()
