"""The queue of behaviours."""

from hypothesis import given
from hypothesis import strategies as st

from detente.simulator import Close, Slow
from detente.simulator.script import Script


@given(st.lists(st.integers(1, 4)))
def test_each_holds_as_often_as_it_says_in_order(times: list[int]) -> None:
    script = Script()
    script.add(*(Slow(times=count, token_ms=place) for place, count in enumerate(times)))
    expected = [place for place, count in enumerate(times) for _ in range(count)]
    seen: list[int | None] = []
    while behaviour := script.next():
        seen.append(behaviour.token_ms)
    assert seen == expected


def test_cleared_is_empty() -> None:
    script = Script()
    script.add(Close(), Close())
    assert len(script) == 2
    script.clear()
    assert script.next() is None
