"""What a stream says at its end: why each candidate stopped, its sources, its filters.

It is gathered as it comes, for the last event has it all.

>>> ending = Ending(Losses())
>>> ending.stop(Stopped(stop="end"))
>>> ending.candidates()
[{'content': {'parts': [{'text': ''}], 'role': 'model'}, 'finishReason': 'STOP', 'index': 0}]
"""

from typing import Final

from detente.canonical.content import Citation
from detente.canonical.events import Cited, Delta, Filtered, Stopped
from detente.canonical.extras import Json, Obj
from detente.dialects._codec.losses import Losses
from detente.dialects.gemini_generate.response_encoding import (
    add_filter,
    add_stop,
    name_citation,
    name_stop,
)
from detente.dialects.gemini_generate.sources import SOURCES_MAX, grounding_of

TEXT_CHARACTERS_MAX: Final = 1_000_000
"""Text that is kept for citations, which quote it and count from its beginning."""


class Ending:
    """See the module; one for each stream."""

    __slots__ = ("_citations", "_filters", "_kept", "_losses", "_stops", "_texts")

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self._stops: dict[int, Stopped] = {}
        self._filters: dict[int, Obj] = {}
        self._texts: dict[tuple[int, int], list[str]] = {}
        self._kept = 0
        self._citations: dict[tuple[int, int], list[Citation]] = {}

    def keep(self, event: Delta) -> None:
        """Keep a piece of text, which may be cited later."""
        if self._kept < TEXT_CHARACTERS_MAX:
            self._kept += len(event.text)
            self._texts.setdefault((event.choice, event.index), []).append(event.text)

    def cite(self, event: Cited) -> None:
        """A citation of a part."""
        listed = self._citations.setdefault((event.choice, event.index), [])
        if len(listed) < SOURCES_MAX:
            listed.append(event.citation)
            path = f"choices[{event.choice}].parts[{event.index}].citations[{len(listed) - 1}]"
            name_citation(event.citation, path, self._losses)

    def judge(self, event: Filtered) -> None:
        """What a filter says of a candidate."""
        choice = event.choice or 0
        target = self._filters.setdefault(choice, {})
        add_filter(event.filter, target, f"choices[{choice}].filters", self._losses)

    def stop(self, event: Stopped) -> None:
        """Why a candidate ends."""
        self._stops[event.choice] = event
        name_stop(event.stop, f"choices[{event.choice}].stop", self._losses)

    def candidates(self) -> list[Json]:
        """The candidates of the last event, none where no reason was told."""
        found: list[Json] = []
        for choice, stopped in self._stops.items():
            said: list[Json] = [{"text": ""}]
            candidate: Obj = {"content": {"parts": said, "role": "model"}}
            add_stop(stopped.stop, stopped.stop_detail, candidate)
            candidate["index"] = choice
            sources = grounding_of(self._cited(choice))
            if sources:
                candidate["groundingMetadata"] = sources
            candidate.update(self._filters.get(choice, {}))
            found.append(candidate)
        return found

    def _cited(self, choice: int) -> list[tuple[int, str, tuple[Citation, ...]]]:
        """The texts with citations; a client sees them as one, the first part of the candidate."""
        keys = sorted(key for key in self._citations if key[0] == choice)
        return [(0, "".join(self._texts.get(key, ())), tuple(self._citations[key])) for key in keys]
