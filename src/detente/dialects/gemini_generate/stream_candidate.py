"""One candidate of a streamed answer: its pieces in, canonical events out.

>>> reader, out = CandidateReader(0, Calls("call")), []
>>> reader.read_part({"text": "hi"}, (), out)
>>> reader.stop("STOP", out)
>>> [type(event).__name__ for event in out]
['PartStarted', 'Delta', 'PartStopped', 'Stopped']
"""

from typing import Final, Literal

from detente.canonical.content import Opaque, Reasoning, Text, TokenLogprob, ToolCall
from detente.canonical.events import (
    Cited,
    Delta,
    Event,
    PartGiven,
    PartStarted,
    PartStopped,
    StateGiven,
    Stopped,
)
from detente.canonical.extras import Obj
from detente.dialects._codec import fields
from detente.dialects._codec.arguments import arguments_text
from detente.dialects.gemini_generate.part_decoding import Calls, decode_part, state_of
from detente.dialects.gemini_generate.partial_call import PartialCall
from detente.dialects.gemini_generate.response_decoding import stop_of
from detente.dialects.gemini_generate.sources import SOURCES_MAX, cited, recited

TEXT_CHARACTERS_MAX: Final = 1_000_000
"""Text that is kept for the places of citations, which count from its beginning."""

Said = Literal["text", "reasoning"]


class CandidateReader:
    """See the module; one for each candidate."""

    __slots__ = (
        "_call",
        "_called",
        "_calls",
        "_index",
        "_kept",
        "_kind",
        "_next",
        "_part",
        "_sources",
        "_texts",
        "stopped",
    )

    def __init__(self, index: int, calls: Calls) -> None:
        self.stopped = False
        self._index = index
        self._calls = calls
        self._kind: Said | None = None
        self._part = -1
        self._next = 0
        self._texts: list[str] = []
        self._kept = 0
        self._called = False
        self._call: PartialCall | None = None
        self._sources: set[tuple[int | None, int | None, str | None]] = set()

    def read_part(self, part: Obj, logprobs: tuple[TokenLogprob, ...], out: list[Event]) -> None:
        """One part of one event; raises `Misfit`."""
        said = part.get("text")
        if type(said) is str and len(part) == 1:
            self._add("text", said, None, logprobs, out)
            return
        call = part.get("functionCall")
        if type(call) is dict and (
            self._call is not None or "partialArgs" in call or "willContinue" in call
        ):
            self._read_piece(part, call, out)
            return
        decoded = decode_part(part, self._calls)
        if isinstance(decoded, Text):
            self._add("text", decoded.text, decoded.state, logprobs, out)
        elif isinstance(decoded, Reasoning):
            self._add("reasoning", decoded.text, decoded.state, (), out)
        elif isinstance(decoded, ToolCall):
            self._give(decoded.id, decoded.name, decoded.arguments, decoded.state, out)
        else:
            self._close(out)
            out.append(PartGiven(index=self._take(), part=decoded, choice=self._index))

    def read_sources(self, source: Obj, out: list[Event]) -> None:
        """The citations of the text that is open; platforms repeat those that they have told."""
        grounding, recitation = source.get("groundingMetadata"), source.get("citationMetadata")
        if self._kind != "text" or not (grounding or recitation):
            return
        text = "".join(self._texts)
        found = cited(grounding, [text]).get(0, []) if type(grounding) is dict else []
        if type(recitation) is dict:
            found += recited(recitation, text)
        for citation in found:
            key = (citation.start, citation.end, citation.url)
            if key not in self._sources and len(self._sources) < SOURCES_MAX:
                self._sources.add(key)
                out.append(Cited(index=self._part, citation=citation, choice=self._index))

    def stop(self, word: str, out: list[Event]) -> None:
        """The candidate ends; what is open ends with it."""
        self._end_call(out)
        self._close(out)
        stop, detail = stop_of(word, calls_made=self._called)
        if stop is not None and not self.stopped:
            self.stopped = True
            out.append(Stopped(stop=stop, choice=self._index, stop_detail=detail))

    def _add(
        self,
        kind: Said,
        text: str,
        state: Opaque | None,
        logprobs: tuple[TokenLogprob, ...],
        out: list[Event],
    ) -> None:
        """A piece of text or thought; with its state it is the last piece of its part."""
        if not text and state is None:
            return
        if self._kind != kind:
            self._close(out)
            self._kind = kind
            self._texts.clear()
            self._kept = 0
            out.append(PartStarted(kind=kind, index=self._take(), choice=self._index))
        if text:
            out.append(
                Delta(kind=kind, index=self._part, text=text, choice=self._index, logprobs=logprobs)
            )
            if kind == "text" and self._kept < TEXT_CHARACTERS_MAX:
                self._kept += len(text)
                self._texts.append(text)
        if state is not None:
            out.append(StateGiven(index=self._part, state=state, choice=self._index))
            if kind == "reasoning":
                self._close(out)

    def _read_piece(self, part: Obj, call: Obj, out: list[Event]) -> None:
        """A piece of a call whose arguments are streamed."""
        name = fields.text_or_none(call, "name")
        if name:
            self._end_call(out)
            id_ = self._calls.called(name, fields.text_or_none(call, "id"))
            self._call = PartialCall(name, id_, state_of(part))
            arguments = call.get("args")
            if type(arguments) is dict:
                self._call.arguments.update(arguments)
        if self._call is not None:
            self._call.add(call.get("partialArgs"))
        if call.get("willContinue") is not True:
            self._end_call(out)

    def _end_call(self, out: list[Event]) -> None:
        call, self._call = self._call, None
        if call is not None:
            self._give(call.id, call.name, arguments_text(call.arguments), call.state, out)

    def _give(
        self, id_: str, name: str, arguments: str, state: Opaque | None, out: list[Event]
    ) -> None:
        """A whole call."""
        self._close(out)
        self._called = True
        index, choice = self._take(), self._index
        out.append(
            PartStarted(
                kind="tool_call", index=index, choice=choice, id=id_, name=name, state=state
            )
        )
        out.append(Delta(kind="tool_call", index=index, text=arguments, choice=choice))
        out.append(PartStopped(index=index, choice=choice))

    def _close(self, out: list[Event]) -> None:
        if self._kind is not None:
            out.append(PartStopped(index=self._part, choice=self._index))
            self._kind = None

    def _take(self) -> int:
        self._part = self._next
        self._next += 1
        return self._part
