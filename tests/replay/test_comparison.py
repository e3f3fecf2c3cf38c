"""Counts add up, whoever counted which part."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from detente.replay.comparison import Comparison, Fate, Tally, joined, summed

PLACES = st.sampled_from([None, "azure/m", "aws/m"])
MODELS = st.sampled_from(["p/m", "p/n"])
FATES = st.builds(Fate, model=MODELS, project=st.none(), before=PLACES, after=PLACES)
COUNTS = st.integers(0, 10**9)
TALLIES = st.builds(
    Tally,
    requests=COUNTS,
    cost_before_pico_usd=COUNTS,
    cost_after_pico_usd=COUNTS,
    repriced=st.just(0),
)


def comparison(fates: dict[Fate, Tally]) -> Comparison:
    return Comparison(mode="by class", fates=fates, undecided=1)


@given(fates=st.dictionaries(FATES, TALLIES), other=st.dictionaries(FATES, TALLIES))
def test_parts_join_to_the_whole(fates: dict[Fate, Tally], other: dict[Fate, Tally]) -> None:
    parts = [comparison(fates), comparison(other)]
    whole = joined(parts)
    assert whole.total == summed(part.total for part in parts)
    assert whole.moved == summed(part.moved for part in parts)
    assert whole.lost == summed(part.lost for part in parts)
    assert whole.gained == summed(part.gained for part in parts)
    assert whole.differences == sum(part.differences for part in parts)
    assert whole.undecided == 2


@given(fates=st.dictionaries(FATES, TALLIES))
def test_every_request_has_one_fate(fates: dict[Fate, Tally]) -> None:
    found = comparison(fates)
    stayed = found.sum_of(lambda fate: not fate.is_moved).requests
    elsewhere = found.moved.requests + found.lost.requests + found.gained.requests
    assert stayed + elsewhere == found.total.requests
    assert found.differences == elsewhere


def test_nothing_joined_is_nothing() -> None:
    assert joined([]) == Comparison(mode="by class", fates={})
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    parts = [
        Comparison(mode="in time order", fates={}, since=late, until=late),
        Comparison(mode="in time order", fates={}, since=early, until=early),
        Comparison(mode="in time order", fates={}),
    ]
    assert (joined(parts).since, joined(parts).until) == (early, late)
    assert joined(parts).mode == "in time order"


def test_a_fate_counts_in_each_of_its_groups() -> None:
    fate = Fate(model="p/m", project=None, before="a/m", after="a/m", owed=("x/a", "x/b"))
    tally = Tally(requests=2, repriced=1, cost_after_pico_usd=1_500_000_000_000)
    found = comparison({fate: tally})
    assert found.by(lambda f: f.owed) == {"x/a": tally, "x/b": tally}
    assert found.differences == 1
    assert found.total.cost_after_usd == Decimal("1.5")
    assert found.total.cost_before_usd == 0
