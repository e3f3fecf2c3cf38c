"""What a ledger says of a class of requests: who had it, who refused, who was passed over."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from detente.canonical.decision import Decision, Rank
from detente.canonical.entry import Attempt, EntryOutcome
from detente.canonical.journal import DecisionRecord, Intent
from detente.canonical.question import HolderRefusal, Question
from detente.canonical.snapshot import Snapshot
from detente.canonical.usage import Usage
from detente.ledger.store.replaying import Ended
from detente.replay.recorded import Failed, Recorded, meetings, recorded_of

AT = datetime(2026, 6, 1, tzinfo=UTC)
NOTHING = msgspec.Raw(msgspec.msgpack.encode(None))
USED = msgspec.Raw(msgspec.msgpack.encode(Usage(visible_output_tokens=1)))
RANKS = (
    Rank(deployment="a", commitment="x/c", latency_ms=64),
    Rank(deployment="b", price_usd=Decimal(1), scarce=True),
    Rank(deployment="c"),
)


def record(id_: str, *order: str) -> DecisionRecord:
    return DecisionRecord(
        id=id_,
        question=Question(
            model="p/m",
            at=AT,
            known_at=AT,
            region="eu",
            refusals=(HolderRefusal(deployment="a", signal="429"),),
        ),
        decision=Decision(
            id=id_,
            outcome="allow",
            order=order,
            verdicts=(),
            clauses=(f"x/{id_}",),
            snapshot=RANKS,
        ),
    )


RECORDS = {"d1": record("d1", "a", "b", "c"), "d2": record("d2", "b", "c")}


def tried(deployment: str, result: str, decision: str = "d1", total_ms: float = 7.9) -> Attempt:
    return Attempt(
        deployment=deployment,
        result=result,
        status=200,
        decision=decision,
        started_ms=0.0,
        first_byte_ms=None,
        total_ms=total_ms,
    )


def ending(
    outcome: EntryOutcome,
    deployment: str | None,
    decision: str | None,
    attempts: tuple[Attempt, ...],
    usage: msgspec.Raw,
) -> Ended:
    nothing = NOTHING
    return Ended(
        nothing,
        outcome,
        200,
        nothing,
        deployment,
        nothing,
        decision,
        attempts,
        usage,
        1,
        nothing,
        None,
    )


def found(
    *attempts: Attempt,
    deployment: str | None,
    decision: str | None = "d1",
    outcome: EntryOutcome = "answered",
    usage: msgspec.Raw = USED,
) -> Recorded | None:
    ended = Ended(
        NOTHING,
        outcome,
        200,
        NOTHING,
        deployment,
        NOTHING,
        decision,
        attempts,
        usage,
        1,
        NOTHING,
        None,
    )
    intent = Intent(
        id="r", started_us=0, project="shop", labels=(("k", "v"),), model="p/m", deployment="a",
        decision="d1", narrowed_to=("p",),
    )  # fmt: skip
    return recorded_of(intent, ended, RECORDS.get)


def test_one_answer() -> None:
    one = found(tried("a", "answered"), deployment="a")
    assert one is not None
    assert (one.held_by, one.failed, one.passed_over) == ("a", {}, frozenset())
    assert one.clauses == ("x/d1",)
    assert one.question == Question(
        model="p/m",
        at=AT,
        known_at=AT,
        region="eu",
        project="shop",
        labels=(("k", "v"),),
        providers=("p",),
    )
    assert one.snapshot == Snapshot(behind=("x/c",), latency_ms={"a": 64}, scarce=("b",))


def test_refusals_silences_and_failures_on_the_way() -> None:
    one = found(
        tried("a", "timeout"), tried("b", "upstream_failed", "d2"), tried("c", "answered", "d2"),
        deployment="c", decision="d2",
    )  # fmt: skip
    assert one is not None
    assert one.held_by == "c"
    assert one.failed == {"a": Failed("timeout", 7), "b": Failed(None, 0)}
    assert one.passed_over == frozenset()
    assert one.clauses == ("x/d2",)


def test_what_was_allowed_and_not_asked_was_passed_over() -> None:
    one = found(tried("b", "answered"), deployment="b")
    assert one is not None
    assert one.passed_over == {"a"}
    last = found(tried("a", "429"), deployment="a", outcome="refused", usage=NOTHING)
    assert last is not None
    assert last.held_by is None
    assert last.passed_over == {"b", "c"}
    assert last.failed == {"a": Failed("429", 0)}


def test_a_stream_that_broke_off_had_been_in_hand() -> None:
    one = found(tried("a", "upstream_failed"), deployment="a", outcome="failed")
    assert one is not None
    assert one.held_by == "a"
    never = found(tried("a", "upstream_failed"), deployment="a", outcome="failed", usage=NOTHING)
    assert never is not None
    assert never.held_by is None


def test_a_platform_that_passed_it_on_itself_had_it() -> None:
    one = found(tried("a", "429"), tried("a2", "answered"), deployment="a")
    assert one is not None
    assert one.held_by == "a"
    assert "a" not in one.failed


def test_who_died_had_it_at_its_first_deployment() -> None:
    one = found(deployment=None, outcome="interrupted")
    assert one is not None
    assert one.held_by == "a"


def test_what_nobody_decided_is_no_class() -> None:
    ended = Ended(
        NOTHING, "invalid", 400, NOTHING, None, NOTHING, None, (), NOTHING, None, NOTHING, None
    )
    assert recorded_of(Intent(id="r", started_us=0, model="p/m"), ended, RECORDS.get) is None
    assert recorded_of(Intent(id="r", started_us=0, decision="d1"), ended, RECORDS.get) is None
    assert (
        recorded_of(Intent(id="r", started_us=0, model="p/m", decision="d9"), ended, RECORDS.get)
        is None
    )


def test_how_long_tells_only_silences_apart() -> None:
    assert meetings((tried("a", "429"),)) == meetings((tried("a", "429", total_ms=1.0),))
    assert meetings((tried("a", "timeout"),)) != meetings((tried("a", "timeout", total_ms=1.0),))
