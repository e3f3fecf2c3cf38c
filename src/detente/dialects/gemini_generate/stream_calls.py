"""Calls of a stream, gathered until they are whole, and given in the order in which they began.

>>> calls = CallBuffer()
>>> calls.begin(PartStarted(kind="tool_call", index=0, id="c", name="f"))
>>> calls.add(Delta(kind="tool_call", index=0, text="{}"))
True
>>> [call.name for call in calls.end(0, 0)]
['f']
"""

from detente.canonical.content import Opaque, ToolCall
from detente.canonical.events import Delta, PartStarted


class _Open:
    """A call that is not whole yet, or that waits for one that began before it."""

    __slots__ = ("done", "pieces", "started", "state")

    def __init__(self, started: PartStarted) -> None:
        self.started = started
        self.state: Opaque | None = started.state
        self.pieces: list[str] = []
        self.done = False

    def call(self) -> ToolCall:
        """The whole call."""
        return ToolCall(
            id=self.started.id,
            name=self.started.name,
            arguments="".join(self.pieces),
            kind="custom" if self.started.kind == "custom_call" else "function",
            state=self.state,
        )


class CallBuffer:
    """The calls of all choices, by choice and part."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], _Open] = {}

    def begin(self, event: PartStarted) -> None:
        """A call begins."""
        self._open[event.choice, event.index] = _Open(event)

    def add(self, event: Delta) -> bool:
        """Add to a call's arguments; whether it was one that has begun."""
        call = self._open.get((event.choice, event.index))
        if call is None:
            return False
        call.pieces.append(event.text)
        return True

    def sign(self, choice: int, index: int, state: Opaque) -> bool:
        """Give a call its state; whether it was one that has begun."""
        call = self._open.get((choice, index))
        if call is None:
            return False
        call.state = state
        return True

    def end(self, choice: int, index: int) -> list[ToolCall]:
        """A call is whole: those that can go out now."""
        call = self._open.get((choice, index))
        if call is not None:
            call.done = True
        return self._ready(choice, only_done=True)

    def drop_open(self, choice: int) -> None:
        """Forget the calls of a choice that are not whole: nobody may make them."""
        for key in [key for key, call in self._open.items() if key[0] == choice and not call.done]:
            del self._open[key]

    def rest(self, choice: int) -> list[ToolCall]:
        """All calls of a choice that has ended, whole or not."""
        return self._ready(choice, only_done=False)

    def _ready(self, choice: int, *, only_done: bool) -> list[ToolCall]:
        found: list[ToolCall] = []
        for key in [key for key in self._open if key[0] == choice]:
            if only_done and not self._open[key].done:
                break
            found.append(self._open.pop(key).call())
        return found
