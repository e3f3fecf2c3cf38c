"""Chunks of a streamed chat completion, one choice's parts after the other, for events of any
dialect. The frame of the stream (its end, its usage, its errors) is `stream_encoding.py`'s.
"""

from typing import Final, assert_never

import msgspec

from detente.canonical.content import (
    Media,
    Native,
    Opaque,
    ToolResult,
)
from detente.canonical.events import (
    Cited,
    Delta,
    Filtered,
    PartGiven,
    PartKind,
    PartStarted,
    PartStopped,
    Started,
    StateGiven,
    Stopped,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.usage import Usage
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign
from detente.dialects.codec import Reply
from detente.dialects.openai_chat.annotations import annotation, logprob_object
from detente.dialects.openai_chat.answers_encoding import ANSWER_LOSS
from detente.dialects.openai_chat.calls import state_object
from detente.dialects.openai_chat.choice_encoding import finish_of, name_stop, write_filter
from detente.dialects.openai_chat.counts import counts
from detente.dialects.openai_chat.pieces import PartEvent, pieces_of
from detente.dialects.openai_chat.reasoning import details_of
from detente.dialects.openai_chat.response_encoding import chat_id
from detente.dialects.openai_chat.words import CHAT, GEMINI, SERVICE_TIERS

_ENCODE: Final = msgspec.json.Encoder().encode
_TEXT_MEMBERS: Final[dict[PartKind, bytes]] = {
    "text": b"content",
    "refusal": b"refusal",
    "reasoning": b"reasoning_content",
    "summary": b"reasoning_content",
}


class _ChoiceState(msgspec.Struct, kw_only=True, gc=False):
    """What was written of one choice. `calls` are the `index`es of its calls by part; `starts` are
    the offsets in the content at which its texts begin. `annotations` and `details` (of reasoning)
    wait for the end: the official helper joins no lists of them that come in several chunks."""

    calls: dict[int, int] = {}
    argued: set[int] = set()
    starts: dict[int, int] = {}
    kinds: dict[int, PartKind] = {}
    length: int = 0
    annotations: list[Json] = []
    details: list[Json] = []
    thought: bool = False
    gap: bool = False
    refused: bool = False
    stopped: bool = False


class ChunkWriter:
    """Writes chunks to a list of bytes; `losses` are those met so far."""

    __slots__ = ("_choices", "_fast", "_head", "_reply", "_started", "losses")

    def __init__(self, reply: Reply) -> None:
        self.losses = Losses()
        self._reply = reply
        self._choices: dict[int, _ChoiceState] = {}
        self._head = b""
        self._fast: dict[PartKind, bytes] = {}
        self._started = False

    def start(self, event: Started, out: list[bytes]) -> None:
        """The first chunk, which says the role."""
        if self._started:
            return
        self._started = True
        created = self._reply.now_s if event.created_s is None else event.created_s
        head: Obj = {
            "id": chat_id(event.id, self._reply),
            "object": "chat.completion.chunk",
            "created": created,
            "model": event.model,
        }
        if event.service_tier in SERVICE_TIERS:
            head["service_tier"] = event.service_tier
        self._head = b"data: " + _ENCODE(head)[:-1]
        usual = self._head + b',"choices":[{"index":0,"delta":{"'
        self._fast = {kind: usual + name + b'":' for kind, name in _TEXT_MEMBERS.items()}
        self._choice(0, out)

    def part(self, event: PartEvent, out: list[bytes]) -> None:
        """The chunks of one event of a part."""
        match event:
            case Delta():
                self.delta(event, out)
            case PartStarted():
                self._begin(event, out)
            case StateGiven():
                self._state(event.state, event.choice, event.index, out)
            case Cited():
                self._cite(event, out)
            case PartStopped():
                self._stop_part(event, out)
            case PartGiven():
                self._given(event, out)
            case _:
                assert_never(event)

    def delta(self, event: Delta, out: list[bytes]) -> None:
        """What is added to a part; the commonest event, and so a short way."""
        state = self._choices.get(event.choice) or self._choice(event.choice, out)
        match event.kind:
            case "text":
                state.length += len(event.text)
            case "tool_call" | "custom_call":
                self._argue(event, state, out)
                return
            case "audio":
                self._chunk(event.choice, {"audio": {"data": event.text}}, out)
                return
            case "reasoning" | "summary":
                state.thought = True
                if state.gap:
                    state.gap = False
                    self._chunk(event.choice, {"reasoning_content": "\n\n"}, out)
            case "refusal":
                state.refused = True
        if event.choice == 0 and not event.logprobs:
            out.append(
                self._fast[event.kind]
                + _ENCODE(event.text)
                + b'},"logprobs":null,"finish_reason":null}]}\n\n'
            )
            return
        member = _TEXT_MEMBERS[event.kind].decode()
        self._chunk(event.choice, {member: event.text}, out, logprobs=_logprobs(event))

    def stop(self, event: Stopped, out: list[bytes]) -> None:
        """A choice's last chunk, with its reason."""
        state = self._choice(event.choice, out)
        if state.stopped:
            return
        state.stopped = True
        waiting: Obj = {}
        if state.annotations:
            waiting["annotations"] = state.annotations
        if state.details:
            waiting["reasoning_details"] = state.details
        if waiting:
            self._chunk(event.choice, waiting, out)
        finish = finish_of(event.stop, refused=state.refused)
        self._chunk(event.choice, {}, out, finish=finish)
        path = f"choices[{event.choice}]"
        name_stop(event.stop, event.stop_sequence, event.stop_detail, path, self.losses)

    def filter(self, event: Filtered, out: list[bytes]) -> None:
        """A chunk with what a platform's filter said."""
        if event.filter.dialect != CHAT:
            self._lose("content_filter", "filters", "chat has no place for another one's filter")
            return
        chunk: Obj = {"choices": []}
        if event.choice is None:
            write_filter(chunk, event.filter, "filters", self.losses)
        else:
            self._choice(event.choice, out)
            choice: Obj = {"index": event.choice, "delta": {}, "finish_reason": None}
            write_filter(choice, event.filter, "filters", self.losses)
            chunk["choices"] = [choice]
        out.append(self._head + b"," + _ENCODE(chunk)[1:] + b"\n\n")

    def end(self, usage: Usage | None, out: list[bytes]) -> None:
        """What is still due: each choice has its reason; usage, where it is asked for, follows."""
        self._choice(0, out)
        for index, state in self._choices.items():
            if not state.stopped:
                self._chunk(index, {}, out, finish="stop")
        if usage is not None:
            chunk: Obj = {"choices": [], "usage": counts(usage)}
            out.append(self._head + b"," + _ENCODE(chunk)[1:] + b"\n\n")

    def _choice(self, index: int, out: list[bytes]) -> _ChoiceState:
        """A choice; its first chunk says the role."""
        state = self._choices.get(index)
        if state is None:
            if not self._started:
                self.start(Started(id="", model=""), out)
                if index == 0:
                    return self._choices[0]
            state = _ChoiceState(calls={}, argued=set(), starts={}, kinds={})
            self._choices[index] = state
            self._chunk(index, {"role": "assistant", "content": None, "refusal": None}, out)
        return state

    def _chunk(
        self, index: int, delta: Obj, out: list[bytes], *, logprobs: Json = None,
        finish: str | None = None,
    ) -> None:  # fmt: skip
        choice: Obj = {
            "index": index,
            "delta": delta,
            "logprobs": logprobs,
            "finish_reason": finish,
        }
        out.append(self._head + b',"choices":[' + _ENCODE(choice) + b"]}\n\n")

    def _begin(self, event: PartStarted, out: list[bytes]) -> None:
        state = self._choice(event.choice, out)
        state.kinds[event.index] = event.kind
        match event.kind:
            case "tool_call" | "custom_call":
                self._begin_call(event, state, out)
            case "text":
                state.starts[event.index] = state.length
            case "reasoning" | "summary":
                state.gap = state.thought
            case "refusal":
                state.refused = True
            case "audio":
                name = event.id or f"audio_{self._reply.request_id}"
                self._chunk(event.choice, {"audio": {"id": name}}, out)
        if event.state is not None:
            self._state(event.state, event.choice, event.index, out)

    def _begin_call(self, event: PartStarted, state: _ChoiceState, out: list[bytes]) -> None:
        number = len(state.calls)
        state.calls[event.index] = number
        call: Obj = {"index": number, "id": event.id, "type": "function"}
        if event.kind == "custom_call":
            call["type"] = "custom"
            call["custom"] = {"name": event.name, "input": ""}
        else:
            call["function"] = {"name": event.name, "arguments": ""}
        self._chunk(event.choice, {"tool_calls": [call]}, out)

    def _argue(self, event: Delta, state: _ChoiceState, out: list[bytes]) -> None:
        if not event.text:
            return
        number = state.calls.get(event.index)
        if number is None:  # a call that never began has no name to call it by
            return
        state.argued.add(event.index)
        held: Obj = {"arguments": event.text}
        call: Obj = {"index": number, "function": held}
        if event.kind == "custom_call":
            call = {"index": number, "custom": {"input": event.text}}
        self._chunk(event.choice, {"tool_calls": [call]}, out)

    def _stop_part(self, event: PartStopped, out: list[bytes]) -> None:
        """A call without arguments has none to parse: clients read JSON, so it says so."""
        state = self._choice(event.choice, out)
        if state.kinds.get(event.index) == "tool_call" and event.index not in state.argued:
            delta = Delta(kind="tool_call", index=event.index, text="{}", choice=event.choice)
            self._argue(delta, state, out)

    def _state(self, opaque: Opaque, choice: int, index: int, out: list[bytes]) -> None:
        state = self._choice(choice, out)
        details = details_of(opaque)
        number = state.calls.get(index)
        if details is not None:
            state.details += details
        elif opaque.origin == GEMINI and number is not None:
            nothing: Obj = {"arguments": ""}  # the official helper wants a function in each delta
            call: Obj = {
                "index": number,
                "function": nothing,
                "extra_content": state_object(opaque),
            }
            self._chunk(choice, {"tool_calls": [call]}, out)
        elif opaque.origin != CHAT:
            why = "chat has no place for a signature"
            self._lose("reasoning_state", f"choices[{choice}].parts[{index}]", why)

    def _cite(self, event: Cited, out: list[bytes]) -> None:
        state = self._choice(event.choice, out)
        start = state.starts.get(event.index, 0)
        one = annotation(event.citation, offset=start, length=state.length - start)
        path = f"choices[{event.choice}].parts[{event.index}].citations"
        if one is None:
            self._lose("citations", path, "chat's annotations are of URLs only")
            return
        for name, _ in foreign((event.citation.extras,), CHAT):
            self._lose("unknown_member", f"{path}.{name}", "only another API knows this member")
        state.annotations.append(one)

    def _given(self, event: PartGiven, out: list[bytes]) -> None:
        path = f"choices[{event.choice}].parts[{event.index}]"
        for inner in pieces_of(event):
            self.part(inner, out)
        match event.part:
            case Media() as part if part.kind != "audio":
                self._lose(ANSWER_LOSS[part.kind], path, f"chat's answers hold no {part.kind}")
            case Native() as part if part.dialect != CHAT:
                self._lose("native_part", path, f"chat has no part like `{part.name}`")
            case ToolResult():
                self._lose("native_part", path, "chat's answers hold no results of tools")
            case _:
                pass

    def _lose(self, what: str, path: str, why: str) -> None:
        self.losses.lose(what, path, why)


def _logprobs(event: Delta) -> Json:
    if not event.logprobs:
        return None
    key = "refusal" if event.kind == "refusal" else "content"
    tokens: list[Json] = [logprob_object(one) for one in event.logprobs]
    return {"content": None, "refusal": None, key: tokens}
