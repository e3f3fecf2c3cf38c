"""OpenAI's moderation: thirteen categories, each found or not, without a severity.

The shapes are those of openai 3.54.0 (`types/moderation.py`), in which `illicit` and
`illicit/violent` may be missing, for the older models do not know them. What is beyond 32,768
tokens of an input is not looked at (https://platform.openai.com/docs/models, as quoted by its
users; read 2026-11-22). A token is at least a byte, so that 8,000 characters are never more.

>>> OpenAIModeration(name="m").asks(("hello",), "input")[0].body
b'{"model":"omni-moderation-latest","input":["hello"]}'
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from detente.canonical.guardrail import Stage
from detente.canonical.safety import SafetyCategory, SafetySignal
from detente.canonical.safety_words import MODERATION
from detente.guardrails.remote.asking import (
    Ask,
    answer_of,
    bounded,
    flagged,
    looked_at,
    miscounted,
    once,
    unlike,
)

PATH: Final = "/moderations"
MODEL: Final = "omni-moderation-latest"
TEXT_CHARACTERS_MAX: Final = 8_000
INPUTS_MAX: Final = 32
"""Of one request; how many OpenAI takes is not said."""
OPTIONAL: Final = frozenset(("illicit", "illicit/violent"))


class _Result(msgspec.Struct, frozen=True):
    """What was found in one input."""

    flagged: bool
    categories: dict[str, bool | None]
    category_scores: dict[str, float | None]


class _Answer(msgspec.Struct, frozen=True):
    """One result an input."""

    id: str
    model: str
    results: list[_Result]


class OpenAIModeration(msgspec.Struct, frozen=True, kw_only=True):
    """OpenAI's moderation by one of its models; see the module."""

    name: str
    model: str = MODEL
    stages: tuple[Stage, ...] = ("input",)

    @property
    def categories(self) -> tuple[SafetyCategory, ...]:
        """All that its words mean."""
        return tuple(dict.fromkeys(MODERATION.values()))

    @property
    def paths(self) -> tuple[str, ...]:
        """The one that it is asked by."""
        return (PATH,)

    def asks(self, texts: Sequence[str], stage: Stage) -> tuple[Ask, ...]:
        """Up to `INPUTS_MAX` texts in a request; raises `DetectorError` where those are too
        many."""
        parts = tuple(looked_at(texts, TEXT_CHARACTERS_MAX))
        return bounded(
            self._ask(parts[start : start + INPUTS_MAX], stage)
            for start in range(0, len(parts), INPUTS_MAX)
        )

    def verdict(self, ask: Ask, status: int, body: bytes) -> tuple[SafetySignal, ...]:
        """What was found in any input; raises `DetectorError`."""
        results = answer_of(_Answer, status, body).results
        if len(results) != ask.inputs:
            raise miscounted()
        return once(signal for result in results for signal in _signals(result, ask.stage))

    def _ask(self, inputs: tuple[str, ...], stage: Stage) -> Ask:
        body = msgspec.json.encode({"model": self.model, "input": inputs})
        return Ask(path=PATH, body=body, stage=stage, inputs=len(inputs))


def _signals(result: _Result, stage: Stage) -> Iterator[SafetySignal]:
    """What one result says, which has to speak of every category, and not against itself."""
    said = result.categories
    silent = (name for name in MODERATION if name not in OPTIONAL and said.get(name) is None)
    found = [name for name, is_found in said.items() if is_found]
    if any(silent) or result.flagged != bool(found):
        raise unlike()
    for name in found:
        yield flagged(stage, MODERATION.get(name, "other"), name, "openai")
