"""The calls of a streamed choice: which of them a delta adds to.

Hosts differ in what a delta says of its call: an index, an id, both, or neither.

>>> calls = OpenCalls("call_0")
>>> calls.found({"index": 0, "id": "a"}, "f").id, calls.found({"index": 0}, None).id
('a', 'a')
"""

from collections.abc import Collection
from typing import Final

import msgspec

from detente.canonical.content import Opaque
from detente.canonical.events import PartKind
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.arguments import arguments_object
from detente.dialects._codec.fields import Misfit

CALLS_MAX: Final = 4096
"""Calls that one choice can have; OpenAI's models make at most a few dozen."""

ARGUMENT_CHARS_MAX: Final = 65_536
"""Arguments that are watched for their end; a longer call stays open to the choice's."""


class Call(msgspec.Struct, kw_only=True, gc=False):
    """A call that is being made.

    `given` is the id that the host said, None where it said none; `index` is None until the call
    has begun, which its name does. `pieces` are its arguments so far, `size` their characters,
    `read` how many there were when they were looked at last. `awaited` is whether they are to be
    looked at.
    """

    id: str
    given: str | None
    kind: PartKind = "tool_call"
    index: int | None = None
    pieces: list[str]
    size: int = 0
    read: int = 0
    closed: bool = False
    awaited: bool = False
    state: Opaque | None = None

    def grow(self, text: str) -> None:
        """More of its arguments; raises `Misfit` where too many come before its name."""
        self.size += len(text)
        if self.size <= ARGUMENT_CHARS_MAX:
            self.pieces.append(text)
        elif self.index is None:
            raise Misfit("choices", "have a tool call without a name")
        else:
            self.pieces = []

    def is_complete(self) -> bool:
        """Whether its arguments are an object that says something; looked at once for each size."""
        if self.closed or self.index is None or self.size == self.read:
            return False
        self.read = self.size
        return self.size <= ARGUMENT_CHARS_MAX and bool(arguments_object("".join(self.pieces)))


def told(entry: Obj) -> tuple[Obj, str]:
    """What a delta says of its call, and the name of the member that adds to its arguments."""
    held = entry.get("custom")
    if type(held) is dict:
        return held, "input"
    held = entry.get("function")
    return (held if type(held) is dict else {}), "arguments"


class OpenCalls:
    """The calls of one choice, by the position that the host gives them."""

    __slots__ = ("_added_to", "_by_position", "_last", "_prefix")

    def __init__(self, id_prefix: str) -> None:
        self._by_position: dict[int, Call] = {}
        self._added_to: list[Call] = []
        self._last: tuple[int, Call] | None = None
        self._prefix = id_prefix

    def all(self) -> Collection[Call]:
        """In the order in which they began."""
        return self._by_position.values()

    def added_to(self) -> list[Call]:
        """Those that a delta added to since this was asked last, and those without a name.

        An answer of many calls is so not gone through for each of them.
        """
        met = self._added_to
        self._added_to = [call for call in met if call.index is None]
        for call in met:
            call.awaited = call.index is None
        return met

    def any(self) -> bool:
        """Whether there was one."""
        return bool(self._by_position)

    def found(self, entry: Obj, name: Json) -> Call:
        """The call that a delta adds to, a new one where it is none so far; raises `Misfit`."""
        given = entry.get("id")
        named = given if type(given) is str and given else None
        position = entry.get("index")
        if type(position) is not int:
            position = self._position(named, name)
        call = self._by_position.get(position)
        if call is not None and name and named and call.given not in (None, named):
            # some hosts say index 0 of every call, and tell them apart by their ids
            self._by_position[CALLS_MAX + len(self._by_position)] = call
            call = None
        if call is None:
            call = self._new(position, named)
        self._last = (position, call)
        if not call.awaited:
            call.awaited = True
            self._added_to.append(call)
        return call

    def _position(self, named: str | None, name: Json) -> int:
        """Where a delta without index belongs: to a call of its own, or to the last one."""
        if self._last is None:
            return len(self._by_position)
        position, last = self._last
        is_new = named != last.given if named is not None else bool(name)
        return len(self._by_position) if is_new else position

    def _new(self, position: int, named: str | None) -> Call:
        number = len(self._by_position)
        if number >= CALLS_MAX:
            raise Misfit("choices", "have too many tool calls")
        call = Call(id=named or f"{self._prefix}_{number}", given=named, pieces=[])
        self._by_position[position] = call
        return call
