"""Azure AI Content Safety: four harms with a severity, and Prompt Shields against attacks.

`text:analyze` as in azure-ai-contentsafety 1.0.0 (of a text at most 10,000 code points; severities
0, 2, 4, 6 where four levels are asked for). `text:shieldPrompt` as in
https://learn.microsoft.com/azure/ai-services/content-safety/quickstart-jailbreak (read 2026-11-22):
nobody here knows which of the texts a user wrote and which came from elsewhere, so each is shown as
both. The version is the first that has both operations beyond preview.

>>> AzureContentSafety(name="a").asks(("hello",), "input")[0].path
'/contentsafety/text:analyze?api-version=2024-09-01'
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import msgspec

from detente.canonical.guardrail import Stage
from detente.canonical.safety import SafetyCategory, SafetySignal
from detente.canonical.safety_words import AZURE
from detente.guardrails.remote.asking import (
    Ask,
    answer_of,
    bounded,
    flagged,
    miscounted,
    once,
    packed,
    unlike,
)

Analysis = Literal["harm", "prompt_attack"]

VERSION: Final = "2024-09-01"
ANALYZE: Final = f"/contentsafety/text:analyze?api-version={VERSION}"
SHIELD: Final = f"/contentsafety/text:shieldPrompt?api-version={VERSION}"
TEXT_CHARACTERS_MAX: Final = 10_000
HARMS: Final = {
    "Hate": "hate",
    "SelfHarm": "self_harm",
    "Sexual": "sexual",
    "Violence": "violence",
}
"""What the service calls what Azure's filters call otherwise."""
SEVERITIES: Final = {0: 0, 2: 1, 4: 2, 6: 3}


class _Harm(msgspec.Struct, frozen=True):
    """How much of one harm there is."""

    category: str
    severity: int


class _Match(msgspec.Struct, frozen=True, rename={"name": "blocklistName"}):
    """A word of a list of the customer's; which word is content."""

    name: str


class _Analyzed(
    msgspec.Struct,
    frozen=True,
    rename={"harms": "categoriesAnalysis", "matches": "blocklistsMatch"},
):
    """The answer of `text:analyze`."""

    harms: list[_Harm]
    matches: list[_Match] | None = None


class _Attack(msgspec.Struct, frozen=True, rename={"detected": "attackDetected"}):
    """Whether a prompt or document is an attack."""

    detected: bool


class _Shielded(
    msgspec.Struct,
    frozen=True,
    rename={"prompt": "userPromptAnalysis", "documents": "documentsAnalysis"},
):
    """The answer of `text:shieldPrompt`."""

    prompt: _Attack
    documents: list[_Attack]


class AzureContentSafety(msgspec.Struct, frozen=True, kw_only=True):
    """One resource; `blocklists` are names of lists that are kept there. See the module.

    Attacks are looked for in what is sent, never in answers.
    """

    name: str
    analyses: tuple[Analysis, ...] = ("harm",)
    blocklists: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ("input",)

    @property
    def categories(self) -> tuple[SafetyCategory, ...]:
        """What is asked for."""
        found: list[SafetyCategory] = []
        if "harm" in self.analyses:
            found.extend(AZURE[name] for name in HARMS.values())
        if "prompt_attack" in self.analyses:
            found.append("prompt_attack")
        if self.blocklists:
            found.append("blocklist")
        return tuple(found)

    @property
    def paths(self) -> tuple[str, ...]:
        """Those of its two operations."""
        return (ANALYZE, SHIELD)

    def asks(self, texts: Sequence[str], stage: Stage) -> tuple[Ask, ...]:
        """One request for as much text as it takes at once, or two; raises `DetectorError`."""
        return bounded(self._asks(texts, stage))

    def verdict(self, ask: Ask, status: int, body: bytes) -> tuple[SafetySignal, ...]:
        """What was found; raises `DetectorError`."""
        if ask.path == SHIELD:
            return tuple(_attacks(answer_of(_Shielded, status, body), ask))
        answer = answer_of(_Analyzed, status, body)
        matches = answer.matches or ()
        if matches and not self.blocklists:
            raise unlike()
        listed = (flagged(ask.stage, "blocklist", match.name, "azure") for match in matches)
        return once((*_harms(answer.harms, ask.stage), *listed))

    def _asks(self, texts: Sequence[str], stage: Stage) -> Iterator[Ask]:
        for text in packed(texts, TEXT_CHARACTERS_MAX):
            if "harm" in self.analyses:
                asked: dict[str, object] = {
                    "text": text,
                    "categories": tuple(HARMS),
                    "outputType": "FourSeverityLevels",
                }
                if self.blocklists:
                    asked |= {"blocklistNames": self.blocklists, "haltOnBlocklistHit": False}
                yield Ask(path=ANALYZE, body=msgspec.json.encode(asked), stage=stage)
            if "prompt_attack" in self.analyses and stage == "input":
                shown = msgspec.json.encode({"userPrompt": text, "documents": (text,)})
                yield Ask(path=SHIELD, body=shown, stage=stage)


def _harms(harms: list[_Harm], stage: Stage) -> Iterator[SafetySignal]:
    """Those that are there, of an answer that speaks of each that was asked for once."""
    if sorted(one.category for one in harms) != sorted(HARMS):
        raise unlike()
    for one in harms:
        severity = SEVERITIES.get(one.severity)
        if severity is None:
            raise unlike()
        if severity:
            word = HARMS[one.category]
            yield flagged(stage, AZURE[word], one.category, "azure", severity)


def _attacks(answer: _Shielded, ask: Ask) -> Iterator[SafetySignal]:
    if len(answer.documents) != ask.inputs:
        raise miscounted()
    if answer.prompt.detected:
        yield flagged(ask.stage, AZURE["jailbreak"], "jailbreak", "azure")
    if any(one.detected for one in answer.documents):
        yield flagged(ask.stage, AZURE["indirect_attack"], "indirect_attack", "azure")
