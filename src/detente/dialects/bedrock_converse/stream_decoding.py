"""A Converse stream as canonical events.

Blocks of text begin with their first delta, calls with an event of their own. What the platform
does itself (its own tools' calls and results, images) is gathered and given whole when its block
ends. The stream has ended where both `messageStop` and `metadata` came: the platform then closes.

>>> from detente.dialects._framing.aws_events import aws_event
>>> StreamDecoder().feed(aws_event({":event-type": "messageStart"}, b'{"role":"assistant"}'))
[Started(id='', model='', created_s=None, service_tier=None, extras=None)]
"""

from typing import Final

import msgspec

from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Filtered,
    Framed,
    PartGiven,
    PartKind,
    PartStarted,
    PartStopped,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Obj
from detente.canonical.failure import ProviderFault
from detente.dialects._bedrock.tokens import converse_usage
from detente.dialects._codec.fields import (
    Misfit,
    filled,
    integer,
    member,
    member_or_none,
    read_object,
    text,
    text_or_none,
)
from detente.dialects._codec.state import opaque_of, opaque_of_base64
from detente.dialects._framing.aws_events import AwsEvent, AwsEventCutter
from detente.dialects.bedrock_converse.citations import citation_of
from detente.dialects.bedrock_converse.exceptions import exception_framed, failed_of
from detente.dialects.bedrock_converse.frames import without_text
from detente.dialects.bedrock_converse.gathering import Gathered
from detente.dialects.bedrock_converse.guardrail import filters_of
from detente.dialects.bedrock_converse.response import stop_meant
from detente.dialects.bedrock_converse.words import DIALECT, TOOL_CALL_TYPES
from detente.dialects.spec import EVENT_BYTES_MAX

OPEN_MAX: Final = 1000
"""Blocks that may be open at once; the platform opens one."""


class _Block(msgspec.Struct, kw_only=True, gc=False):
    """A block that is open: the index that the canonical part has, and what it is."""

    index: int
    kind: PartKind | None
    gathered: Gathered | None = None
    signature: str = ""


class StreamDecoder:
    """See `codec.StreamDecoder`."""

    __slots__ = (
        "_blocks",
        "_bytes_max",
        "_count",
        "_cutter",
        "_failed",
        "_frames",
        "_over",
        "_stopped",
    )

    def __init__(self, *, frames: bool = False, event_bytes_max: int = EVENT_BYTES_MAX) -> None:
        self._cutter = AwsEventCutter(event_bytes_max=event_bytes_max)
        self._bytes_max = event_bytes_max
        self._frames = frames
        self._blocks: dict[int, _Block] = {}
        self._count = 0
        self._stopped = False
        self._over = False
        self._failed = False

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        events: list[Event] = []
        for frame in self._cutter.feed(piece):
            try:
                self._read(frame, events)
            except Misfit as misfit:
                raise misfit.provider_fault() from None
            except RecursionError:
                raise ProviderFault(
                    "upstream_failed",
                    "the provider's answer is nested too deeply; try another deployment",
                ) from None
        return events

    def close(self) -> list[Event]:
        """Half a frame says nothing; `Ended` came with the last whole one, or never."""
        self._cutter.close()
        return []

    def _read(self, frame: AwsEvent, events: list[Event]) -> None:
        headers = frame.headers
        if self._failed:
            return
        if headers.get(":message-type", "event") != "event":
            self._failed = True
            if self._frames:
                events.append(exception_framed(frame))
            events.append(failed_of(frame))
            return
        name = headers.get(":event-type", "")
        wire = read_object(frame.payload)
        at = len(events)
        self._said(name, wire, events)
        if self._frames:
            said = len(events) > at and type(events[-1]) is Delta
            members = without_text(wire) if said else wire
            events.insert(at, Framed(dialect=DIALECT, name=name, members=members))

    def _said(self, name: str, wire: Obj, events: list[Event]) -> None:
        match name:
            case "contentBlockDelta":
                self._delta(wire, events)
            case "contentBlockStart":
                self._start(wire, events)
            case "contentBlockStop":
                self._stop_block(integer(wire, "contentBlockIndex"), events)
            case "messageStart":
                events.append(Started(id="", model=""))
            case "messageStop":
                self._stop(wire, events)
            case "metadata":
                self._metadata(wire, events)
            case _:
                pass

    def _start(self, wire: Obj, events: list[Event]) -> None:
        at = integer(wire, "contentBlockIndex")
        start = member(wire, "start")
        call = member_or_none(start, "toolUse")
        if call is not None and call.get("type") in TOOL_CALL_TYPES:
            block = self._open(at, "tool_call", events)
            events.append(
                PartStarted(
                    kind="tool_call",
                    index=block.index,
                    id=filled(call, "toolUseId"),
                    name=text(call, "name"),
                )
            )
            return
        block = self._open(at, None, events)
        block.gathered = Gathered(start, bytes_max=self._bytes_max)

    def _open(self, at: int, kind: PartKind | None, events: list[Event]) -> _Block:
        self._stop_block(at, events)
        if len(self._blocks) >= OPEN_MAX:
            raise ProviderFault(
                "upstream_failed",
                "the provider opened too many blocks at once; try another deployment",
            )
        block = _Block(index=self._count, kind=kind)
        self._blocks[at] = block
        self._count += 1
        return block

    def _delta(self, wire: Obj, events: list[Event]) -> None:
        delta = member(wire, "delta")
        at = integer(wire, "contentBlockIndex")
        block = self._blocks.get(at)
        if block is not None and block.gathered is not None:
            block.gathered.add(delta)
            return
        for name, value in delta.items():
            if name == "text" and type(value) is str:
                index = self._at(at, "text", events)
                events.append(Delta(kind="text", index=index, text=value))
            elif name == "toolUse":
                index = self._at(at, "tool_call", events)
                told = text_or_none(member(delta, name), "input") or ""
                events.append(Delta(kind="tool_call", index=index, text=told))
            elif name == "reasoningContent":
                self._reasoning(at, member(delta, name), events)
            elif name == "citation":
                index = self._at(at, "text", events)
                events.append(Cited(index=index, citation=citation_of(member(delta, name))))
            return

    def _at(self, at: int, kind: PartKind, events: list[Event]) -> int:
        """The index of the block at `at`, which is opened where it is not yet."""
        block = self._blocks.get(at)
        if block is None or block.kind != kind:
            if kind == "tool_call":
                raise Misfit("delta.toolUse", "belongs to no call that was begun")
            block = self._open(at, kind, events)
            events.append(PartStarted(kind=kind, index=block.index))
        return block.index

    def _reasoning(self, at: int, delta: Obj, events: list[Event]) -> None:
        index = self._at(at, "reasoning", events)
        for name, value in delta.items():
            if type(value) is not str:
                continue
            if name == "text":
                events.append(Delta(kind="reasoning", index=index, text=value))
            elif name == "signature" and value:
                block = self._blocks[at]
                block.signature += value
                state = opaque_of(block.signature, DIALECT, "signature")
                events.append(StateGiven(index=index, state=state))
            elif name == "redactedContent" and value:
                state = opaque_of_base64(value, DIALECT, "redacted")
                events.append(StateGiven(index=index, state=state))

    def _stop_block(self, at: int, events: list[Event]) -> None:
        block = self._blocks.pop(at, None)
        if block is None:
            return
        if block.gathered is None:
            events.append(PartStopped(index=block.index))
        else:
            events.append(PartGiven(index=block.index, part=block.gathered.part()))

    def _stop(self, wire: Obj, events: list[Event]) -> None:
        for at in list(self._blocks):
            self._stop_block(at, events)
        word = text_or_none(wire, "stopReason") or ""
        stop, detail = stop_meant(word)
        fields = wire.get("additionalModelResponseFields")
        sequence = fields.get("stop_sequence") if type(fields) is dict else None
        self._stopped = True
        events.append(
            Stopped(
                stop=stop,
                stop_sequence=sequence if type(sequence) is str else None,
                stop_detail=detail,
            )
        )

    def _metadata(self, wire: Obj, events: list[Event]) -> None:
        asked, answered, _ = filters_of(member_or_none(wire, "trace"), {}, {})
        events += [Filtered(filter=one) for one in asked]
        events += [Filtered(filter=one, choice=0) for one in answered]
        counts = member_or_none(wire, "usage")
        tier = member_or_none(wire, "serviceTier") or {}
        if counts is not None:
            usage = converse_usage(counts)
            events.append(UsageReported(usage=usage, service_tier=text_or_none(tier, "type")))
        if self._stopped and not self._over:
            self._over = True
            events.append(Ended())


def stream_decoder(
    *,
    id_prefix: str = "call",  # noqa: ARG001 - calls have ids here
    frames: bool = False,
    event_bytes_max: int = EVENT_BYTES_MAX,
) -> StreamDecoder:
    """A fresh decoder."""
    return StreamDecoder(frames=frames, event_bytes_max=event_bytes_max)
