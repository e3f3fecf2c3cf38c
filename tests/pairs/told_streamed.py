"""What a program is told by a stream whose SDK leaves it to add up the pieces.

Chat's chunks and ConverseStream's events; the others' streams are whole values in the end
(`told.from_responses`, `told.from_message`), or a list of them (`told.from_gemini`).

>>> from_converse_events([{"messageStop": {"stopReason": "end_turn"}}]).stop
'end'
"""

from collections.abc import Iterable, Mapping
from typing import Any

from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from detente.canonical.response import StopReason
from detente.canonical.usage import Usage
from tests.pairs.counted import chat_usage, converse_usage, groq_usage
from tests.pairs.stops import CHAT_STOPS, CONVERSE_STOPS
from tests.pairs.told import CALLED, Call, Told, arguments_of, chat_text, ended, thought_beside


class _Calls:
    """Calls by the index that their pieces name."""

    def __init__(self) -> None:
        self._pieces: dict[int, list[str]] = {}

    def add(self, index: int, *, id_: str = "", name: str = "", arguments: str = "") -> None:
        """One more piece of a call."""
        told = self._pieces.setdefault(index, ["", "", ""])
        told[0] = told[0] or id_
        told[1] = told[1] or name
        told[2] += arguments

    def knows(self, index: int) -> bool:
        """Whether a call of this index has begun."""
        return index in self._pieces

    def all(self) -> tuple[Call, ...]:
        """The calls, in the order of their indexes."""
        pieces = (self._pieces[index] for index in sorted(self._pieces))
        return tuple((id_, name, arguments_of(text)) for id_, name, text in pieces)


def from_chat_chunks(chunks: Iterable[ChatCompletionChunk]) -> Told:
    """All chunks of a streamed chat completion; the first choice."""
    text = refusal = reasoning = ""
    calls = _Calls()
    stop: StopReason | None = None
    usage: Usage | None = None
    for chunk in chunks:
        if chunk.usage is not None:
            usage = chat_usage(chunk.usage)
        elif usage is None:
            usage = groq_usage(chunk)
        for choice in chunk.choices:
            if choice.index == 0:
                text += chat_text(choice.delta.content)
                refusal += choice.delta.refusal or ""
                reasoning += thought_beside(choice.delta)
                _add_calls(choice.delta, calls)
                if choice.finish_reason is not None and stop is None:
                    stop = CHAT_STOPS.get(choice.finish_reason, "other")
    found = calls.all()
    return Told(
        text=text,
        calls=found,
        stop=ended(stop, found, refusal),
        refusal=refusal,
        reasoning=reasoning,
        usage=usage,
    )


def _add_calls(delta: ChoiceDelta, calls: _Calls) -> None:
    for call in delta.tool_calls or ():
        said = call.function
        calls.add(
            call.index,
            id_=call.id or "",
            name=(said and said.name) or "",
            arguments=(said and said.arguments) or "",
        )
    if delta.function_call is not None:
        said = delta.function_call
        calls.add(0, name=said.name or "", arguments=said.arguments or "")


def from_converse_events(events: Iterable[Mapping[str, Any]]) -> Told:
    """All events of `converse_stream`."""
    text, thoughts, calls = "", dict[int, str](), _Calls()
    stop: StopReason | None = None
    usage: Usage | None = None
    for event in events:
        if "contentBlockStart" in event:
            _start(event["contentBlockStart"], calls)
        elif "contentBlockDelta" in event:
            index = event["contentBlockDelta"]["contentBlockIndex"]
            delta = event["contentBlockDelta"]["delta"]
            text += delta.get("text", "")
            thought = delta.get("reasoningContent", {}).get("text")
            if thought:
                thoughts[index] = thoughts.get(index, "") + thought
            if "toolUse" in delta and calls.knows(index):
                calls.add(index, arguments=delta["toolUse"]["input"])
        elif "messageStop" in event:
            stop = CONVERSE_STOPS.get(event["messageStop"]["stopReason"], "other")
        elif "metadata" in event:
            usage = converse_usage(event["metadata"].get("usage"))
    found = calls.all()
    return Told(
        text=text,
        calls=found,
        stop=ended(stop, found),
        reasoning="\n\n".join(thoughts.values()),
        usage=usage,
    )


def _start(event: Mapping[str, Any], calls: _Calls) -> None:
    use = event.get("start", {}).get("toolUse")
    if use is not None and use.get("type") in CALLED:
        calls.add(event["contentBlockIndex"], id_=use["toolUseId"], name=use["name"])
