"""What an answer says in words, for whoever looks at it as a whole: a detector on another machine.

>>> list(texts_of(response))
['to ⟨EMAIL_abcdefghijklm⟩']
"""

from collections.abc import Iterable, Iterator
from typing import Final, assert_never

import msgspec

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
from detente.canonical.events import Delta, Event, PartGiven, StateGiven
from detente.canonical.response import Response

COLLECTED_CHARACTERS_MAX: Final = 4 * 1024 * 1024
"""Of a stream that waits as a whole: far more than any model says in one answer."""
EVENT_CHARACTERS: Final = 16
"""What an event counts for besides its words, so that a quarter of a million may wait: a stream may
say nothing for as long as it lasts, but that it is alive."""


class Collected:
    """A stream that waits to be looked at as a whole: its `events`, and its words by part."""

    __slots__ = ("_characters", "_pieces", "events")

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._pieces: dict[tuple[int, int], list[str]] = {}
        self._characters = 0

    @property
    def is_full(self) -> bool:
        """Whether it is longer than may wait."""
        return self._characters > COLLECTED_CHARACTERS_MAX

    @property
    def texts(self) -> tuple[str, ...]:
        """The words of each part."""
        return tuple("".join(pieces) for pieces in self._pieces.values())

    def hear(self, events: Iterable[Event]) -> None:
        """The words of these events count."""
        for event in events:
            self._characters += EVENT_CHARACTERS
            if isinstance(event, Delta):
                self._characters += len(event.text)
                if event.kind != "audio":
                    self._pieces.setdefault((event.choice, event.index), []).append(event.text)
            elif isinstance(event, StateGiven):
                self._characters += len(event.state.value)
            elif isinstance(event, PartGiven):
                words = list(words_of(event.part))
                self._pieces.setdefault((event.choice, event.index), []).extend(words)
                self._characters += sum(map(len, words))


def texts_of(response: Response) -> Iterator[str]:
    """What a whole answer says: text, refusals, thoughts, arguments of calls."""
    for choice in response.choices:
        for part in choice.parts:
            yield from words_of(part)


def words_of(part: Part) -> Iterator[str]:
    """What a part says, none of it empty."""
    match part:
        case Text() | Refusal():
            words: tuple[str, ...] = (part.text,)
        case Reasoning():
            words = (part.text or "", *part.summary)
        case ToolCall():
            words = (part.arguments,)
        case ToolResult():
            data = () if part.data is None else (msgspec.json.encode(part.data).decode(),)
            words = (*data, *(word for inner in part.parts for word in words_of(inner)))
        case Media():
            words = (part.transcript or "",)
        case Native():
            words = (msgspec.json.encode(part.value).decode(),)
        case _:
            assert_never(part)
    yield from (word for word in words if word)
