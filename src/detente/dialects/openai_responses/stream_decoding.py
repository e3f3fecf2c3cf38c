"""A stream of events, read.

An item is one part, but for messages, whose contents are parts, and for thoughts, whose
paragraphs are. The last paragraph stays open until its item is done, because state comes with it.
What deltas left out and a `done` event has, is given then: some hosts send no deltas. Hosted tools'
items are given whole, when they are done.

>>> decoder = ResponsesDecoder(id_prefix="call", frames=False, event_bytes_max=1000)
>>> decoder.feed(b'event: keepalive\\ndata: {"type":"keepalive"}\\n\\n')
[Pinged()]
"""

from collections.abc import Callable
from typing import Final, Literal

from detente.canonical.content import Native
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    PartGiven,
    Pinged,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Obj
from detente.canonical.response import StopReason
from detente.dialects._codec.fields import (
    Misfit,
    each,
    items,
    member_or_none,
    number_or_none,
    read_object,
    text,
    text_or_none,
)
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects.openai_responses.annotations import citation_of, logprob_of
from detente.dialects.openai_responses.items import read_state
from detente.dialects.openai_responses.open_parts import OpenItem, OpenPart, OpenParts
from detente.dialects.openai_responses.response import filters_of, incomplete_stop
from detente.dialects.openai_responses.usage import counted
from detente.dialects.openai_responses.words import DIALECT
from detente.dialects.spec import EVENT_BYTES_MAX

_CALLS: Final = frozenset(("function_call", "custom_tool_call"))


def new_decoder(
    *, id_prefix: str = "call", frames: bool = False, event_bytes_max: int = EVENT_BYTES_MAX
) -> "ResponsesDecoder":
    """A fresh decoder (see `Codec.stream_decoder`)."""
    return ResponsesDecoder(id_prefix=id_prefix, frames=frames, event_bytes_max=event_bytes_max)


class ResponsesDecoder:
    """See `StreamDecoder`."""

    __slots__ = ("_cutter", "_frames", "_out", "_over", "_parts", "_prefix", "_started")

    def __init__(self, *, id_prefix: str, frames: bool, event_bytes_max: int) -> None:
        self._cutter = EventCutter(event_bytes_max=event_bytes_max)
        self._frames = frames
        self._prefix = id_prefix
        self._out: list[Event] = []
        self._parts = OpenParts()
        self._started = False
        self._over = False

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        try:
            for name, data in self._cutter.feed(piece):
                self._read(name, data)
        except Misfit as misfit:
            raise misfit.provider_fault() from None
        return self._taken()

    def close(self) -> list[Event]:
        """What was held; half an event is none."""
        for name, data in self._cutter.close():
            try:
                self._read(name, data)
            except Misfit:
                break
        return self._taken()

    def _taken(self) -> list[Event]:
        out, self._out = self._out, []
        self._parts.out = self._out
        return out

    def _read(self, name: bytes, data: bytes) -> None:
        self._parts.out = self._out
        if data == b"[DONE]":  # some hosts end as chat does; the end was before it
            return
        wire = read_object(data)
        kind = wire.get("type")
        if self._frames:
            shown = name.decode("utf-8", "replace")
            self._out.append(Framed(dialect=DIALECT, name=shown, members=wire))
        if self._over:
            return
        reader = _READERS.get(kind) if type(kind) is str else None
        if reader is not None:
            reader(self, wire)

    def _start(self, response: Obj) -> None:
        if self._started:
            return
        self._started = True
        created = number_or_none(response, "created_at")
        self._out.append(
            Started(
                id=text_or_none(response, "id") or "",
                model=text_or_none(response, "model") or "",
                created_s=int(created) if created is not None and 0 <= created < 1e12 else None,
                service_tier=text_or_none(response, "service_tier"),
            )
        )

    def begin(self, wire: Obj) -> None:
        """`response.created`, `response.queued`, `response.in_progress`."""
        self._start(member_or_none(wire, "response") or {})

    def item_added(self, wire: Obj) -> None:
        """`response.output_item.added`."""
        self._start({})
        item = member_or_none(wire, "item")
        if item is None:
            return
        opened = self._parts.add(_index(wire, "output_index"), item)
        if opened.kind in _CALLS:
            self._open_call(opened, item)

    def content_added(self, wire: Obj) -> None:
        """`response.content_part.added`; that of a thought begins with its first words."""
        part = member_or_none(wire, "part") or {}
        match part.get("type"):
            case "output_text":
                self._content(wire, "text")
            case "refusal":
                self._content(wire, "refusal")
            case _:
                pass

    def text_delta(self, wire: Obj) -> None:
        """`response.output_text.delta`."""
        part = self._content(wire, "text")
        delta = text(wire, "delta")
        part.seen += len(delta)
        logprobs = each(wire, "logprobs", logprob_of) if wire.get("logprobs") else ()
        self._out.append(Delta(kind="text", index=part.index, text=delta, logprobs=logprobs))

    def text_done(self, wire: Obj) -> None:
        """`response.output_text.done`."""
        self._parts.complete(self._content(wire, "text"), text_or_none(wire, "text"))

    def refusal_delta(self, wire: Obj) -> None:
        """`response.refusal.delta`."""
        self._parts.extend(self._content(wire, "refusal"), text(wire, "delta"))

    def refusal_done(self, wire: Obj) -> None:
        """`response.refusal.done`."""
        self._parts.complete(self._content(wire, "refusal"), text_or_none(wire, "refusal"))

    def annotated(self, wire: Obj) -> None:
        """`response.output_text.annotation.added`."""
        annotation = member_or_none(wire, "annotation")
        if annotation is not None:
            self._parts.cite(self._content(wire, "text"), citation_of(annotation))

    def content_done(self, wire: Obj) -> None:
        """`response.content_part.done`."""
        item = self._item(wire)
        part = member_or_none(wire, "part")
        if part is not None and item.kind == "message":
            self._content_whole(item, _index(wire, "content_index"), part)

    def arguments_delta(self, wire: Obj) -> None:
        """Arguments of a function, the text for a custom tool."""
        item = self._item(wire)
        if item.kind in _CALLS:
            call = item.parts.get(("call", 0)) or self._open_call(item, {})
            self._parts.extend(call, text(wire, "delta"))

    def arguments_done(self, wire: Obj) -> None:
        """All of them."""
        item = self._item(wire)
        if item.kind in _CALLS:
            call = item.parts.get(("call", 0)) or self._open_call(item, {})
            key = "arguments" if item.kind == "function_call" else "input"
            self._parts.complete(call, text_or_none(wire, key))

    def summary_delta(self, wire: Obj) -> None:
        """`response.reasoning_summary_text.delta`."""
        part = self._parts.thought(self._item(wire), "summary", _index(wire, "summary_index"))
        self._parts.extend(part, text(wire, "delta"))

    def summary_done(self, wire: Obj) -> None:
        """`response.reasoning_summary_text.done`."""
        part = self._parts.thought(self._item(wire), "summary", _index(wire, "summary_index"))
        self._parts.complete(part, text_or_none(wire, "text"))

    def thought_delta(self, wire: Obj) -> None:
        """`response.reasoning_text.delta`."""
        part = self._parts.thought(self._item(wire), "reasoning", _index(wire, "content_index"))
        self._parts.extend(part, text(wire, "delta"))

    def thought_done(self, wire: Obj) -> None:
        """`response.reasoning_text.done`."""
        part = self._parts.thought(self._item(wire), "reasoning", _index(wire, "content_index"))
        self._parts.complete(part, text_or_none(wire, "text"))

    def item_done(self, wire: Obj) -> None:
        """`response.output_item.done`."""
        self._start({})
        at = _index(wire, "output_index")
        item = member_or_none(wire, "item")
        if item is not None:
            self._item_whole(at, item)

    def completed(self, wire: Obj) -> None:
        """`response.completed`."""
        response = member_or_none(wire, "response") or {}
        self._finish(response)
        self._stop(response, self._parts.whole_stop(), None)

    def incomplete(self, wire: Obj) -> None:
        """`response.incomplete`."""
        response = member_or_none(wire, "response") or {}
        self._finish(response)
        stop, detail = incomplete_stop(response)
        self._stop(response, stop, detail)

    def cancelled(self, wire: Obj) -> None:
        """`response.cancelled`."""
        response = member_or_none(wire, "response") or {}
        self._finish(response)
        self._stop(response, "cancelled", None)

    def failed(self, wire: Obj) -> None:
        """`response.failed`."""
        response = member_or_none(wire, "response") or {}
        self._finish(response)
        usage = member_or_none(response, "usage")
        counts = counted(usage) if usage else None
        if counts is not None:
            self._out.append(UsageReported(usage=counts))
        self.error(member_or_none(response, "error") or {})

    def error(self, wire: Obj) -> None:
        """`error`: flat, or as error answers have it."""
        self._over = True
        told = member_or_none(wire, "error") or wire
        code = text_or_none(told, "code") or "server_error"
        self._out.append(
            Failed(
                code=code,
                message=text_or_none(told, "message") or "the provider reported an error",
                status=429 if code.startswith("rate_limit") else 502,
            )
        )

    def ping(self, wire: Obj) -> None:  # noqa: ARG002 - as all readers
        """`keepalive`."""
        self._out.append(Pinged())

    def _item(self, wire: Obj) -> OpenItem:
        self._start({})
        at = _index(wire, "output_index")
        return self._parts.items.get(at) or self._parts.add(at, {"type": _kind_of(wire)})

    def _content(self, wire: Obj, kind: Literal["text", "refusal"]) -> OpenPart:
        return self._parts.content(self._item(wire), _index(wire, "content_index"), kind)

    def _open_call(self, item: OpenItem, wire: Obj) -> OpenPart:
        call_id = text_or_none(wire, "call_id") or text_or_none(wire, "id")
        return self._parts.call(
            item, call_id or f"{self._prefix}_{item.at}", text_or_none(wire, "name") or ""
        )

    def _item_whole(self, at: int, wire: Obj) -> None:
        """An item as it is in the end: what was not yet said of it."""
        item = self._parts.items.get(at) or self._parts.add(at, wire)
        if item.kind == "message":
            for index, part in enumerate(items(wire, "content")):
                if type(part) is dict:
                    self._content_whole(item, index, part)
        elif item.kind in _CALLS:
            call = item.parts.get(("call", 0)) or self._open_call(item, wire)
            key = "arguments" if item.kind == "function_call" else "input"
            self._parts.complete(call, text_or_none(wire, key))
        elif item.kind == "reasoning":
            self._thought_whole(item, wire)
        else:
            name = text_or_none(wire, "type") or "item"
            native = Native(dialect=DIALECT, name=name, value=wire)
            self._out.append(PartGiven(index=self._parts.take(), part=native))
        self._parts.close(at)

    def _content_whole(self, item: OpenItem, index: int, wire: Obj) -> None:
        kind = wire.get("type")
        if kind == "output_text":
            part = self._parts.content(item, index, "text")
            self._parts.complete(part, text_or_none(wire, "text"))
            for annotation in items(wire, "annotations")[part.cited :]:
                if type(annotation) is dict:
                    self._parts.cite(part, citation_of(annotation))
            self._parts.stop(part)
        elif kind == "refusal":
            part = self._parts.content(item, index, "refusal")
            self._parts.complete(part, text_or_none(wire, "refusal"))
            self._parts.stop(part)

    def _thought_whole(self, item: OpenItem, wire: Obj) -> None:
        for index, words in enumerate(_texts(wire, "summary")):
            if ("summary", index) not in item.parts:
                self._parts.complete(self._parts.thought(item, "summary", index), words)
        for index, words in enumerate(_texts(wire, "content")):
            if ("reasoning", index) not in item.parts:
                self._parts.complete(self._parts.thought(item, "reasoning", index), words)
        state = text_or_none(wire, "encrypted_content")
        if state is not None:
            self._parts.give_state(item, read_state(state))

    def _finish(self, response: Obj) -> None:
        """The end: what is open is closed, and what came in no event of its own is told."""
        self._start(response)
        self._parts.close_all()
        if self._parts.next_index == 0:
            for at, item in enumerate(items(response, "output")):
                if type(item) is dict:
                    self._item_whole(at, item)
        self._out += (Filtered(filter=filter_) for filter_ in filters_of(response))

    def _stop(self, response: Obj, stop: StopReason, detail: str | None) -> None:
        self._over = True
        self._out.append(Stopped(stop=stop, stop_detail=detail))
        usage = member_or_none(response, "usage")
        counts = counted(usage) if usage else None
        if counts is not None:
            tier = text_or_none(response, "service_tier")
            self._out.append(UsageReported(usage=counts, service_tier=tier))
        self._out.append(Ended())


def _index(wire: Obj, key: str) -> int:
    """A place; hosts that leave it out have one of each."""
    value = wire.get(key)
    return value if type(value) is int else 0


def _texts(wire: Obj, key: str) -> list[str]:
    found: list[str] = []
    for value in items(wire, key):
        words = value.get("text") if type(value) is dict else None
        found.append(words if type(words) is str else "")
    return found


def _kind_of(wire: Obj) -> str:
    """The type of an item that was never announced, by the event that adds to it."""
    kind = text(wire, "type")
    if "function_call" in kind:
        return "function_call"
    if "custom_tool_call" in kind:
        return "custom_tool_call"
    return "reasoning" if "reasoning" in kind else "message"


_READERS: Final[dict[str, Callable[[ResponsesDecoder, Obj], None]]] = {
    "error": ResponsesDecoder.error,
    "keepalive": ResponsesDecoder.ping,
    "response.cancelled": ResponsesDecoder.cancelled,
    "response.completed": ResponsesDecoder.completed,
    "response.content_part.added": ResponsesDecoder.content_added,
    "response.content_part.done": ResponsesDecoder.content_done,
    "response.created": ResponsesDecoder.begin,
    "response.custom_tool_call_input.delta": ResponsesDecoder.arguments_delta,
    "response.custom_tool_call_input.done": ResponsesDecoder.arguments_done,
    "response.failed": ResponsesDecoder.failed,
    "response.function_call_arguments.delta": ResponsesDecoder.arguments_delta,
    "response.function_call_arguments.done": ResponsesDecoder.arguments_done,
    "response.in_progress": ResponsesDecoder.begin,
    "response.incomplete": ResponsesDecoder.incomplete,
    "response.output_item.added": ResponsesDecoder.item_added,
    "response.output_item.done": ResponsesDecoder.item_done,
    "response.output_text.annotation.added": ResponsesDecoder.annotated,
    "response.output_text.delta": ResponsesDecoder.text_delta,
    "response.output_text.done": ResponsesDecoder.text_done,
    "response.queued": ResponsesDecoder.begin,
    "response.reasoning_summary_text.delta": ResponsesDecoder.summary_delta,
    "response.reasoning_summary_text.done": ResponsesDecoder.summary_done,
    "response.reasoning_text.delta": ResponsesDecoder.thought_delta,
    "response.reasoning_text.done": ResponsesDecoder.thought_done,
    "response.refusal.delta": ResponsesDecoder.refusal_delta,
    "response.refusal.done": ResponsesDecoder.refusal_done,
}
"""Events that say something in the canonical form; all others only this API's clients read."""
