"""The events of `output` items, written one after the other: each is announced, added to, done.

Not the response around them (`stream_encoding`). Parts come one at a time; texts that follow each
other are contents of one message, thoughts that do are one item, up to the one that has state.
"""

from collections.abc import Callable
from typing import Final

from detente.canonical.content import Citation, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from detente.canonical.events import Delta, PartKind, PartStarted
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.state import carried
from detente.dialects.openai_responses.annotations import annotation_of, logprob_wire
from detente.dialects.openai_responses.carrying import leave_state
from detente.dialects.openai_responses.output import (
    begun_call,
    begun_message,
    begun_thought,
    item_of_part,
)
from detente.dialects.openai_responses.words import DIALECT

Say = Callable[[str, Obj], None]
"""Writes one event of a type."""

_CONTENT: Final = ("text", "refusal")
_THOUGHT: Final = ("reasoning", "summary")
_CALL: Final = ("tool_call", "custom_call")


class ItemEvents:
    """See the module; one for each stream. `output` are the items that are done."""

    __slots__ = (
        "_citations",
        "_item",
        "_kind",
        "_logprobs",
        "_losses",
        "_part",
        "_pieces",
        "_say",
        "_sealed",
        "output",
        "refused",
        "response",
    )

    def __init__(self, say: Say, losses: Losses) -> None:
        self.output: list[Json] = []
        self.refused = False
        self.response = ""
        self._say = say
        self._losses = losses
        self._item: Obj | None = None
        self._part: PartKind | None = None
        self._kind = ""
        self._sealed = False
        self._pieces: list[str] = []
        self._citations: list[Json] = []
        self._logprobs: list[Json] = []

    def start(self, event: PartStarted) -> None:
        """A part begins."""
        path = f"choices[0].parts[{event.index}]"
        if event.kind in _CONTENT:
            leave_state(event.state, path, self._losses)
            self._begin_content(event.kind)
        elif event.kind in _THOUGHT:
            self._begin_thought(event)
        elif event.kind in _CALL:
            leave_state(event.state, path, self._losses)
            self._begin_call(event)
        else:
            self._losses.lose("audio_output", path, "the Responses API answers with text")
            self._part = "audio"

    def delta(self, event: Delta) -> None:
        """More of the part that is open."""
        match self._part:
            case "text":
                self._add("response.output_text.delta", event)
            case "refusal":
                self._add("response.refusal.delta", event)
            case "tool_call":
                self._add("response.function_call_arguments.delta", event)
            case "custom_call":
                self._add("response.custom_tool_call_input.delta", event)
            case "reasoning" | "summary":
                self._add_thought(event)
            case _:
                pass

    def state(self, state: Opaque, path: str) -> None:
        """State of the part that is open."""
        if self._part in _THOUGHT and self._item is not None:
            self._item["encrypted_content"] = carried(state, DIALECT)
            self._sealed = True
        else:
            leave_state(state, path, self._losses)

    def cite(self, citation: Citation, path: str) -> None:
        """A citation of the text that is open."""
        if self._part != "text":
            return
        annotation = annotation_of(citation, "".join(self._pieces), path, self._losses, own=False)
        if annotation is not None:
            self._citations.append(annotation)
            self._say(
                "response.output_text.annotation.added",
                {
                    **self._place("content"),
                    "annotation_index": len(self._citations) - 1,
                    "annotation": annotation,
                },
            )

    def stop(self) -> None:
        """The part that is open is complete."""
        part, self._part = self._part, None
        text = "".join(self._pieces)
        self._pieces = []
        if part == "text":
            self._end_text(text)
        elif part == "refusal":
            self._end_refusal(text)
        elif part in _CALL:
            self._end_call(text)
        elif part in _THOUGHT:
            self._end_thought(part, text)

    def cut(self) -> None:
        """A filter cut off the part that is open: a call stays as it is, and is incomplete."""
        item = self._item
        if self._part not in _CALL or item is None:
            self.stop()
            return
        item["input" if "input" in item else "arguments"] = "".join(self._pieces)
        if "status" in item:
            item["status"] = "incomplete"
        self._part, self._item, self._kind, self._pieces = None, None, "", []
        self._give(item)

    def give(self, part: Part, index: int) -> None:
        """A part that came whole."""
        path = f"choices[0].parts[{index}]"
        if isinstance(part, (Text, Refusal, Reasoning, ToolCall)):
            self._losses.lose("native_part", path, "this part comes in pieces")
            return
        item = item_of_part(part, path, self.response, len(self.output), self._losses)
        if item is not None:
            self.close()
            self._announce(item)
            self._done(item)

    def close(self) -> None:
        """The item that is open is done."""
        if self._part is not None:
            self.stop()
        item, self._item = self._item, None
        if item is not None:
            self._done(item)
        self._kind = ""

    def _begin_content(self, kind: PartKind) -> None:
        if self._kind != "message":
            self.close()
            self._kind = "message"
            self._item = begun_message(self.response, len(self.output))
            self._announce(self._item)
        self._part = kind
        self.refused = self.refused or kind == "refusal"
        part: Obj = {"type": "refusal", "refusal": ""}
        if kind == "text":
            part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
        self._say("response.content_part.added", {**self._place("content"), "part": part})

    def _begin_thought(self, event: PartStarted) -> None:
        if self._kind != "reasoning" or self._sealed:
            self.close()
            self._kind = "reasoning"
            self._sealed = False
            self._item = begun_thought(event.id, self.response, len(self.output))
            self._announce(self._item)
        self._part = event.kind
        if event.state is not None:
            self.state(event.state, "")

    def _begin_call(self, event: PartStarted) -> None:
        self.close()
        self._kind = "call"
        self._part = event.kind
        index = len(self.output)
        self._item = begun_call(event.kind, event.id, event.name, self.response, index)
        self._announce(self._item)

    def _add(self, type_: str, event: Delta) -> None:
        if not event.text:
            return
        self._pieces.append(event.text)
        item = self._item
        if item is None:
            return
        said: Obj = {
            "item_id": item["id"],
            "output_index": len(self.output),
            "delta": event.text,
        }
        if self._kind == "message":
            content = item["content"]
            said["content_index"] = len(content) if type(content) is list else 0
            if self._part == "text":
                logprobs: list[Json] = [logprob_wire(one, whole=False) for one in event.logprobs]
                if logprobs:
                    self._logprobs += (logprob_wire(one, whole=True) for one in event.logprobs)
                said["logprobs"] = logprobs
        self._say(type_, said)

    def _add_thought(self, event: Delta) -> None:
        """A paragraph is announced by its first words: a thought may be state only."""
        if not event.text:
            return
        summed = self._part == "summary"
        if not self._pieces:
            part: Obj = {"type": "summary_text" if summed else "reasoning_text", "text": ""}
            kind = "reasoning_summary_part" if summed else "content_part"
            self._say(f"response.{kind}.added", {**self._thought_place(), "part": part})
        self._pieces.append(event.text)
        kind = "reasoning_summary_text" if summed else "reasoning_text"
        self._say(f"response.{kind}.delta", {**self._thought_place(), "delta": event.text})

    def _end_text(self, text: str) -> None:
        logprobs, self._logprobs = self._logprobs, []
        citations, self._citations = self._citations, []
        part: Obj = {
            "type": "output_text",
            "annotations": citations,
            "logprobs": logprobs,
            "text": text,
        }
        place = self._place("content")
        self._say("response.output_text.done", {**place, "text": text, "logprobs": logprobs})
        self._say("response.content_part.done", {**place, "part": part})
        self._append("content", part)

    def _end_refusal(self, text: str) -> None:
        place = self._place("content")
        part: Obj = {"type": "refusal", "refusal": text}
        self._say("response.refusal.done", {**place, "refusal": text})
        self._say("response.content_part.done", {**place, "part": part})
        self._append("content", part)

    def _end_call(self, text: str) -> None:
        item = self._item
        if item is None:
            return
        place: Obj = {"item_id": item["id"], "output_index": len(self.output)}
        if item["type"] == "function_call":
            if not text:  # a function without arguments is called with none of them, not with none
                text = "{}"
                self._say("response.function_call_arguments.delta", {**place, "delta": text})
            item["arguments"] = text
            self._say("response.function_call_arguments.done", {**place, "arguments": text})
        else:
            item["input"] = text
            self._say("response.custom_tool_call_input.done", {**place, "input": text})
        self.close()

    def _end_thought(self, part: PartKind | None, text: str) -> None:
        if not text:
            return
        place = self._thought_place(part)
        if part == "summary":
            wire: Obj = {"type": "summary_text", "text": text}
            self._say("response.reasoning_summary_text.done", {**place, "text": text})
            self._say("response.reasoning_summary_part.done", {**place, "part": wire})
            self._append("summary", wire)
        else:
            wire = {"type": "reasoning_text", "text": text}
            self._say("response.reasoning_text.done", {**place, "text": text})
            self._say("response.content_part.done", {**place, "part": wire})
            self._append("content", wire)

    def _announce(self, item: Obj) -> None:
        self._say("response.output_item.added", {"output_index": len(self.output), "item": item})

    def _done(self, item: Obj) -> None:
        if "status" in item:
            item["status"] = "completed"
        self._give(item)

    def _give(self, item: Obj) -> None:
        """An item as it stands is in the answer."""
        self._say("response.output_item.done", {"output_index": len(self.output), "item": item})
        self.output.append(item)

    def _place(self, name: str) -> Obj:
        """Where the next content of the item that is open stands."""
        item = self._item or {}
        there = item.get(name)
        return {
            "item_id": item.get("id"),
            "output_index": len(self.output),
            "content_index": len(there) if type(there) is list else 0,
        }

    def _thought_place(self, part: PartKind | None = None) -> Obj:
        if (part or self._part) == "reasoning":
            return self._place("content")
        place = self._place("summary")
        place["summary_index"] = place.pop("content_index")
        return place

    def _append(self, name: str, part: Obj) -> None:
        there = None if self._item is None else self._item.setdefault(name, [])
        if type(there) is list:
            there.append(part)
