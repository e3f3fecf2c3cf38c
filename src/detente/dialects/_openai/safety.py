"""What OpenAI's dialects say of safety, on OpenAI, Azure and elsewhere: chat and responses alike.

Azure's filters: https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter (its
shapes as recorded; an `error` among them says that nothing was filtered). Moderation in the answer
and policies by name: the types of OpenAI's client 3.54.0. OpenRouter's `reasons`:
https://openrouter.ai/docs/api/reference/errors-and-debugging (read 2026-11-22).

>>> filters_of({"hate": {"filtered": True, "severity": "high"}}, "input")[0].severity
3
"""

from typing import Final, Literal

from detente.canonical.extras import Json, Obj
from detente.canonical.safety import SafetyAction, SafetyCategory, SafetySignal
from detente.canonical.safety_words import AZURE, MODERATION
from detente.dialects._safety.reading import obj, objs, texts, word

Signals = tuple[SafetySignal, ...]
Stage = Literal["input", "output"]

POLICIES: Final[dict[str, SafetyCategory]] = {
    "content_filter": "other",
    "bio_policy": "bio",
    "misalignment_policy_violation": "provider_policy",
    "content_policy_violation": "provider_policy",
    "moderation_blocked": "provider_policy",
    "image_content_policy_violation": "provider_policy",
    "invalid_prompt": "provider_policy",
}
"""Codes of errors that withhold an answer."""

_SEVERITIES: Final = {"safe": 0, "low": 1, "medium": 2, "high": 3}


def may_be_filtered(data: bytes) -> bool:
    """Whether filters, of which `data` tells, withheld or found something: Azure tells of them in
    every chunk."""
    return (
        b'content_filter"' in data
        or b'filter_error"' in data
        or b'ed":true' in data  # filtered, detected
        or b'ed": true' in data
        or data.count(b'"severity":"') != data.count(b'"severity":"safe"')
        or data.count(b'"severity": "') != data.count(b'"severity": "safe"')
    )


def filters_of(results: Obj, stage: Stage) -> Signals:
    """Azure's `content_filter_results`, of a prompt or an answer."""
    return tuple(
        _filter(name, value, stage) for name, value in results.items() if type(value) is dict
    )


def refused(text: Json) -> Signals:
    """The model itself would not, in words that stay where they are."""
    if type(text) is not str or not text:
        return ()
    return (_signal("output", "model_refusal", "other", raw="refusal"),)


def withheld(reason: Json, told: Signals) -> Signals:
    """An answer that ended for a filter, where no filter has told which."""
    if reason != "content_filter" or any(one.action == "blocked" for one in told):
        return told
    return (*told, _signal("output", "blocked", "other", raw="content_filter"))


def moderation_of(answer: Obj) -> Signals:
    """Moderation that was asked for with the answer."""
    found: list[SafetySignal] = []
    moderation = obj(answer, "moderation")
    stages: tuple[Stage, Stage] = ("input", "output")
    for stage in stages:
        told = obj(moderation, stage)
        if told.get("type") == "error":
            found.append(_signal(stage, "not_run", "other", raw=word(told.get("code"))))
        for result in objs(told, "results"):
            for name, is_found in obj(result, "categories").items():
                if is_found is True:
                    category = MODERATION.get(name, "other")
                    found.append(_signal(stage, "flagged", category, raw=word(name)))
    return tuple(found)


def error_of(error: Obj) -> Signals:
    """An error that withholds an answer for what the prompt says."""
    code = word(error.get("code"))
    reasons = texts(obj(error, "metadata"), "reasons")
    if reasons:
        return tuple(
            SafetySignal(
                stage="input",
                action="blocked",
                category=MODERATION.get(reason, "provider_policy"),
                source="host",
                raw=word(reason),
            )
            for reason in reasons
        )
    if code not in POLICIES:
        return ()
    inner = obj(error, "innererror")
    filters = obj(inner, "content_filter_result") or obj(inner, "content_filter_results")
    return filters_of(filters, "input") or (_signal("input", "blocked", POLICIES[code], raw=code),)


def _filter(name: str, value: Obj, stage: Stage) -> SafetySignal:
    severity = _SEVERITIES.get(word(value.get("severity")))
    action: SafetyAction = "none"
    if name == "error":
        action, name = "not_run", word(value.get("code"))
    elif value.get("filtered") is True:
        action = "blocked"
    elif value.get("detected") is True or severity:
        action = "flagged"
    return SafetySignal(
        stage=stage,
        action=action,
        category=AZURE.get(name, "other"),
        severity=severity,
        source="azure",
        raw=word(name),
    )


def _signal(
    stage: Stage, action: SafetyAction, category: SafetyCategory, *, raw: str
) -> SafetySignal:
    return SafetySignal(stage=stage, action=action, category=category, source="openai", raw=raw)
