"""What is told of a step is what headers and ledger say, joined by the request's id."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.canonical.decision import Decision, Reason, Verdict
from detente.canonical.entry import Attempt, LedgerEntry
from detente.canonical.failure import OurBug
from detente.demo import told as module
from detente.demo.story import Step
from detente.demo.told import Reply, read_ledger, tell

AT = datetime(2026, 5, 1, tzinfo=UTC)
STEP = Step(question="On AWS?", model="gpt-5.5", key="k", provider="aws")
REPLY = Reply(
    status=200,
    headers={"x-detente-request-id": "req_1", "x-detente-deployment": "aws/x"},
    text="simulated",
)


ALLOWED = LedgerEntry(
    id="req_1",
    started_at=AT,
    at=AT,
    known_at=AT,
    outcome="answered",
    status=200,
    deployment="aws/x",
    decision="dec_1",
    clauses=("a/c",),
    attempts=(
        Attempt(
            deployment="azure/x",
            result="429",
            status=429,
            decision="dec_0",
            started_ms=0.0,
            first_byte_ms=None,
            total_ms=1.0,
        ),
        Attempt(
            deployment="aws/x",
            result="answered",
            status=200,
            decision="dec_1",
            started_ms=1.0,
            first_byte_ms=2.0,
            total_ms=2.0,
        ),
    ),
)
ALLOW = Decision(id="dec_1", outcome="allow", order=("aws/x",), verdicts=())
DENY = Decision(
    id="dec_1",
    outcome="deny",
    order=(),
    verdicts=(
        Verdict(
            deployment="aws/x",
            outcome="deny",
            reasons=(Reason(rule="no_listing", text="not listed"),),
        ),
        Verdict(
            deployment="google/x", outcome="deny", reasons=(Reason(rule="no_grant", text="other"),)
        ),
    ),
    change="from 2026-06-01",
)


def told_of(
    monkeypatch: pytest.MonkeyPatch, found: LedgerEntry, decision: Decision, reply: Reply = REPLY
) -> module.Told:
    def read(_ledger: Path, _request: str) -> tuple[LedgerEntry, Decision]:
        return found, decision

    monkeypatch.setattr(module, "read_ledger", read)
    return tell(STEP, reply, Path("nowhere"))


def test_an_answer_is_told_with_its_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    told = told_of(monkeypatch, ALLOWED, ALLOW)
    assert json.loads(told.json()) == {
        "at": "2026-05-01",
        "question": "On AWS?",
        "outcome": "allow",
        "deployment": "aws/x",
        "clauses": ["a/c"],
        "status": 200,
    }
    assert told.refusals == (("azure/x", "429"),)
    assert told.asked == "gpt-5.5 at aws"
    # A simulated answer has nothing to say.
    assert told.text is None


def test_a_denial_without_a_clause_is_told_by_the_place_that_was_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    denied = LedgerEntry(
        id="req_1",
        started_at=AT,
        at=AT,
        known_at=AT,
        outcome="denied",
        status=403,
        decision="dec_1",
    )
    reply = Reply(status=403, headers={"x-detente-deployment": "none"}, text=None)
    told = told_of(monkeypatch, denied, DENY, reply)
    assert told.deployment is None
    assert told.why_not == ("not listed",)
    assert told.change == "from 2026-06-01"


def test_a_ledger_that_never_has_the_entry_is_a_fault_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEDGER_POLLS_MAX", 1)
    with pytest.raises(OurBug, match="no decided entry of `req_1`"):
        read_ledger(tmp_path / "ledger.sqlite3", "req_1")
