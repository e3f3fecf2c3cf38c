"""Reasoning state that a client's dialect cannot hand back: taken from an answer, put into the next
request where the conversation goes on.

It is found by the ids of the tool calls that came with it. Only what is missing is put back: a
client that hands its maker's state back itself is believed. State of another make is not that: what
chat notes of a thought's place comes back even where the signature had none.
"""

from collections.abc import Iterable, Mapping

import msgspec

from detente.canonical.content import Opaque, Part, Reasoning, ToolCall, Turn
from detente.canonical.events import Delta, Event, PartStarted, StateGiven
from detente.canonical.request import Request
from detente.canonical.response import Response
from detente.dialects._translation.blobs import Blobs, text_laid_back


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer with tool calls brought along: its thoughts with their state, in order, and
    the state of each call by the call's id. `ids` are those of all its calls."""

    ids: tuple[str, ...]
    thoughts: tuple[Reasoning, ...] = ()
    states: dict[str, Opaque] = {}


def memory_of(response: Response) -> Memory | None:
    """What is to be remembered of a whole answer, None where there is nothing."""
    parts = [part for choice in response.choices[:1] for part in choice.parts]
    calls = [part for part in parts if isinstance(part, ToolCall)]
    thoughts = tuple(
        msgspec.structs.replace(part, extras=None)
        for part in parts
        if isinstance(part, Reasoning) and part.state is not None
    )
    states = {call.id: call.state for call in calls if call.state is not None}
    if not calls or not (thoughts or states):
        return None
    return Memory(ids=tuple(call.id for call in calls), thoughts=thoughts, states=states)


def laid_back_in(memory: Memory | None, blobs: Blobs) -> Memory | None:
    """`memory` with the large strings that were lifted out of the answer: it outlives them."""
    if memory is None or not blobs.strings:
        return memory
    thoughts = tuple(
        msgspec.structs.replace(
            thought,
            text=text_laid_back(thought.text, blobs),
            summary=tuple(text_laid_back(text, blobs) for text in thought.summary),
            state=None if thought.state is None else _state_laid_back(thought.state, blobs),
        )
        for thought in memory.thoughts
    )
    states = {id_: _state_laid_back(state, blobs) for id_, state in memory.states.items()}
    return Memory(ids=memory.ids, thoughts=thoughts, states=states)


def _state_laid_back(state: Opaque, blobs: Blobs) -> Opaque:
    return msgspec.structs.replace(state, value=text_laid_back(state.value, blobs))


class Watcher:
    """Gathers the same from a stream."""

    __slots__ = ("_calls", "_states", "_texts", "_thoughts")

    def __init__(self) -> None:
        self._calls: dict[int, str] = {}
        self._thoughts: dict[int, str] = {}
        self._texts: dict[int, list[str]] = {}
        self._states: dict[int, Opaque] = {}

    def watch(self, event: Event) -> None:
        """Take note of one event; text deltas of the answer itself need not be shown."""
        if isinstance(event, PartStarted):
            self._begin(event)
        elif isinstance(event, StateGiven):
            if event.choice == 0:
                self._states[event.index] = event.state
        elif isinstance(event, Delta) and event.choice == 0 and event.index in self._texts:
            self._texts[event.index].append(event.text)

    def memory(self) -> Memory | None:
        """What is to be remembered, None where there is nothing."""
        if not self._calls or not self._states:
            return None
        thoughts: list[Reasoning] = []
        summary: list[str] = []
        for index in sorted(self._thoughts):
            text, state = "".join(self._texts[index]), self._states.get(index)
            if self._thoughts[index] == "summary":
                summary.append(text)
                text = ""
            if state is not None:
                thoughts.append(Reasoning(text=text, summary=tuple(summary), state=state))
                summary = []
        states = {
            id_: self._states[index] for index, id_ in self._calls.items() if index in self._states
        }
        if not thoughts and not states:
            return None
        return Memory(ids=tuple(self._calls.values()), thoughts=tuple(thoughts), states=states)

    def _begin(self, event: PartStarted) -> None:
        if event.choice != 0:
            return
        if event.state is not None:
            self._states[event.index] = event.state
        if event.kind in ("tool_call", "custom_call"):
            self._calls[event.index] = event.id
        elif event.kind in ("reasoning", "summary"):
            self._thoughts[event.index] = event.kind
            self._texts[event.index] = []


def called_ids(request: Request) -> Iterable[str]:
    """The ids of the calls in a conversation, the last first."""
    for turn in reversed(request.turns):
        for part in reversed(turn.parts):
            if isinstance(part, ToolCall):
                yield part.id


def reminded(request: Request, memories: Mapping[str, Memory]) -> Request:
    """`request` with what is remembered of its calls, by their ids, where it is missing."""
    if not memories:
        return request
    turns = [_reminded(turn, memories) for turn in request.turns]
    given = {id(turn) for turn in turns}
    if all(id(turn) in given for turn in request.turns):
        return request
    return msgspec.structs.replace(request, turns=tuple(turns))


def _reminded(turn: Turn, memories: Mapping[str, Memory]) -> Turn:
    if turn.role != "assistant":
        return turn
    parts: list[Part] = []
    thoughts: tuple[Reasoning, ...] = ()
    changed = False
    for part in turn.parts:
        if isinstance(part, ToolCall) and part.id in memories:
            memory = memories[part.id]
            thoughts = thoughts or (memory.thoughts if memory.ids[0] == part.id else ())
            if part.state is None and part.id in memory.states:
                parts.append(msgspec.structs.replace(part, state=memory.states[part.id]))
                changed = True
                continue
        parts.append(part)
    if thoughts and not _handed_back(turn, thoughts):
        kept = [part for part in parts if not isinstance(part, Reasoning)]
        parts, changed = [*thoughts, *kept], True
    return msgspec.structs.replace(turn, parts=tuple(parts)) if changed else turn


def _handed_back(turn: Turn, thoughts: tuple[Reasoning, ...]) -> bool:
    """Whether the client has state of the platform that thought."""
    makers = {thought.state.origin for thought in thoughts if thought.state is not None}
    return any(
        isinstance(part, Reasoning) and part.state is not None and part.state.origin in makers
        for part in turn.parts
    )
