"""A whole answer as the events of a stream: for a client that asked for one where none came.

>>> from detente.canonical.content import Text
>>> from detente.canonical.response import Choice, Response
>>> answer = Response(id="r", model="m", choices=(Choice(parts=(Text(text="hi"),), stop="end"),))
>>> [type(event).__name__ for event in events_of(answer)]
['Started', 'PartStarted', 'Delta', 'PartStopped', 'Stopped', 'Ended']
"""

from typing import assert_never

from detente.canonical.content import (
    Media,
    Native,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Event,
    Filtered,
    PartGiven,
    PartKind,
    PartStarted,
    PartStopped,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.response import Choice, Response


def events_of(response: Response) -> list[Event]:
    """The events that say what `response` says."""
    events: list[Event] = [
        Started(
            id=response.id,
            model=response.model,
            created_s=response.created_s,
            service_tier=response.service_tier,
        )
    ]
    events += (Filtered(filter=filter_) for filter_ in response.filters)
    for choice in response.choices:
        _add_choice(choice, events)
    if not response.choices:  # the prompt was blocked
        events.append(Stopped(stop="content_filter"))
    if response.usage is not None:
        events.append(UsageReported(usage=response.usage, service_tier=response.service_tier))
    events.append(Ended())
    return events


def _add_choice(choice: Choice, events: list[Event]) -> None:
    index = 0
    for part in choice.parts:
        index += _add_part(part, index, choice.index, events)
    events += (Filtered(filter=filter_, choice=choice.index) for filter_ in choice.filters)
    if choice.stop is not None:
        events.append(
            Stopped(
                stop=choice.stop,
                choice=choice.index,
                stop_sequence=choice.stop_sequence,
                stop_detail=choice.stop_detail,
            )
        )


def _add_part(part: Part, index: int, choice: int, events: list[Event]) -> int:
    """Add one part; the number of indexes that it took."""
    match part:
        case Text():
            events.append(PartStarted(kind="text", index=index, choice=choice, state=part.state))
            _add_text(part, index, choice, events)
            events += (
                Cited(index=index, citation=citation, choice=choice) for citation in part.citations
            )
        case Refusal():
            events.append(PartStarted(kind="refusal", index=index, choice=choice))
            _add_text(part, index, choice, events)
        case Reasoning():
            return _add_reasoning(part, index, choice, events)
        case ToolCall():
            kind: PartKind = "tool_call" if part.kind == "function" else "custom_call"
            events.append(
                PartStarted(
                    kind=kind,
                    index=index,
                    choice=choice,
                    id=part.id,
                    name=part.name,
                    state=part.state,
                )
            )
            events.append(Delta(kind=kind, index=index, text=part.arguments, choice=choice))
        case Media() | Native() | ToolResult():
            events.append(PartGiven(index=index, part=part, choice=choice))
            return 1
        case _:
            assert_never(part)
    events.append(PartStopped(index=index, choice=choice))
    return 1


def _add_text(part: Text | Refusal, index: int, choice: int, events: list[Event]) -> None:
    if part.text:
        kind: PartKind = "text" if isinstance(part, Text) else "refusal"
        events.append(
            Delta(kind=kind, index=index, text=part.text, choice=choice, logprobs=part.logprobs)
        )


def _add_reasoning(part: Reasoning, index: int, choice: int, events: list[Event]) -> int:
    """Each paragraph of a summary, and the thoughts, as parts; the state is the last one's."""
    pieces: list[tuple[PartKind, str]] = [("summary", paragraph) for paragraph in part.summary]
    if part.text or not pieces:
        pieces.append(("reasoning", part.text))
    for at, (kind, text) in enumerate(pieces):
        events.append(PartStarted(kind=kind, index=index + at, choice=choice, id=part.id or ""))
        if text:
            events.append(Delta(kind=kind, index=index + at, text=text, choice=choice))
        if part.state is not None and at == len(pieces) - 1:
            events.append(StateGiven(index=index + at, state=part.state, choice=choice))
        events.append(PartStopped(index=index + at, choice=choice))
    return len(pieces)
