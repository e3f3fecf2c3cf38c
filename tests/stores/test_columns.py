"""Columns give back what was put into them, and guess nothing."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.principal import Scope
from detente.stores.columns import instant_of, microseconds_of, scope_bytes, scope_of, scope_text
from detente.stores.interface import StoreUnavailable

EAST = timezone(timedelta(hours=9))


@given(st.datetimes(timezones=st.sampled_from([UTC, EAST])))
def test_a_time_comes_back_to_the_microsecond(at: datetime) -> None:
    assert instant_of(microseconds_of(at)) == at


def test_no_time_is_none() -> None:
    assert (instant_of(None), microseconds_of(None)) == (None, None)


def test_a_scope_comes_back() -> None:
    scope = Scope(labels=(("data", "internal"),), models=("openai/*",))
    assert scope_of(scope_text(scope)) == scope


def test_what_a_scope_takes_is_counted_in_bytes() -> None:
    narrow, wide = (scope_bytes(Scope(models=(pattern,))) for pattern in ("u", "\U0001f511"))
    assert wide - narrow == 3


@pytest.mark.parametrize("text", ["", "[]", '{"models": 1}', '{"models": '])
def test_what_cannot_be_read_allows_nothing(text: str) -> None:
    with pytest.raises(StoreUnavailable, match="newer `detente`"):
        scope_of(text)
