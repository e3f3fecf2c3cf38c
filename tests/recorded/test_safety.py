"""Every recorded safety signal gives the record it should, and none is overlooked.

Whatever has a marker of safety anywhere in it stands in the table, or has a reason why it says
nothing; a signal in whose stead a policy acts is a signal that the policy sees.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from detente.canonical.evidence import platforms_own
from detente.canonical.guardrail import Policy, RiskRule
from detente.canonical.safety import SafetySignal
from detente.guardrails.risk import evidence_of, risk_of
from tests.conftest import Recorded
from tests.dialects.test_safety import FILES, body_of, found_in
from tests.recorded.safety_table import PASSED, TABLE, Record, markers_of

ALL_FILES = (
    *FILES,
    *("anthropic-count-tokens", "cohere-chat", "embeddings", "gemini-aux", "ollama"),
    *("openai-responses-aux", "rerank"),
)
BLOCKS = Policy(name="p", risks=(RiskRule(treatment="block"),))


def answers_in(body: bytes) -> Iterator[Any]:
    """The JSON texts in a body: one, or those of a stream, whatever frames them."""
    text = body.decode("utf-8", errors="replace")
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            answer, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            end = at + 1
        else:
            yield answer
        at = text.find("{", end)


def told(signal: SafetySignal) -> Record:
    return (
        signal.stage,
        signal.action,
        signal.category,
        signal.severity,
        signal.source,
        signal.raw,
    )


def signals_in(file: str, row: dict[str, Any]) -> tuple[SafetySignal, ...]:
    return found_in(FILES[file], row) if file in FILES else ()


@pytest.mark.parametrize("file", ALL_FILES)
def test_every_signal_gives_the_record_it_should(file: str, recorded: Recorded) -> None:
    found = {row["id"]: tuple(map(told, signals_in(file, row))) for row in recorded(file)}
    assert {id_: records for id_, records in found.items() if records} == TABLE.get(file, {})


@pytest.mark.parametrize("file", ALL_FILES)
def test_nothing_with_a_marker_is_overlooked(file: str, recorded: Recorded) -> None:
    expected = TABLE.get(file, {})
    for row in recorded(file):
        markers = {m for answer in answers_in(body_of(row)) for m in markers_of(answer)}
        finds = sorted(name for name, is_found in markers if is_found)
        if row["id"] in expected:
            assert finds, f"{row['id']} has no marker; the test looks past it"
        else:
            assert not finds, f"{row['id']}: {finds} neither in the table nor explained"


def test_every_reason_is_needed(recorded: Recorded) -> None:
    met = {
        name
        for file in ALL_FILES
        for row in recorded(file)
        for answer in answers_in(body_of(row))
        for name, _ in markers_of(answer)
    }
    assert set(PASSED) <= met


def test_a_policy_sees_every_signal(recorded: Recorded) -> None:
    for file, rows in TABLE.items():
        for row in recorded(file):
            if row["id"] not in rows:
                continue
            signals = signals_in(file, row)
            assert risk_of((BLOCKS,), signals).treatment == "block"
            blocked = evidence_of((BLOCKS,), signals)
            assert {one.policy for one in blocked} == {"p"}
            own = evidence_of((), signals)
            assert own == platforms_own(signals)
            assert sum(one.count for one in own) == sum(one.count for one in blocked)


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": [{"content_filter_results": {"hate": {"filtered": True}}}]},
        {"choices": [{"content_filter_results": {"hate": {"severity": "low"}}}]},
        {"results": [{"flagged": True}]},
        {"message": {"refusal": "no"}},
        {"stop_details": {"category": "bio"}},
        {"delta": {"stop_reason": "refusal"}},
        {"stopReason": "guardrail_intervened"},
        {"candidates": [{"finishReason": "SPII"}]},
        {"promptFeedback": {"blockReason": "OTHER"}},
        {"chatResponse": {"finishReason": "ERROR_TOXIC"}},
        {"piiEntities": [{"action": "ANONYMIZED"}]},
        {"a_new_safety_verdict": {"x": 1}},
        {"error": {"code": "content_filter"}},
    ],
)
def test_a_marker_is_seen_at_any_depth(answer: dict[str, Any]) -> None:
    wrapped = json.dumps({"a": [{"b": answer}]}).encode()
    for body in (
        wrapped,
        b"event: x\ndata: " + wrapped + b"\n\n",
        b"\0\x01:type" + wrapped + b"\0",
    ):
        finds = [m for one in answers_in(body) for m in markers_of(one) if m[1]]
        assert finds, answer


@pytest.mark.parametrize(
    "answer",
    [
        {"message": {"refusal": None}, "stop_details": None, "safety_identifier": None},
        {"content_filter_results": {"hate": {"filtered": False, "severity": "safe"}}},
        {"name": "lookup_refund_policy", "text": "safety", "moderation": {"flagged": False}},
        {"finish_reason": "stop"},
    ],
)
def test_what_says_nothing_is_no_find(answer: dict[str, Any]) -> None:
    assert not [name for name, is_found in markers_of(answer) if is_found]
