"""A guardrail of Amazon Bedrock, asked without a model (ApplyGuardrail).

Shapes as in botocore 1.44.5's model of the runtime and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html (read
2026-11-22). What the guardrail would have blocked or masked it only tells here: the text is still
where it was, so that a policy of ours decides.

>>> BedrockGuardrail(name="b", guardrail="gr1").paths
('/guardrail/gr1/version/DRAFT/apply',)
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.guardrail import Stage
from detente.canonical.safety import SafetyCategory, SafetySignal
from detente.canonical.safety_words import BEDROCK_CONTENT, BEDROCK_POLICIES, BEDROCK_SEVERITIES
from detente.guardrails.detector_error import DetectorError
from detente.guardrails.remote.asking import Ask, answer_of, bounded, flagged, once, packed, unlike

TEXT_CHARACTERS_MAX: Final = 10_000
"""Moderate, for its quotas count text by the second."""
ACTIONS: Final = ("BLOCKED", "ANONYMIZED", "NONE")
DISPROVED: Final = ("invalid", "impossible")
"""What automated reasoning calls an answer that its rules contradict; its findings have no
action."""


class _Characters(msgspec.Struct, frozen=True):
    """How many were looked at."""

    guarded: int
    total: int


class _Coverage(msgspec.Struct, frozen=True, rename="camel"):
    """How much was looked at."""

    text_characters: _Characters | None = None


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    """What it did, and what was found."""

    action: Literal["NONE", "GUARDRAIL_INTERVENED"]
    assessments: list[dict[str, Any]]
    usage: dict[str, int]
    guardrail_coverage: _Coverage | None = None


class BedrockGuardrail(msgspec.Struct, frozen=True, kw_only=True):
    """One guardrail, by its id or ARN; see the module."""

    name: str
    guardrail: str
    version: str = "DRAFT"
    stages: tuple[Stage, ...] = ("input",)

    @property
    def categories(self) -> tuple[SafetyCategory, ...]:
        """All that any guardrail may find: what this one looks for only Amazon knows."""
        found: list[SafetyCategory] = []
        found.extend(BEDROCK_CONTENT.values())
        found.extend(category for _, _, category, _ in BEDROCK_POLICIES)
        return tuple(dict.fromkeys(found))

    @property
    def paths(self) -> tuple[str, ...]:
        """The one that it is asked by; the id as one segment, as Amazon's own SDK writes it."""
        return (f"/guardrail/{quote(self.guardrail, safe='')}/version/{self.version}/apply",)

    def asks(self, texts: Sequence[str], stage: Stage) -> tuple[Ask, ...]:
        """As much text as it takes in each request; raises `DetectorError`."""
        return bounded(
            Ask(path=self.paths[0], body=_body(text, stage), stage=stage)
            for text in packed(texts, TEXT_CHARACTERS_MAX)
        )

    def verdict(self, ask: Ask, status: int, body: bytes) -> tuple[SafetySignal, ...]:
        """What was found; raises `DetectorError`, also where not all of the text was looked at."""
        answer = answer_of(_Answer, status, body)
        covered = answer.guardrail_coverage and answer.guardrail_coverage.text_characters
        if covered and covered.guarded < covered.total:
            raise DetectorError("it looked at a part of the text only; check the guardrail's scope")
        found = once(one for each in answer.assessments for one in _found(each, ask.stage))
        if not found and answer.action != "NONE":
            return (flagged(ask.stage, "other", answer.action, "bedrock"),)
        return found


def _body(text: str, stage: Stage) -> bytes:
    content = ({"text": {"text": text}},)
    return msgspec.json.encode({"source": stage.upper(), "content": content})


def _found(assessment: Obj, stage: Stage) -> Iterator[SafetySignal]:
    for policy, findings, category, named in BEDROCK_POLICIES:
        for one in _listed(assessment.get(policy), findings):
            if policy == "automatedReasoningPolicy":
                for word in DISPROVED:
                    if word in one:
                        yield flagged(stage, category, word, "bedrock")
            elif _is_found(one):
                raw = one.get(named) if named else findings
                word = raw if type(raw) is str else findings
                told = BEDROCK_CONTENT.get(word, category)
                severity = BEDROCK_SEVERITIES.get(str(one.get("confidence")))
                meant = told if policy == "contentPolicy" else category
                yield flagged(stage, meant, word, "bedrock", severity)


def _listed(policy: Json, findings: str) -> Iterator[Obj]:
    """The findings of a policy that has any; raises `DetectorError` for another shape."""
    if policy is None:
        return
    listed = policy.get(findings, []) if isinstance(policy, dict) else None
    if not isinstance(listed, list):
        raise unlike()
    for one in listed:
        if not isinstance(one, dict):
            raise unlike()
        yield one


def _is_found(one: Obj) -> bool:
    """Whether it acted on something, or would only tell of it."""
    action = one.get("action")
    if action not in ACTIONS:
        raise unlike()
    return action != "NONE" or one.get("detected") is True
