"""Slices are large where there is plenty, small where it gets scarce."""

from hypothesis import given
from hypothesis import strategies as st

from detente.accounts.slices import Pace, money_slice


def test_a_slice_is_a_hundred_requests_or_a_second() -> None:
    pace = Pace(0)
    assert pace.seen(0, 0, 1_000) == 0
    assert pace.seen(10, 50, 1_000_000) == 500  # 100 requests of 5
    assert pace.seen(1_010, 5_050, 2_000_000) == 5_000  # a second of 1,000 requests of 5


def test_a_slice_outlives_a_short_silence_by_half() -> None:
    pace = Pace(0)
    assert pace.seen(100, 100_000, 1_000_000) == 100_000
    assert pace.seen(100, 100_000, 2_000_000) == 100_000  # nothing new was seen
    assert pace.seen(101, 100_001, 60_000_000) == 50_000
    assert pace.seen(102, 100_002, 120_000_000) == 25_000


def test_a_moment_is_no_second() -> None:
    pace = Pace(0)
    assert pace.seen(1, 7, 1) == 700


def granted(available: int, *, need: int = 0, want: int = 100, holders: int = 1) -> int:
    return money_slice(need=need, want=want, available=available, holders=holders, contended=False)


def test_slices_shrink_near_the_end() -> None:
    assert granted(10_000) == 100
    assert granted(200) == 50
    assert granted(200, holders=5) == 10
    assert granted(200, need=60, holders=5) == 60
    assert granted(3) == 0
    assert granted(3, need=3) == 3


def test_nothing_is_granted_of_what_does_not_fit() -> None:
    assert granted(10, need=11) == 0
    assert granted(0) == 0
    assert granted(-5, need=0) == 0


def test_where_others_wait_only_what_is_needed_is_granted() -> None:
    assert money_slice(need=5, want=100, available=10_000, holders=1, contended=True) == 5
    assert money_slice(need=0, want=100, available=10_000, holders=1, contended=True) == 0


amounts = st.integers(0, 10**15)


@given(amounts, amounts, st.integers(-(10**15), 10**15), st.integers(0, 100), st.booleans())
def test_never_more_than_there_is_nor_less_than_needed(
    need: int, want: int, available: int, holders: int, contended: bool
) -> None:
    given_ = money_slice(
        need=need, want=want, available=available, holders=holders, contended=contended
    )
    assert 0 <= given_ <= max(0, available)
    assert given_ >= need or need > available
    assert given_ <= max(need, want)
