"""What Amazon's guardrails found, by Converse's `trace` or InvokeModel's `amazon-bedrock-trace`.

Never what they found it in: `match` and `modelOutput` are content. The shapes are those of
botocore 1.44.5's model of the runtime, and as recorded.

>>> assessed({"contentPolicy": {"filters": [{"type": "HATE", "action": "BLOCKED"}]}}, "input")
...     # doctest: +ELLIPSIS
(SafetySignal(...),)
"""

from collections.abc import Iterator
from typing import Final, Literal

from detente.canonical.extras import Obj
from detente.canonical.safety import SafetyAction, SafetySignal
from detente.canonical.safety_words import BEDROCK_CONTENT, BEDROCK_POLICIES, BEDROCK_SEVERITIES
from detente.dialects._safety.reading import obj, objs, values, word

Stage = Literal["input", "output"]

_ACTIONS: Final[dict[str, SafetyAction]] = {"BLOCKED": "blocked", "ANONYMIZED": "masked"}


def guardrail_signals(guardrail: Obj) -> tuple[SafetySignal, ...]:
    """The findings of one guardrail's trace, of either operation."""
    found: list[SafetySignal] = []
    for name in ("inputAssessment", "input"):
        for assessment in values(obj(guardrail, name)):
            found += assessed(assessment, "input")
    for assessment in values(obj(guardrail, "outputAssessments")):
        found += assessed(assessment, "output")
    for output in objs(guardrail, "outputs"):
        for assessment in values(output):
            found += assessed(assessment, "output")
    return tuple(found)


def assessed(assessment: Obj, stage: Stage) -> tuple[SafetySignal, ...]:
    """The findings of one assessment."""
    return tuple(_findings(assessment, stage))


def intervened(told: tuple[SafetySignal, ...], raw: str) -> tuple[SafetySignal, ...]:
    """What a guardrail did, where its trace (which must be asked for) does not say it."""
    if any(one.action in ("blocked", "masked") for one in told):
        return told
    signal = SafetySignal(
        stage="output", action="blocked", category="other", source="bedrock", raw=raw
    )
    return (*told, signal)


def _findings(assessment: Obj, stage: Stage) -> Iterator[SafetySignal]:
    for policy, findings, category, named in BEDROCK_POLICIES:
        for one in objs(obj(assessment, policy), findings):
            raw = word(one.get(named)) if named else findings
            action = _ACTIONS.get(word(one.get("action")))
            if action is None:
                action = "flagged" if one.get("detected") is True else "none"
            yield SafetySignal(
                stage=stage,
                action=action,
                category=BEDROCK_CONTENT.get(raw, category)
                if policy == "contentPolicy"
                else category,
                severity=BEDROCK_SEVERITIES.get(word(one.get("confidence"))),
                source="bedrock",
                raw=raw,
            )
