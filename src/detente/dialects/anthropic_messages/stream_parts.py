"""Parts of a streamed answer as content blocks, one after the other, with indexes from 0.

A signature stands last in its block; free text for a tool is wrapped as it comes; what has no block
(speech, say) is named once and skipped.

>>> out: list[bytes] = []
>>> writer = PartWriter(Losses())
>>> writer.open(PartStarted(kind="text", index=3), out)
>>> out[0][:71]
b'event: content_block_start\\ndata: {"type":"content_block_start","index":'
"""

from typing import Final

import msgspec

from detente.canonical.content import Opaque, Refusal
from detente.canonical.events import Cited, Delta, PartGiven, PartStarted, StateGiven
from detente.canonical.extras import Obj
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import laid_over
from detente.dialects._codec.state import carried
from detente.dialects.anthropic_messages.answer_parts import encode_answer_part
from detente.dialects.anthropic_messages.citations import encode_citation
from detente.dialects.anthropic_messages.frames import DELTAS, event_bytes, unfolded
from detente.dialects.anthropic_messages.words import NAME

LOSSES_NAMED_MAX: Final = 1000
"""What is remembered to have been named; a stream has no end of deltas."""

_ENCODE: Final = msgspec.json.Encoder().encode
_END: Final = b"}}\n\n"
_THOUGHTS: Final = ("reasoning", "summary")


class PartWriter:
    """See the module; `called` and `refused` tell whether a tool was called, an answer refused."""

    __slots__ = ("_count", "_head", "_losses", "_named", "_open", "_state", "called", "refused")

    def __init__(self, losses: Losses) -> None:
        self.called = False
        self.refused = False
        self._losses = losses
        self._named: set[str] = set()
        self._count = 0
        self._open: PartStarted | None = None
        self._head = b""
        self._state: Opaque | None = None

    def lose(self, what: str, path: str, why: str) -> None:
        """Name a loss once, not with every delta."""
        key = f"{what}@{path}"
        if key not in self._named and len(self._named) < LOSSES_NAMED_MAX:
            self._named.add(key)
            self._losses.lose(what, path, why)

    def open(self, event: PartStarted, out: list[bytes]) -> None:
        """A part begins."""
        self._open = event
        if event.kind == "audio":
            self.lose("audio_output", _path(event.index), "an answer of Messages is text")
            return
        block = self._block(event)
        out.append(
            event_bytes("content_block_start", {"index": self._count, "content_block": block})
        )
        kind, member = DELTAS[event.kind]
        self._head = (
            b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,'
            b'"delta":{"type":"%b","%b":' % (self._count, kind.encode(), member.encode())
        )
        if event.kind == "custom_call":
            out.append(self._head + _ENCODE('{"_":"') + _END)

    def _block(self, event: PartStarted) -> Obj:
        """The block as it begins."""
        state = event.state
        if event.kind in _THOUGHTS:
            if state is not None and state.kind == "redacted":
                return {"type": "redacted_thinking", "data": carried(state, NAME)}
            self._state = state
            return {"type": "thinking", "thinking": "", "signature": ""}
        if state is not None:
            self._lose_state(event.index)
        if event.kind in ("tool_call", "custom_call"):
            self.called = True
            call: Obj = {"type": "tool_use", "id": event.id, "name": event.name}
            laid_over(call, event.extras, NAME)
            call["input"] = {}
            return call
        self.refused = self.refused or event.kind == "refusal"
        return {"type": "text", "text": ""}

    def add(self, event: Delta, out: list[bytes]) -> None:
        """More of the part that is open."""
        if event.logprobs:
            self.lose("logprobs", "choices[0].logprobs", "Messages has none")
        if not self._head or not event.text:
            return
        if event.kind == "custom_call":
            told = _ENCODE(_ENCODE(event.text)[1:-1].decode())
        else:
            told = _ENCODE(event.text)
        out.append(self._head + told + _END)

    def keep_state(self, event: StateGiven) -> None:
        """State of the part that is open, to be written when it ends."""
        if self._open is not None and self._open.kind in _THOUGHTS:
            self._state = event.state
        else:
            self._lose_state(event.index)

    def _lose_state(self, index: int) -> None:
        self.lose(
            "reasoning_state", f"{_path(index)}.state", "only thoughts of Messages have signatures"
        )

    def cite(self, event: Cited, out: list[bytes]) -> None:
        """A citation of the text that is open."""
        if self._open is None or self._open.kind != "text":
            self.lose("citations", _path(event.index), "only texts of Messages cite")
            return
        if event.citation.start is not None:
            self.lose("citations", _path(event.index), "Messages cites for a whole text")
        citation = encode_citation(event.citation)
        self._put_delta({"type": "citations_delta", "citation": citation}, out)

    def close(self, out: list[bytes]) -> None:
        """The part that is open ends."""
        part, self._open = self._open, None
        if part is None or not self._head:
            return
        if part.kind == "custom_call":
            out.append(self._head + _ENCODE('"}') + _END)
        if self._state is not None:
            signature = carried(self._state, NAME)
            self._put_delta({"type": "signature_delta", "signature": signature}, out)
            self._state = None
        self._put_stop(out)

    def give(self, event: PartGiven, out: list[bytes]) -> None:
        """A part that came whole."""
        block = encode_answer_part(event.part, _path(event.index), self._losses)
        if block is None:
            return
        self.called = self.called or block.get("type") == "tool_use"
        self.refused = self.refused or isinstance(event.part, Refusal)
        begun, deltas = unfolded(block)
        out.append(
            event_bytes("content_block_start", {"index": self._count, "content_block": begun})
        )
        for delta in deltas:
            self._put_delta(delta, out)
        self._put_stop(out)

    def _put_delta(self, delta: Obj, out: list[bytes]) -> None:
        out.append(event_bytes("content_block_delta", {"index": self._count, "delta": delta}))

    def _put_stop(self, out: list[bytes]) -> None:
        out.append(event_bytes("content_block_stop", {"index": self._count}))
        self._head = b""
        self._count += 1


def _path(index: int) -> str:
    return f"choices[0].parts[{index}]"
