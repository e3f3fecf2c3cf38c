"""The new order is walked until somebody serves; after each refusal the agreements decide anew."""

from datetime import UTC, datetime, timedelta

from detente.canonical.decision import Decision, Rank, Reason, Verdict
from detente.canonical.question import Question
from detente.canonical.snapshot import Snapshot
from detente.replay.recorded import Failed, Recorded
from detente.replay.walk import walk

AT = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def recorded(
    failed: dict[str, Failed] | None = None, passed_over: frozenset[str] = frozenset()
) -> Recorded:
    return Recorded(
        question=Question(model="p/m", at=AT, known_at=AT),
        rehearsed=False,
        held_by="a",
        failed=failed or {},
        passed_over=passed_over,
        snapshot=Snapshot(),
        clauses=(),
    )


def open_order(question: Question) -> Decision:
    """Everybody who has not refused, in the order of names; each refusal shortens the epoch."""
    gone = {refusal.deployment for refusal in question.refusals}
    count = len(question.refusals)
    return Decision(
        id=f"d{count}",
        outcome="allow",
        order=tuple(name for name in ("a", "b", "c") if name not in gone),
        verdicts=(
            Verdict(
                deployment="a",
                outcome="allow",
                reasons=(
                    Reason(rule="first_refusal", text="", clause="x/f"),
                    Reason(rule="grant", text="", clause="x/g"),
                ),
            ),
        ),
        snapshot=(Rank(deployment="a", duty=True), Rank(deployment="b")),
        valid_from=None if not count else AT - HOUR / count,
        valid_until=None if not count else AT + HOUR / count,
    )


def test_the_first_serves_whom_nothing_holds_back() -> None:
    path = walk(open_order, recorded(), at=AT, known_at=AT)
    assert (path.served_by, path.in_vain, path.first.id, path.last.id) == ("a", (), "d0", "d0")
    assert (path.since, path.until) == (None, None)
    assert path.offered_first == {"a": ("x/f",)}


def test_who_refused_or_failed_then_does_so_again() -> None:
    failed = {"a": Failed("429", 0), "b": Failed(None, 0)}
    path = walk(open_order, recorded(failed), at=AT, known_at=AT)
    assert (path.served_by, path.in_vain, path.last.id) == ("c", ("a", "b"), "d1")
    assert (path.since, path.until) == (AT - HOUR, AT + HOUR)


def test_the_absent_and_the_full_refuse() -> None:
    path = walk(open_order, recorded(), at=AT, known_at=AT, gone=("a",), full=("b",))
    assert (path.served_by, path.in_vain, path.last.id) == ("c", ("a", "b"), "d2")
    assert (path.since, path.until) == (AT - HOUR / 2, AT + HOUR / 2)


def test_who_was_passed_over_is_not_asked() -> None:
    path = walk(open_order, recorded(passed_over=frozenset("ab")), at=AT, known_at=AT)
    assert (path.served_by, path.in_vain) == ("c", ())
    path = walk(open_order, recorded(passed_over=frozenset("abc")), at=AT, known_at=AT)
    assert (path.served_by, path.in_vain) == (None, ())


def test_nobody_is_left_where_all_refuse() -> None:
    path = walk(open_order, recorded(), at=AT, known_at=AT, gone=("a", "b", "c"))
    assert (path.served_by, path.in_vain, path.last.order) == (None, ("a", "b", "c"), ())


def test_refusals_are_told_as_they_were() -> None:
    asked: list[Question] = []

    def noting(question: Question) -> Decision:
        asked.append(question)
        return open_order(question)

    walk(noting, recorded({"a": Failed("timeout", 2_500)}), at=AT + HOUR, known_at=AT + 2 * HOUR)
    assert [(q.at, q.known_at) for q in asked] == [(AT + HOUR, AT + 2 * HOUR)] * 2
    [refusal] = asked[1].refusals
    assert (refusal.deployment, refusal.signal, refusal.waited_ms) == ("a", "timeout", 2_500)
