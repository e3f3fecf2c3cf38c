"""A guardrail of Amazon Bedrock, asked without a model."""

import json
from typing import Any

import pytest

from detente.guardrails.detector_error import DetectorError
from detente.guardrails.remote.bedrock_guardrail import TEXT_CHARACTERS_MAX, BedrockGuardrail

DETECTOR = BedrockGuardrail(name="b", guardrail="gr1", version="2")
(ASK,) = DETECTOR.asks(("one", "two"), "input")
ARN = "arn:aws:bedrock:eu-west-1:123456789012:guardrail/gr1"


def answer(*assessments: dict[str, Any], action: str | None = None, **more: Any) -> bytes:
    """An answer of ApplyGuardrail."""
    said = action or ("GUARDRAIL_INTERVENED" if assessments else "NONE")
    body: dict[str, Any] = {"action": said, "outputs": [], "assessments": assessments}
    return json.dumps({"usage": {"contentPolicyUnits": 1}, **body, **more}).encode()


def hate(**changed: Any) -> dict[str, Any]:
    """An assessment with one finding."""
    found = {"type": "HATE", "confidence": "MEDIUM", "action": "BLOCKED", **changed}
    return {"contentPolicy": {"filters": [found]}}


def test_the_stage_and_the_text_are_told() -> None:
    assert ASK.path == "/guardrail/gr1/version/2/apply"
    assert json.loads(ASK.body) == {
        "source": "INPUT",
        "content": [{"text": {"text": "one\n\ntwo"}}],
    }
    assert json.loads(DETECTOR.asks(("x",), "output")[0].body)["source"] == "OUTPUT"


def test_an_arn_is_one_segment_of_the_path() -> None:
    arn = "arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aguardrail%2Fgr1"
    named = BedrockGuardrail(name="b", guardrail=ARN)
    assert named.paths == (f"/guardrail/{arn}/version/DRAFT/apply",)


def test_a_long_text_is_several_requests() -> None:
    assert len(DETECTOR.asks(("x" * (TEXT_CHARACTERS_MAX + 1),), "input")) == 2


def test_what_it_would_have_blocked_is_only_flagged() -> None:
    (signal,) = DETECTOR.verdict(ASK, 200, answer(hate()))
    assert (signal.action, signal.category, signal.severity) == ("flagged", "hate", 2)
    assert (signal.source, signal.stage, signal.raw) == ("bedrock", "input", "HATE")


def test_every_policy_is_read() -> None:
    told = DETECTOR.verdict(
        ASK,
        200,
        answer(
            {
                "topicPolicy": {
                    "topics": [{"name": "Advice", "type": "DENY", "action": "BLOCKED"}]
                },
                "wordPolicy": {
                    "customWords": [{"match": "abracadabra", "action": "BLOCKED"}],
                    "managedWordLists": [
                        {"match": "x", "type": "PROFANITY", "action": "NONE", "detected": True}
                    ],
                },
                "sensitiveInformationPolicy": {
                    "piiEntities": [{"match": "x", "type": "EMAIL", "action": "ANONYMIZED"}]
                },
                "automatedReasoningPolicy": {"findings": [{"invalid": {}}, {"valid": {}}]},
                "invocationMetrics": {"guardrailProcessingLatency": 1},
            }
        ),
    )
    assert [(one.category, one.raw) for one in told] == [
        ("topic", "Advice"),
        ("blocklist", "customWords"),
        ("blocklist", "PROFANITY"),
        ("pii", "EMAIL"),
        ("ungrounded", "invalid"),
    ]
    assert {one.action for one in told} == {"flagged"}


def test_what_did_not_detect_anything_tells_nothing() -> None:
    unfound = hate(action="NONE", detected=False)
    assert DETECTOR.verdict(ASK, 200, answer(unfound, action="NONE")) == ()
    assert DETECTOR.verdict(ASK, 200, answer()) == ()


def test_an_intervention_without_a_reason_is_told_as_other() -> None:
    (signal,) = DETECTOR.verdict(ASK, 200, answer(action="GUARDRAIL_INTERVENED"))
    assert (signal.category, signal.severity) == ("other", None)


@pytest.mark.parametrize(
    "body",
    [
        answer(action="SAFE"),
        answer(hate(action="WARNED")),
        answer({"contentPolicy": "safe"}),
        answer({"contentPolicy": {"filters": "safe"}}),
        answer({"contentPolicy": {"filters": ["safe"]}}),
        answer(guardrailCoverage={"textCharacters": {"guarded": 3, "total": 8}}),
        b'{"action": "NONE"}',
        b"{}",
        b"",
    ],
)
def test_an_answer_that_lies_or_breaks_is_no_verdict(body: bytes) -> None:
    with pytest.raises(DetectorError):
        DETECTOR.verdict(ASK, 200, body)


def test_it_may_find_what_any_guardrail_may() -> None:
    assert {"hate", "prompt_attack", "topic", "blocklist", "pii"} <= set(DETECTOR.categories)
    assert len(DETECTOR.categories) == len(set(DETECTOR.categories))
