"""Capacity, second by second."""

from hypothesis import given
from hypothesis import strategies as st

from detente.simulator.gate import UNDECLARED_PER_MINUTE, WINDOW_S, Gate


def test_without_bounds_everything_is_admitted() -> None:
    gate = Gate(per_minute=None, concurrent=None)
    for _ in range(100):
        assert gate.refusal(0.0) is None
        gate.enter(0.0)
    assert gate.limit == UNDECLARED_PER_MINUTE
    assert gate.remaining(0.0) == UNDECLARED_PER_MINUTE - 100


def test_a_capacity_of_nothing_refuses_everything() -> None:
    refused = Gate(per_minute=0, concurrent=None).refusal(5.0)
    assert refused is not None
    assert refused.retry_after_ms == 60_000


def test_at_once() -> None:
    gate = Gate(per_minute=None, concurrent=1)
    gate.enter(0.0)
    refused = gate.refusal(0.0)
    assert refused is not None
    assert refused.concurrent
    gate.leave()
    assert gate.refusal(0.0) is None


def test_forgetting_empties_the_minute() -> None:
    gate = Gate(per_minute=1, concurrent=None)
    gate.enter(0.0)
    gate.forget()
    assert gate.refusal(0.0) is None
    assert gate.in_flight == 1


@given(st.integers(1, 5), st.lists(st.floats(0, 200), min_size=1, max_size=60))
def test_no_minute_admits_more_than_its_capacity(limit: int, times: list[float]) -> None:
    gate = Gate(per_minute=limit, concurrent=None)
    admitted: list[float] = []
    for now in sorted(times):
        refused = gate.refusal(now)
        if refused is None:
            gate.enter(now)
            admitted.append(now)
        else:
            assert 0 < refused.retry_after_ms <= 60_000
            assert gate.remaining(now) == 0
    for start in admitted:
        assert sum(start <= at < start + WINDOW_S for at in admitted) <= limit
