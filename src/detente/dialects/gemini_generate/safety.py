"""The safety signals of Gemini: an answer or one event of a stream.

Reasons, categories and ratings are of google-genai 3.4.0. Where a rating has a severity it counts,
else its probability, which is what Google filters by.

>>> read_safety({"promptFeedback": {"blockReason": "MODEL_ARMOR"}})[0].category
'prompt_attack'
"""

from collections.abc import Iterator
from typing import Final, Literal

from detente.canonical.extras import Obj
from detente.canonical.safety import SafetyAction, SafetyCategory, SafetySignal
from detente.dialects._safety.reading import obj, objs, unusual, word

REASONS: Final[dict[str, SafetyCategory]] = {
    "SAFETY": "other",
    "IMAGE_SAFETY": "other",
    "PROHIBITED_CONTENT": "minors",
    "IMAGE_PROHIBITED_CONTENT": "minors",
    "BLOCKLIST": "blocklist",
    "SPII": "pii",
    "RECITATION": "ip",
    "IMAGE_RECITATION": "ip",
    "MODEL_ARMOR": "prompt_attack",
    "JAILBREAK": "prompt_attack",
    "ESCALATION": "provider_policy",
    "OTHER": "provider_policy",
    "IMAGE_OTHER": "provider_policy",
    "BLOCKED_REASON_UNSPECIFIED": "other",
}
"""Why a prompt was blocked or an answer ended, where safety is the reason. Prohibited content is
mostly sexual content with minors (https://ai.google.dev/api/generate-content, read 2026-11-22)."""
CATEGORIES: Final[dict[str, SafetyCategory]] = {
    "HATE_SPEECH": "hate",
    "IMAGE_HATE": "hate",
    "HARASSMENT": "harassment",
    "IMAGE_HARASSMENT": "harassment",
    "SEXUALLY_EXPLICIT": "sexual",
    "IMAGE_SEXUALLY_EXPLICIT": "sexual",
    "DANGEROUS_CONTENT": "illicit",
    "IMAGE_DANGEROUS_CONTENT": "illicit",
    "CIVIC_INTEGRITY": "provider_policy",
    "JAILBREAK": "prompt_attack",
}
USUAL: Final = (b': "STOP"', b':"STOP"', b': "MAX_TOKENS"', b':"MAX_TOKENS"')
"""Why answers end that nothing was found in."""
_PREFIX: Final = "HARM_CATEGORY_"
_LEVELS: Final = {"NEGLIGIBLE": 0, "LOW": 1, "MEDIUM": 2, "HIGH": 3}
_FLAGGED: Final = 2
Stage = Literal["input", "output"]


def may_tell(data: bytes) -> bool:
    """Whether an answer or an event is worth decoding for its signals."""
    at = data.find(b'Reason"')
    return (at >= 0 and unusual(data, b'Reason"', at, USUAL)) or b'"blocked"' in data


def read_safety(answer: Obj) -> tuple[SafetySignal, ...]:
    """What an answer or an event says; never raises."""
    feedback = obj(answer, "promptFeedback")
    found = _told(feedback, word(feedback.get("blockReason")), "input")
    for candidate in objs(answer, "candidates"):
        found += _told(candidate, word(candidate.get("finishReason")), "output")
    return found


def _told(where: Obj, reason: str, stage: Stage) -> tuple[SafetySignal, ...]:
    ratings = tuple(_ratings(where, stage))
    if reason not in REASONS or any(one.action == "blocked" for one in ratings):
        return ratings
    return (
        *ratings,
        SafetySignal(
            stage=stage, action="blocked", category=REASONS[reason], source="google", raw=reason
        ),
    )


def _ratings(where: Obj, stage: Stage) -> Iterator[SafetySignal]:
    for rating in objs(where, "safetyRatings"):
        name = word(rating.get("category")).removeprefix(_PREFIX)
        severity = _LEVELS.get(word(rating.get("severity")).removeprefix("HARM_SEVERITY_"))
        if severity is None:
            severity = _LEVELS.get(word(rating.get("probability")))
        action: SafetyAction = "flagged" if severity and severity >= _FLAGGED else "none"
        if rating.get("blocked") is True:
            action = "blocked"
        yield SafetySignal(
            stage=stage,
            action=action,
            category=CATEGORIES.get(name, "other"),
            severity=severity,
            source="google",
            raw=name,
        )
