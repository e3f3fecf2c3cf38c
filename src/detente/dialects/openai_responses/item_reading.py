"""The events of `output` items, read: announced, added to, done.

What deltas left out and a `done` event has, is given then: some hosts send no deltas. A message's
contents are parts, as are a thought's paragraphs, the last of which stays open until the item is
done, because state comes with it. Hosted tools' items are given whole, when they are done. The
response around them is `stream_decoding`'s.
"""

from collections.abc import Callable
from typing import Final, Literal

from detente.canonical.content import Native
from detente.canonical.events import Delta, PartGiven
from detente.canonical.extras import Obj
from detente.dialects._codec.fields import each, items, member_or_none, text, text_or_none
from detente.dialects.openai_responses.annotations import citation_of, logprob_of
from detente.dialects.openai_responses.items import read_state
from detente.dialects.openai_responses.open_parts import OpenItem, OpenPart, OpenParts
from detente.dialects.openai_responses.words import DIALECT

_CALLS: Final = frozenset(("function_call", "custom_tool_call"))


class ItemReader:
    """Reads the events of items into `parts`; each method is for the event that it names."""

    __slots__ = ("_prefix", "parts")

    def __init__(self, id_prefix: str) -> None:
        self.parts = OpenParts()
        self._prefix = id_prefix

    def item_added(self, wire: Obj) -> None:
        """`response.output_item.added`."""
        item = member_or_none(wire, "item")
        if item is None:
            return
        opened = self.parts.add(_index(wire, "output_index"), item)
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
        self.parts.out.append(Delta(kind="text", index=part.index, text=delta, logprobs=logprobs))

    def text_done(self, wire: Obj) -> None:
        """`response.output_text.done`."""
        self.parts.complete(self._content(wire, "text"), text_or_none(wire, "text"))

    def refusal_delta(self, wire: Obj) -> None:
        """`response.refusal.delta`."""
        self.parts.extend(self._content(wire, "refusal"), text(wire, "delta"))

    def refusal_done(self, wire: Obj) -> None:
        """`response.refusal.done`."""
        self.parts.complete(self._content(wire, "refusal"), text_or_none(wire, "refusal"))

    def annotated(self, wire: Obj) -> None:
        """`response.output_text.annotation.added`."""
        annotation = member_or_none(wire, "annotation")
        if annotation is not None:
            self.parts.cite(self._content(wire, "text"), citation_of(annotation))

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
            self.parts.extend(call, text(wire, "delta"))

    def arguments_done(self, wire: Obj) -> None:
        """All of them."""
        item = self._item(wire)
        if item.kind in _CALLS:
            call = item.parts.get(("call", 0)) or self._open_call(item, {})
            key = "arguments" if item.kind == "function_call" else "input"
            self.parts.complete(call, text_or_none(wire, key))

    def summary_delta(self, wire: Obj) -> None:
        """`response.reasoning_summary_text.delta`."""
        part = self.parts.thought(self._item(wire), "summary", _index(wire, "summary_index"))
        self.parts.extend(part, text(wire, "delta"))

    def summary_done(self, wire: Obj) -> None:
        """`response.reasoning_summary_text.done`."""
        part = self.parts.thought(self._item(wire), "summary", _index(wire, "summary_index"))
        self.parts.complete(part, text_or_none(wire, "text"))

    def thought_delta(self, wire: Obj) -> None:
        """`response.reasoning_text.delta`."""
        part = self.parts.thought(self._item(wire), "reasoning", _index(wire, "content_index"))
        self.parts.extend(part, text(wire, "delta"))

    def thought_done(self, wire: Obj) -> None:
        """`response.reasoning_text.done`."""
        part = self.parts.thought(self._item(wire), "reasoning", _index(wire, "content_index"))
        self.parts.complete(part, text_or_none(wire, "text"))

    def item_done(self, wire: Obj) -> None:
        """`response.output_item.done`."""
        at = _index(wire, "output_index")
        item = member_or_none(wire, "item")
        if item is not None:
            self.whole(at, item)

    def _item(self, wire: Obj) -> OpenItem:
        at = _index(wire, "output_index")
        return self.parts.items.get(at) or self.parts.add(at, {"type": _kind_of(wire)})

    def _content(self, wire: Obj, kind: Literal["text", "refusal"]) -> OpenPart:
        return self.parts.content(self._item(wire), _index(wire, "content_index"), kind)

    def _open_call(self, item: OpenItem, wire: Obj) -> OpenPart:
        call_id = text_or_none(wire, "call_id") or text_or_none(wire, "id")
        return self.parts.call(
            item, call_id or f"{self._prefix}_{item.at}", text_or_none(wire, "name") or ""
        )

    def whole(self, at: int, wire: Obj) -> None:
        """An item as it is in the end: what was not yet said of it."""
        item = self.parts.items.get(at) or self.parts.add(at, wire)
        if item.kind == "message":
            for index, part in enumerate(items(wire, "content")):
                if type(part) is dict:
                    self._content_whole(item, index, part)
        elif item.kind in _CALLS:
            call = item.parts.get(("call", 0)) or self._open_call(item, wire)
            key = "arguments" if item.kind == "function_call" else "input"
            self.parts.complete(call, text_or_none(wire, key))
        elif item.kind == "reasoning":
            self._thought_whole(item, wire)
        else:
            name = text_or_none(wire, "type") or "item"
            native = Native(dialect=DIALECT, name=name, value=wire)
            self.parts.out.append(PartGiven(index=self.parts.take(), part=native))
        self.parts.close(at)

    def _content_whole(self, item: OpenItem, index: int, wire: Obj) -> None:
        kind = wire.get("type")
        if kind == "output_text":
            part = self.parts.content(item, index, "text")
            self.parts.complete(part, text_or_none(wire, "text"))
            for annotation in items(wire, "annotations")[part.cited :]:
                if type(annotation) is dict:
                    self.parts.cite(part, citation_of(annotation))
            self.parts.stop(part)
        elif kind == "refusal":
            part = self.parts.content(item, index, "refusal")
            self.parts.complete(part, text_or_none(wire, "refusal"))
            self.parts.stop(part)

    def _thought_whole(self, item: OpenItem, wire: Obj) -> None:
        for index, words in enumerate(_texts(wire, "summary")):
            if ("summary", index) not in item.parts:
                self.parts.complete(self.parts.thought(item, "summary", index), words)
        for index, words in enumerate(_texts(wire, "content")):
            if ("reasoning", index) not in item.parts:
                self.parts.complete(self.parts.thought(item, "reasoning", index), words)
        state = text_or_none(wire, "encrypted_content")
        if state is not None:
            self.parts.give_state(item, read_state(state))


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


READERS: Final[dict[str, Callable[[ItemReader, Obj], None]]] = {
    "response.content_part.added": ItemReader.content_added,
    "response.content_part.done": ItemReader.content_done,
    "response.custom_tool_call_input.delta": ItemReader.arguments_delta,
    "response.custom_tool_call_input.done": ItemReader.arguments_done,
    "response.function_call_arguments.delta": ItemReader.arguments_delta,
    "response.function_call_arguments.done": ItemReader.arguments_done,
    "response.output_item.added": ItemReader.item_added,
    "response.output_item.done": ItemReader.item_done,
    "response.output_text.annotation.added": ItemReader.annotated,
    "response.output_text.delta": ItemReader.text_delta,
    "response.output_text.done": ItemReader.text_done,
    "response.reasoning_summary_text.delta": ItemReader.summary_delta,
    "response.reasoning_summary_text.done": ItemReader.summary_done,
    "response.reasoning_text.delta": ItemReader.thought_delta,
    "response.reasoning_text.done": ItemReader.thought_done,
    "response.refusal.delta": ItemReader.refusal_delta,
    "response.refusal.done": ItemReader.refusal_done,
}
"""Events that say something in the canonical form; others of items only this API's clients read."""
