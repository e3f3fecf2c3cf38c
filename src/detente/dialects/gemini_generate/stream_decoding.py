"""A streamed answer of a Google platform as canonical events.

Every event is a whole answer in small; neighbouring texts and thoughts are pieces of one part, and
calls come whole. The end is the closing of the connection, after a finish reason for every
candidate or a blocked prompt.

>>> decoder = GenerateDecoder()
>>> told = b'data: {"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}]}'
>>> [type(event).__name__ for event in decoder.feed(told + b"\\n\\n") + decoder.close()]
['Started', 'PartStarted', 'Delta', 'PartStopped', 'Stopped', 'Ended']
"""

from typing import Final

from detente.canonical.events import (
    Ended,
    Event,
    Failed,
    Filtered,
    Framed,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.extras import Json, Obj
from detente.canonical.failure import ProviderFault
from detente.dialects._codec import fields
from detente.dialects._codec.fields import Misfit
from detente.dialects._framing.sse_events import EventCutter
from detente.dialects._google.tokens import generate_usage, served_tier
from detente.dialects.gemini_generate import words
from detente.dialects.gemini_generate.frames import framed
from detente.dialects.gemini_generate.part_decoding import Calls
from detente.dialects.gemini_generate.probabilities import logprobs_of
from detente.dialects.gemini_generate.response_decoding import (
    block_reason,
    candidate_filters,
    prompt_filters,
    seconds,
)
from detente.dialects.gemini_generate.stream_candidate import CandidateReader
from detente.dialects.spec import EVENT_BYTES_MAX

CANDIDATES_MAX: Final = 128
"""Candidates in one stream; the platforms give eight at most."""
_DONE: Final = b"[DONE]"
"""What other APIs' streams end with; hosts that imitate this one may send it."""
_STATUSES: Final = range(400, 600)
_STATUS: Final = 502
_USUAL: Final = frozenset(("content", "index", "role"))


class GenerateDecoder:
    """See `StreamDecoder`."""

    __slots__ = (
        "_blocked",
        "_calls",
        "_candidates",
        "_cutter",
        "_failed",
        "_frames",
        "_prefix",
        "_started",
        "_untold",
        "_usage",
    )

    def __init__(
        self,
        *,
        id_prefix: str = "call",
        frames: bool = False,
        event_bytes_max: int = EVENT_BYTES_MAX,
    ) -> None:
        self._cutter = EventCutter(event_bytes_max=event_bytes_max)
        self._frames = frames
        self._prefix = id_prefix
        self._calls = Calls(id_prefix)
        self._candidates: dict[int, CandidateReader] = {}
        self._usage: Obj = {}
        self._untold = False
        self._started = False
        self._blocked = False
        self._failed = False

    def feed(self, piece: bytes) -> list[Event]:
        """The events that `piece` completes; raises `ProviderFault`."""
        out: list[Event] = []
        for _, data in self._cutter.feed(piece):
            self._take(data, out)
        return out

    def close(self) -> list[Event]:
        """What was held, and the end where all was said; half an event is none."""
        out: list[Event] = []
        for _, data in self._cutter.close():
            try:
                self._take(data, out)
            except ProviderFault:
                return out
        if self._failed or not self._started:
            return out
        if self._untold:
            self._tell_usage(out)
        candidates = self._candidates.values()
        if (candidates or self._blocked) and all(one.stopped for one in candidates):
            out.append(Ended())
        return out

    def _take(self, data: bytes, out: list[Event]) -> None:
        if self._failed or data == _DONE:
            return
        try:
            chunk = fields.read_object(data)
            if not self._frames:
                self._read(chunk, out)
                return
            events: list[Event] = []
            self._read(chunk, events)
            out.append(Framed(dialect=words.NAME, name="", members=framed(chunk, events)))
            out += events
        except Misfit as misfit:
            raise misfit.provider_fault() from None
        except RecursionError:
            raise Misfit("", "is nested too deeply").provider_fault() from None

    def _read(self, chunk: Obj, out: list[Event]) -> None:
        if "error" in chunk and "candidates" not in chunk:
            self._fail(chunk["error"], out)
            return
        first = not self._started
        if first:
            self._start(chunk, out)
        if "promptFeedback" in chunk:
            self._judge_prompt(chunk, out)
        finished = False
        listed = chunk.get("candidates")
        if type(listed) is list:
            for position, candidate in enumerate(listed):
                if type(candidate) is not dict:
                    raise Misfit(f"candidates[{position}]", "must be an object")
                finished = self._read_candidate(candidate, position, out) or finished
        elif listed is not None:
            raise Misfit("candidates", "must be a list")
        usage = chunk.get("usageMetadata")
        if type(usage) is dict and usage:
            self._usage = usage
            self._untold = True
            if first or finished or not listed:
                self._tell_usage(out)

    def _start(self, chunk: Obj, out: list[Event]) -> None:
        self._started = True
        out.append(
            Started(
                id=fields.text_or_none(chunk, "responseId") or self._prefix,
                model=fields.text_or_none(chunk, "modelVersion") or "",
                created_s=seconds(chunk.get("createTime")),
            )
        )

    def _judge_prompt(self, chunk: Obj, out: list[Event]) -> None:
        for filter_ in prompt_filters(chunk):
            out.append(Filtered(filter=filter_))
            reason = block_reason(filter_)
            if reason is not None and not self._blocked:
                self._blocked = True
                out.append(Stopped(stop="content_filter", stop_detail=reason))

    def _read_candidate(self, source: Obj, position: int, out: list[Event]) -> bool:
        """One candidate of one event; whether it ends with it."""
        index = source.get("index")
        reader = self._reader(index if type(index) is int else position)
        content = source.get("content")
        logprobs = logprobs_of(source["logprobsResult"]) if "logprobsResult" in source else ()
        parts = content.get("parts") if type(content) is dict else None
        for at, part in enumerate(parts if type(parts) is list else ()):
            if type(part) is not dict:
                raise Misfit(f"candidates[{position}].content.parts[{at}]", "must be an object")
            reader.read_part(part, logprobs, out)
            logprobs = ()
        if source.keys() <= _USUAL:
            return False
        reader.read_sources(source, out)
        word = source.get("finishReason")
        if type(word) is not str:
            return False
        out += [
            Filtered(filter=filter_, choice=position if type(index) is not int else index)
            for filter_ in candidate_filters(source)
        ]
        reader.stop(word, out)
        return True

    def _reader(self, index: int) -> CandidateReader:
        reader = self._candidates.get(index)
        if reader is None:
            if len(self._candidates) >= CANDIDATES_MAX or index < 0:
                raise Misfit("candidates", "must be a few, counted from 0")
            reader = self._candidates[index] = CandidateReader(index, self._calls)
        return reader

    def _tell_usage(self, out: list[Event]) -> None:
        self._untold = False
        out.append(
            UsageReported(usage=generate_usage(self._usage), service_tier=served_tier(self._usage))
        )

    def _fail(self, error: Json, out: list[Event]) -> None:
        self._failed = True
        message, code, status = "the provider reported an error", "upstream_failed", _STATUS
        if type(error) is dict:
            if type(said := error.get("message")) is str and said:
                message = said
            if type(word := error.get("status")) is str and word:
                code = word
            if type(number := error.get("code")) is int and number in _STATUSES:
                status = number
        out.append(Failed(code=code, message=message, status=status))
