"""A streamed answer's events, as canonical events.

Blocks come one after the other: each is a part. What the platform's own tools say is gathered and
given whole at its end, as a `Native` part. An event or delta of an unknown type says nothing to
other dialects, and is kept for this one.

>>> decoder = MessagesDecoder()
>>> decoder.feed(b'event: ping\\ndata: {"type": "ping"}\\n\\n')
[Pinged()]
"""

from typing import Final

from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Failed,
    Framed,
    PartGiven,
    PartKind,
    PartStarted,
    PartStopped,
    Pinged,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.failure import ProviderFault
from detente.dialects._anthropic.tokens import MessageUsage, message_usage, overwritten
from detente.dialects._codec.arguments import arguments_text
from detente.dialects._codec.fields import (
    Misfit,
    integer,
    member,
    member_or_none,
    read_json,
    read_object,
    text,
    text_or_none,
)
from detente.dialects._codec.rest import rest
from detente.dialects._codec.state import opaque_of
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects.anthropic_messages.citations import decode_citation
from detente.dialects.anthropic_messages.counts import read_counts, served_tier
from detente.dialects.anthropic_messages.parts_decoding import call_rest, decode_block
from detente.dialects.anthropic_messages.response import stop_detail_of, stop_of
from detente.dialects.anthropic_messages.words import NAME
from detente.dialects.spec import EVENT_BYTES_MAX

_TEXTS: Final[dict[str, tuple[str, PartKind]]] = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "reasoning"),
    "input_json_delta": ("partial_json", "tool_call"),
}
"""Deltas that add text: the member that has it, and the kind of part that they add to."""

BLOCKS_OPEN_MAX: Final = 64
"""The platform opens one at a time."""

_STATUSES: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def stream_decoder(
    *,
    id_prefix: str = "call",  # noqa: ARG001 -- calls have ids here
    frames: bool = False,
    event_bytes_max: int = EVENT_BYTES_MAX,
) -> "MessagesDecoder":
    """See `Codec.stream_decoder`."""
    return MessagesDecoder(frames=frames, event_bytes_max=event_bytes_max)


class _Block:
    """One block that is open: its part's index and kind; a native one gathers what it says."""

    __slots__ = ("gathered", "index", "kind", "native", "size")

    def __init__(self, index: int, kind: PartKind | None, native: Obj | None) -> None:
        self.index = index
        self.kind = kind
        self.native = native
        self.gathered: list[str] = []
        self.size = 0


class MessagesDecoder:
    """See `StreamDecoder`."""

    __slots__ = ("_blocks", "_bytes_max", "_counts", "_cutter", "_ended", "_frames", "_next")

    def __init__(self, *, frames: bool = False, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self._cutter = EventCutter(event_bytes_max=event_bytes_max)
        self._bytes_max = event_bytes_max
        self._frames = frames
        self._blocks: dict[int, _Block] = {}
        self._next = 0
        self._counts: MessageUsage | None = None
        self._ended = False

    def feed(self, piece: bytes) -> list[Event]:
        """See `StreamDecoder.feed`."""
        out: list[Event] = []
        for name, data in self._cutter.feed(piece):
            self._read(name, data, out)
        return out

    def close(self) -> list[Event]:
        """See `StreamDecoder.close`; half an event at the end is nothing."""
        out: list[Event] = []
        for name, data in self._cutter.close():
            try:
                read_json(data)
            except Misfit:
                continue
            self._read(name, data, out)
        return out

    def _read(self, name: bytes, data: bytes, out: list[Event]) -> None:
        if self._ended:
            return
        at = len(out)
        try:
            wire = read_object(data)
            members = self._event(wire.get("type"), wire, out)
        except Misfit as misfit:
            raise misfit.provider_fault() from None
        except RecursionError:
            raise ProviderFault(
                "upstream_failed", "an event is nested too deeply; try another deployment"
            ) from None
        if self._frames:
            told = name.decode("utf-8", "replace")
            out.insert(at, Framed(dialect=NAME, name=told, members=members))

    def _event(self, kind: Json, wire: Obj, out: list[Event]) -> Obj:
        """Append the events to `out`; what of `wire` they do not say."""
        match kind:
            case "content_block_delta":
                return self._delta(wire, out)
            case "content_block_start":
                return self._start(wire, out)
            case "content_block_stop":
                return self._stop(wire, out)
            case "message_start":
                self._message_start(wire, out)
            case "message_delta":
                self._message_delta(wire, out)
            case "message_stop":
                self._ended = True
                out.append(Ended())
            case "ping":
                out.append(Pinged())
            case "error":
                self._ended = True
                out.append(_failed(wire))
            case _:
                pass
        return wire

    def _message_start(self, wire: Obj, out: list[Event]) -> None:
        message = member(wire, "message")
        usage = message.get("usage")
        out.append(
            Started(
                id=text_or_none(message, "id") or "",
                model=text_or_none(message, "model") or "",
                service_tier=served_tier(usage),
            )
        )
        self._report(usage, out)

    def _message_delta(self, wire: Obj, out: list[Event]) -> None:
        delta = member_or_none(wire, "delta") or {}
        stop = stop_of(text_or_none(delta, "stop_reason"))
        if stop is not None:
            out.append(
                Stopped(
                    stop=stop,
                    stop_sequence=text_or_none(delta, "stop_sequence"),
                    stop_detail=stop_detail_of(delta),
                )
            )
        self._report(wire.get("usage"), out)

    def _report(self, wire: Json, out: list[Event]) -> None:
        counts = read_counts(wire)
        if counts is not None:
            self._counts = overwritten(self._counts, counts)
            out.append(
                UsageReported(usage=message_usage(self._counts), service_tier=served_tier(wire))
            )

    def _start(self, wire: Obj, out: list[Event]) -> Obj:
        at = integer(wire, "index")
        if at in self._blocks or len(self._blocks) >= BLOCKS_OPEN_MAX:
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
                self._blocks[at] = _Block(index, "reasoning", None)
                return wire
            case "tool_use":
                return self._start_call(wire, block, at, index, out)
            case _:
                self._blocks[at] = _Block(index, None, dict(block))
                return wire

    def _start_text(self, wire: Obj, block: Obj, at: int, index: int, out: list[Event]) -> Obj:
        out.append(PartStarted(kind="text", index=index))
        self._blocks[at] = _Block(index, "text", None)
        self._begin(index, "text", text(block, "text"), out)
        out.extend(
            Cited(index=index, citation=decode_citation(citation)) for citation in _citations(block)
        )
        return wire

    def _start_thought(self, wire: Obj, block: Obj, at: int, index: int, out: list[Event]) -> Obj:
        out.append(PartStarted(kind="reasoning", index=index))
        self._blocks[at] = _Block(index, "reasoning", None)
        self._begin(index, "reasoning", text(block, "thinking"), out)
        signature = text_or_none(block, "signature")
        if signature:
            state = opaque_of(signature, NAME, "signature")
            out.append(StateGiven(index=index, state=state))
        return wire

    def _start_call(self, wire: Obj, block: Obj, at: int, index: int, out: list[Event]) -> Obj:
        id_, name = text(block, "id"), text(block, "name")
        extras = call_rest(block) if "input" in block else None
        out.append(PartStarted(kind="tool_call", index=index, id=id_, name=name, extras=extras))
        self._blocks[at] = _Block(index, "tool_call", None)
        given = member_or_none(block, "input")
        if given:
            out.append(Delta(kind="tool_call", index=index, text=arguments_text(given)))
        return wire

    def _begin(self, index: int, kind: PartKind, told: str, out: list[Event]) -> None:
        if told:
            out.append(Delta(kind=kind, index=index, text=told))

    def _delta(self, wire: Obj, out: list[Event]) -> Obj:
        block = self._blocks.get(integer(wire, "index"))
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

    def _stop(self, wire: Obj, out: list[Event]) -> Obj:
        block = self._blocks.pop(integer(wire, "index"), None)
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


def _failed(wire: Obj) -> Failed:
    error = member_or_none(wire, "error") or {}
    kind = text_or_none(error, "type") or "api_error"
    return Failed(
        code=kind,
        message=text_or_none(error, "message") or "the provider reported an error",
        status=_STATUSES.get(kind, 502),
        extras=rest(wire, frozenset(("type", "error", "request_id")), NAME),
    )
