"""What of a stream is open: its items, and the canonical parts that they have become.

Not a reader of events (`stream_decoding`): it hands out indexes, counts what was said of each part
and says what is missing in the end.

>>> parts = OpenParts()
>>> parts.complete(parts.content(parts.add(0, {"type": "message"}), 0, "text"), "hi")
>>> [type(event).__name__ for event in parts.out]
['PartStarted', 'Delta']
"""

from typing import Final, Literal

from detente.canonical.content import Citation, Opaque
from detente.canonical.events import (
    Cited,
    Delta,
    Event,
    PartKind,
    PartStarted,
    PartStopped,
    StateGiven,
)
from detente.canonical.extras import Obj
from detente.canonical.failure import ProviderFault
from detente.canonical.response import StopReason
from detente.dialects.openai_responses.items import is_programs

OPEN_MAX: Final = 4_096
"""Parts of one stream that may be open together; a real one has a handful."""

Key = tuple[str, int]


class OpenPart:
    """One canonical part: its index, and how many characters and citations it has so far."""

    __slots__ = ("cited", "index", "kind", "open", "seen")

    def __init__(self, index: int, kind: PartKind) -> None:
        self.index = index
        self.kind: PartKind = kind
        self.seen = 0
        self.cited = 0
        self.open = True


class OpenItem:
    """One item at `at`; its parts by what they are and their place in it. `kind` is empty for what
    only this API has, `thought` the part of a thought that is open."""

    __slots__ = ("at", "id", "kind", "parts", "thought")

    def __init__(self, at: int, kind: str, id_: str) -> None:
        self.at = at
        self.kind = kind
        self.id = id_
        self.parts: dict[Key, OpenPart] = {}
        self.thought: OpenPart | None = None


class OpenParts:
    """All that is open; events go to `out`."""

    __slots__ = ("_called", "_open", "_refused", "items", "next_index", "out")

    def __init__(self) -> None:
        self.items: dict[int, OpenItem] = {}
        self.out: list[Event] = []
        self.next_index = 0
        self._open = 0
        self._called = False
        self._refused = False

    def add(self, at: int, wire: Obj) -> OpenItem:
        """An item begins at `at`; what was open there ends. Raises `ProviderFault`."""
        self.close(at)
        kind, id_ = wire.get("type"), wire.get("id")
        known = type(kind) is str and not is_programs(wire)
        item = OpenItem(at, kind if known and type(kind) is str else "", _text(id_))
        self._admit()
        self.items[at] = item
        return item

    def take(self) -> int:
        """The next index."""
        index = self.next_index
        self.next_index = index + 1
        return index

    def content(self, item: OpenItem, index: int, kind: Literal["text", "refusal"]) -> OpenPart:
        """A message's content at `index`, begun if it is not."""
        part = item.parts.get(("content", index))
        if part is None:
            self._refused = self._refused or kind == "refusal"
            part = item.parts["content", index] = self._begin(kind)
        return part

    def call(self, item: OpenItem, id_: str, name: str) -> OpenPart:
        """A call, begun."""
        self._called = True
        kind: PartKind = "custom_call" if item.kind == "custom_tool_call" else "tool_call"
        part = item.parts["call", 0] = self._begin(kind, id_, name)
        return part

    def thought(
        self, item: OpenItem, kind: Literal["summary", "reasoning"], index: int
    ) -> OpenPart:
        """A paragraph of a thought, begun if it is not; the one before ends."""
        part = item.parts.get((kind, index))
        if part is None:
            if item.thought is not None:
                self.stop(item.thought)
            part = item.parts[kind, index] = self._begin(kind, item.id)
            item.thought = part
        return part

    def give_state(self, item: OpenItem, state: Opaque) -> None:
        """A thought's state, which belongs to its last paragraph."""
        part = item.thought or self.thought(item, "reasoning", 0)
        self.out.append(StateGiven(index=part.index, state=state))

    def extend(self, part: OpenPart, delta: str) -> None:
        """More of a part."""
        part.seen += len(delta)
        self.out.append(Delta(kind=part.kind, index=part.index, text=delta))

    def complete(self, part: OpenPart, whole: str | None) -> None:
        """All of a part: what no delta has said of it is said now."""
        if whole is not None and part.open and len(whole) > part.seen:
            self.extend(part, whole[part.seen :])

    def cite(self, part: OpenPart, citation: Citation) -> None:
        """A citation of a part."""
        part.cited += 1
        self.out.append(Cited(index=part.index, citation=citation))

    def stop(self, part: OpenPart) -> None:
        """A part is complete."""
        if part.open:
            part.open = False
            self._open -= 1
            self.out.append(PartStopped(index=part.index))

    def close(self, at: int) -> None:
        """The item at `at` is done."""
        item = self.items.pop(at, None)
        if item is not None:
            self._open -= 1
            for part in item.parts.values():
                self.stop(part)

    def close_all(self) -> None:
        """Nothing more comes."""
        for at in sorted(self.items):
            self.close(at)

    def whole_stop(self) -> StopReason:
        """Why a complete answer ended."""
        return "tool_calls" if self._called else "refusal" if self._refused else "end"

    def _begin(self, kind: PartKind, id_: str = "", name: str = "") -> OpenPart:
        self._admit()
        part = OpenPart(self.take(), kind)
        self.out.append(PartStarted(kind=kind, index=part.index, id=id_, name=name))
        return part

    def _admit(self) -> None:
        self._open += 1
        if self._open > OPEN_MAX:
            raise ProviderFault(
                "upstream_failed",
                "the provider begins too many parts of its answer; try another deployment",
            )


def _text(value: object) -> str:
    return value if type(value) is str else ""
