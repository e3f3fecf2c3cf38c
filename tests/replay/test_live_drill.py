"""A live drill told by its entries: who moved, at what cost, how long the switch took."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.decision import Decision, Verdict
from detente.canonical.entry import Attempt, EntryOutcome, LedgerEntry
from detente.canonical.journal import DecisionRecord
from detente.canonical.question import Question
from detente.canonical.usage import Usage
from detente.replay.live_drill import LiveDrill, usual_first_byte_ms
from detente.replay.terms import Terms, terms_of
from detente.wiring import load
from tests.replay.test_drill import PLAIN

BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=1)
USAGE = Usage(uncached_input_tokens=1_000, visible_output_tokens=1_000)


@pytest.fixture(scope="module", name="terms")
def _terms(tmp_path_factory: pytest.TempPathFactory) -> Terms:
    file: Path = tmp_path_factory.mktemp("live") / "detente.toml"
    file.write_text(PLAIN)
    return terms_of(load(file), without="provider:near")


def attempt(deployment: str, *, drill: bool = False, started_ms: float = 0.0) -> Attempt:
    return Attempt(
        deployment=deployment,
        result="unreachable" if drill else "answered",
        status=0 if drill else 200,
        decision="d",
        started_ms=started_ms,
        first_byte_ms=None if drill else 8.0,
        total_ms=0.1 if drill else 9.0,
        drill=drill,
    )


def entry(
    *attempts: Attempt,
    after_s: float = 1.0,
    outcome: EntryOutcome = "answered",
    cost: str | None = "0.007",
) -> LedgerEntry:
    at = BEGAN + timedelta(seconds=after_s)
    return LedgerEntry(
        id="r",
        started_at=at,
        at=at,
        known_at=at,
        outcome=outcome,
        status=200,
        project="shop",
        model="a/both",
        deployment=attempts[-1].deployment if attempts else None,
        attempts=attempts,
        decision="d",
        usage=USAGE if outcome == "answered" else None,
        cost_usd=None if cost is None else Decimal(cost),
    )


CUT = attempt("near/both", drill=True)
MOVED = entry(CUT, attempt("far/both", started_ms=0.4))


def decision_of(id_: str) -> DecisionRecord:
    question = Question(model="a/both", at=BEGAN, known_at=BEGAN)
    verdicts = (Verdict(deployment="near/both", outcome="allow"),)
    return DecisionRecord(
        id=id_,
        question=question,
        decision=Decision(id=id_, outcome="allow", order=(), verdicts=verdicts),
    )


def told(terms: Terms, *entries: LedgerEntry) -> LiveDrill:
    found = LiveDrill(terms, began_at=BEGAN, ended_at=ENDED)
    for each in entries:
        found.take(each, decision_of)
    return found


def test_what_moved_and_what_it_cost_there_and_elsewhere(terms: Terms) -> None:
    found = told(terms, MOVED, MOVED)
    (move,) = found.findings.moves_between(found.first_byte_ms({"near/both": 5.0}))
    assert (move.before, move.after, move.requests) == ("near/both", "far/both", 2)
    assert (move.cost_before_usd, move.cost_after_usd) == (Decimal("0.006"), Decimal("0.014"))
    assert (move.first_byte_before_ms, move.first_byte_after_ms) == (5.0, 8.0)
    assert found.exit_takes_s == pytest.approx(0.0004)


def test_an_unknown_cost_is_counted_and_in_no_sum(terms: Terms) -> None:
    found = told(terms, msgspec.structs.replace(MOVED, cost_usd=None))
    (move,) = found.findings.moves_between({})
    assert (move.unpriced, move.cost_before_usd, move.cost_after_usd) == (1, 0, 0)


def test_a_failure_has_a_cause_and_no_exit_is_shown(terms: Terms) -> None:
    found = told(terms, MOVED, entry(CUT, outcome="refused"))
    assert (found.findings.moves, found.findings.failures) == (1, 1)
    assert found.findings.causes()[0].text == "`a/both` has no other deployment"
    assert found.exit_takes_s is None


def test_a_failure_whose_decision_is_lost_is_told_all_the_same(terms: Terms) -> None:
    found = LiveDrill(terms, began_at=BEGAN, ended_at=ENDED)
    found.take(entry(CUT, outcome="refused"), lambda _: None)
    assert "the decision is not in the ledger" in found.findings.causes()[0].text


def test_the_switch_lasts_until_nobody_is_served_there(terms: Terms) -> None:
    found = told(terms, entry(attempt("near/both"), after_s=0.2), MOVED)
    assert found.exit_takes_s == pytest.approx(0.2)
    assert (found.findings.requests, found.findings.unfinished) == (2, 1)


def test_a_client_that_hung_up_neither_moved_nor_failed(terms: Terms) -> None:
    found = told(terms, entry(CUT, attempt("far/both"), outcome="client_gone"))
    findings = found.findings
    assert (findings.requests, findings.moves, findings.failures) == (1, 0, 0)
    assert findings.unfinished == 1


def test_who_never_went_there_is_not_affected(terms: Terms) -> None:
    found = told(terms, entry(attempt("far/both")))
    assert (found.total, found.findings.requests, found.exit_takes_s) == (1, 0, None)


def test_an_early_end_ends_the_count(terms: Terms) -> None:
    found = LiveDrill(terms, began_at=BEGAN, ended_at=ENDED)
    found.end(BEGAN + timedelta(seconds=2))
    for after_s in (1.0, 3.0):
        moved = entry(CUT, attempt("far/both"), after_s=after_s)
        found.take(moved, decision_of)
    assert found.findings.moves == 1


@given(st.lists(st.floats(-100, 200)))
def test_only_requests_of_its_time_count(terms: Terms, starts: list[float]) -> None:
    entries = [entry(CUT, attempt("far/both"), after_s=start) for start in starts]
    found = told(terms, *entries)
    inside = [e for e in entries if BEGAN <= e.started_at < ENDED]
    assert (found.total, found.findings.moves) == (len(inside), len(inside))


def test_what_is_usual_is_a_median(terms: Terms) -> None:
    del terms
    slow = msgspec.structs.replace(attempt("far/both"), first_byte_ms=1_000.0)
    entries = [entry(attempt("far/both")), entry(slow), entry(attempt("far/both")), entry()]
    entries.append(entry(CUT, outcome="refused"))
    assert usual_first_byte_ms(entries) == {"far/both": 8.0}
