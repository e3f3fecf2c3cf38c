"""The blocks of a streamed answer, as parts.

Each block that is known is a part that begins, grows and ends. What the platform's own tools say is
gathered, and given whole when it ends. Raises `Misfit` where blocks are not opened before they grow
or end.

>>> out: list[Event] = []
>>> block = {"type": "text", "text": "hi"}
>>> _ = OpenBlocks(100).start({"index": 0, "content_block": block}, out)
>>> [type(event).__name__ for event in out]
['PartStarted', 'Delta']
"""

from typing import Final

from detente.canonical.events import (
    Cited,
    Delta,
    Event,
    PartGiven,
    PartKind,
    PartStarted,
    PartStopped,
    StateGiven,
)
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.fields import (
    Misfit,
    filled,
    integer,
    member,
    member_or_none,
    read_json,
    text,
    text_or_none,
)
from detente.dialects._codec.state import opaque_of
from detente.dialects.anthropic_messages.citations import decode_citation
from detente.dialects.anthropic_messages.parts_decoding import call_rest, decode_block
from detente.dialects.anthropic_messages.words import NAME

_TEXTS: Final[dict[str, tuple[str, PartKind]]] = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "reasoning"),
    "input_json_delta": ("partial_json", "tool_call"),
}
"""Deltas that add text: the member that has it, and the kind of part that they add to."""

BLOCKS_OPEN_MAX: Final = 64
"""The platform opens one at a time."""


class _Block:
    """One block that is open: its part's index and kind; a native one gathers what it says."""

    __slots__ = ("gathered", "index", "kind", "native", "size")

    def __init__(self, index: int, kind: PartKind | None, native: Obj | None) -> None:
        self.index = index
        self.kind = kind
        self.native = native
        self.gathered: list[str] = []
        self.size = 0


class OpenBlocks:
    """The blocks that are open, by their index on the wire; `bytes_max` bounds what is gathered of
    one."""

    __slots__ = ("_bytes_max", "_next", "_open")

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._open: dict[int, _Block] = {}
        self._next = 0

    def start(self, wire: Obj, out: list[Event]) -> Obj:
        """`content_block_start`; what of it the events do not say."""
        at = integer(wire, "index")
        if at in self._open or len(self._open) >= BLOCKS_OPEN_MAX:
            raise Misfit("index", "is of one block too many that is open")
        block = member(wire, "content_block")
        kind = block.get("type")
        index = self._next
        self._next += 1
        match kind:
            case "text":
                return self._start_text(wire, block, at, index, out)
            case "thinking":
                return self._start_thought(wire, block, at, index, out)
            case "redacted_thinking":
                state = opaque_of(text(block, "data"), NAME, "redacted")
                out.append(PartStarted(kind="reasoning", index=index, state=state))
                self._open[at] = _Block(index, "reasoning", None)
                return wire
            case "tool_use":
                return self._start_call(wire, block, at, index, out)
            case _:
                self._open[at] = _Block(index, None, dict(block))
                return wire

    def _start_text(self, wire: Obj, block: Obj, at: int, index: int, out: list[Event]) -> Obj:
        out.append(PartStarted(kind="text", index=index))
        self._open[at] = _Block(index, "text", None)
        self._begin(index, "text", text(block, "text"), out)
        out.extend(
            Cited(index=index, citation=decode_citation(citation)) for citation in _citations(block)
        )
        return wire

    def _start_thought(self, wire: Obj, block: Obj, at: int, index: int, out: list[Event]) -> Obj:
        out.append(PartStarted(kind="reasoning", index=index))
        self._open[at] = _Block(index, "reasoning", None)
        self._begin(index, "reasoning", text(block, "thinking"), out)
        signature = text_or_none(block, "signature")
        if signature:
            state = opaque_of(signature, NAME, "signature")
            out.append(StateGiven(index=index, state=state))
        return wire

    def _start_call(self, wire: Obj, block: Obj, at: int, index: int, out: list[Event]) -> Obj:
        id_, name = filled(block, "id"), text(block, "name")
        extras = call_rest(block) if "input" in block else None
        out.append(PartStarted(kind="tool_call", index=index, id=id_, name=name, extras=extras))
        self._open[at] = _Block(index, "tool_call", None)
        given = member_or_none(block, "input")
        if given:
            out.append(Delta(kind="tool_call", index=index, text=arguments_text(given)))
        return wire

    def _begin(self, index: int, kind: PartKind, told: str, out: list[Event]) -> None:
        if told:
            out.append(Delta(kind=kind, index=index, text=told))

    def add(self, wire: Obj, out: list[Event]) -> Obj:
        """`content_block_delta`, likewise."""
        block = self._open.get(integer(wire, "index"))
        if block is None:
            raise Misfit("index", "is of a block that is not open")
        delta = member(wire, "delta")
        kind = delta.get("type")
        if block.native is not None:
            self._gather(block, delta)
            return wire
        known = _TEXTS.get(kind) if type(kind) is str else None
        if known is not None:
            told = text(delta, known[0])
            if not told or block.kind != known[1]:
                return wire
            out.append(Delta(kind=known[1], index=block.index, text=told))
            alone = len(delta) == 2 and len(wire) == 3 and wire["index"] == block.index
            return _EMPTY if alone else _beyond(wire, known[0])
        if kind == "signature_delta":
            state = opaque_of(text(delta, "signature"), NAME, "signature")
            out.append(StateGiven(index=block.index, state=state))
        elif kind == "citations_delta":
            citation = decode_citation(member(delta, "citation"))
            out.append(Cited(index=block.index, citation=citation))
        return wire

    def _gather(self, block: _Block, delta: Obj) -> None:
        """A native block's own deltas: JSON of its input, or members whole."""
        if delta.get("type") == "input_json_delta":
            piece = text(delta, "partial_json")
            block.gathered.append(piece)
            block.size += len(piece)
            if block.size > self._bytes_max:
                raise Misfit("delta", f"makes its block larger than {self._bytes_max} bytes")
        elif block.native is not None:
            for name, value in delta.items():
                if name != "type" and value is not None:
                    block.native[name] = value

    def stop(self, wire: Obj, out: list[Event]) -> Obj:
        """`content_block_stop`, likewise."""
        block = self._open.pop(integer(wire, "index"), None)
        if block is None:
            raise Misfit("index", "is of a block that is not open")
        if block.native is None:
            out.append(PartStopped(index=block.index))
            return wire
        if block.gathered:
            block.native["input"] = _input("".join(block.gathered), block.native)
        out.append(PartGiven(index=block.index, part=decode_block(block.native)))
        return wire


_EMPTY: Final[Obj] = {}


def _input(gathered: str, block: Obj) -> Json:
    """What a native block is given; an answer may have ended in the midst of it."""
    try:
        return read_json(gathered)
    except Misfit:
        return block.get("input", _EMPTY)


def _beyond(wire: Obj, told: str) -> Obj:
    """What a delta says beyond its type, index and text."""
    delta = member(wire, "delta")
    inner: Obj = {key: value for key, value in delta.items() if key not in ("type", told)}
    outer: Obj = {key: value for key, value in wire.items() if key not in ("type", "delta")}
    if inner:
        outer["delta"] = inner
    return outer


def _citations(block: Obj) -> list[Obj]:
    found = block.get("citations")
    return [one for one in found if type(one) is dict] if type(found) is list else []
