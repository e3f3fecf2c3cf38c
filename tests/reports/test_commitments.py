"""Balances computed by hand: periods, pace, forecast, shortfall, and what is not known."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.agreements import AgreementSet
from detente.canonical.question import Event
from detente.ledger.uses import Use
from detente.reports.commitments import (
    Balance,
    balances,
    behind,
    commitments_of,
    cuts_of,
    pace_at,
)
from tests.agreements.scenes import AZURE, HEAD, OPENAI, day, loaded, loaded_files
from tests.reports.scenes import used

YEAR = 'id = "c"\ntype = "commit"\namount = 365\nfrom = 2026-01-01\nuntil = 2027-01-01\n'
MONTHLY = YEAR.replace("365", "31") + 'period = "month"\n'


def found(
    agreements: AgreementSet,
    *uses: Use,
    at: str,
    began: str | None = "2025-01-01",
    events: tuple[Event, ...] = (),
) -> tuple[Balance, ...]:
    return balances(
        commitments_of(agreements, events),
        (AZURE, OPENAI),
        uses,
        at=day(at),
        began_at=None if began is None else day(began),
    )


def test_a_commitment_is_behind_when_less_was_taken_than_a_straight_line_asks_for() -> None:
    early = used("2026-01-01", "2026-03-02", cost="30")
    late = used("2026-03-02", "2026-04-01", cost="15")
    (balance,) = found(loaded(YEAR), early, late, at="2026-04-01")
    # 90 of 365 days: 90 dollars; 15 in the last 30 days, so half a dollar a day for 275 more
    assert balance == Balance(
        clause="a/c",
        unit="usd",
        state="behind",
        period_start=day("2026-01-01"),
        period_end=day("2027-01-01"),
        due=Decimal(365),
        taken=Decimal(45),
        remaining=Decimal(320),
        pace=Decimal(90),
        forecast=Decimal("182.5"),
        shortfall=Decimal("182.5"),
    )
    assert behind((balance,), day("2026-04-01")) == ("a/c",)
    assert behind((balance,), day("2027-01-01")) == ()


def test_on_pace_met_and_missed() -> None:
    half = used("2026-01-01", "2026-07-01", cost="200")
    (balance,) = found(loaded(YEAR), half, at="2026-07-01")
    assert (balance.state, balance.pace) == ("on_pace", Decimal(181))
    assert behind((balance,), day("2026-07-01")) == ()
    (balance,) = found(loaded(YEAR), half, at="2027-02-01")
    assert (balance.state, balance.shortfall) == ("missed", Decimal(165))
    whole = used("2026-01-01", "2026-07-01", cost="365")
    (balance,) = found(loaded(YEAR), whole, at="2026-07-01")
    assert (balance.state, balance.remaining, balance.shortfall) == ("met", 0, 0)


def test_the_rate_is_that_of_the_time_since_the_ledger_began() -> None:
    use = used("2026-03-22", "2026-04-01", cost="10")
    (balance,) = found(loaded(YEAR), use, at="2026-04-01", began="2026-03-22")
    # a dollar a day, for 275 days to come
    assert balance.forecast == Decimal(285)
    (balance,) = found(loaded(YEAR), at="2026-04-01", began=None)
    assert (balance.forecast, balance.shortfall, balance.state) == (None, None, "behind")


def test_periods_carry_over_what_was_missed() -> None:
    uses = (
        used("2026-01-01", "2026-02-01", cost="21"),
        used("2026-02-01", "2026-03-01", cost="50"),
    )
    carried = loaded(MONTHLY + 'shortfall = "carried_over"\n')
    january, february, march = found(carried, *uses, at="2026-03-11")
    assert (january.state, january.shortfall, january.due) == ("missed", Decimal(10), Decimal(31))
    assert (february.carried_over, february.due, february.state) == (10, Decimal(41), "met")
    assert (march.carried_over, march.due, march.pace) == (0, Decimal(31), Decimal(10))
    invoiced = found(loaded(MONTHLY), *uses, at="2026-03-11")
    assert [balance.carried_over for balance in invoiced] == [0, 0, 0]


def test_what_was_taken_elsewhere_counts_in_the_first_period() -> None:
    first, second = found(loaded(MONTHLY + "already_taken = 31\n"), at="2026-02-10")
    assert (first.state, first.taken) == ("met", Decimal(31))
    assert (second.state, second.taken) == ("behind", Decimal(0))


@pytest.mark.parametrize(
    ("measure", "taken"), [("money", Decimal(7)), ("tokens", Decimal(900)), ("requests", 3)]
)
def test_measures(measure: str, taken: Decimal) -> None:
    use = used("2026-01-01", "2026-02-01", cost="7", tokens=900, requests=3, unknown=2)
    (balance,) = found(loaded(YEAR + f'measure = "{measure}"\n'), use, at="2026-02-01")
    assert balance.taken == taken
    assert balance.cost_unknown == (2 if measure == "money" else 0)


def test_currencies() -> None:
    use = used("2026-01-01", "2026-02-01", cost="10")
    euros = YEAR + 'currency = "EUR"\n'
    (balance,) = found(loaded(euros + "usd_per_unit = 1.1\n"), use, at="2026-02-01")
    assert balance.due == Decimal("401.5")
    (balance,) = found(loaded(euros), use, at="2026-02-01")
    assert (balance.state, balance.due, balance.taken) == ("unknown", None, Decimal(10))
    assert behind((balance,), day("2026-02-01")) == ()


def test_only_what_is_eligible_counts() -> None:
    month = ("2026-01-01", "2026-02-01")
    uses = (
        used(*month, cost="1"),
        used(*month, cost="2", deployment=OPENAI.id),
        used(*month, cost="4", project="x"),
        used(*month, cost="8", deployment="azure/gone"),
    )
    hosts = loaded(YEAR + 'scope = { host = "microsoft" }\n')
    assert found(hosts, *uses, at="2026-02-01")[0].taken == 5
    eligible = loaded(YEAR + 'scope = { host = "x" }\neligible = { provider = "azure" }\n')
    assert found(eligible, *uses, at="2026-02-01")[0].taken == 13
    project = loaded(YEAR + 'scope = { project = "x" }\n')
    assert found(project, *uses, at="2026-02-01")[0].taken == 4


def test_a_successor_cuts_a_period_short_without_making_it_smaller() -> None:
    first = f"{HEAD}[[clause]]\n{YEAR}"
    second = 'id = "b"\nrecorded_at = 2025-01-01\nsupersedes = "a"\nfrom = 2026-04-01\n'
    use = used("2026-01-01", "2026-04-01", cost="10")
    later = used("2026-04-01", "2026-05-01", cost="99")
    (balance,) = found(loaded_files(first, second), use, later, at="2026-05-01")
    assert (balance.state, balance.taken, balance.shortfall) == ("ended", Decimal(10), None)
    assert balance.period_end == day("2027-01-01")
    enough = used("2026-01-01", "2026-04-01", cost="365")
    assert found(loaded_files(first, second), enough, at="2026-05-01")[0].state == "met"


def test_without_an_end_there_is_no_pace_and_before_its_beginning_no_debt() -> None:
    endless = YEAR.replace("until = 2027-01-01\n", "")
    (balance,) = found(loaded(endless), at="2026-04-01")
    assert (balance.state, balance.pace, balance.forecast) == ("open", None, None)
    (balance,) = found(loaded(YEAR), at="2025-12-01")
    assert (balance.state, balance.period_start) == ("not_begun", day("2026-01-01"))
    timeless = 'id = "c"\ntype = "commit"\namount = 5\nperiod = "month"\n'
    (balance,) = found(loaded(timeless), at="2025-12-01")
    assert (balance.state, balance.period_start) == ("open", None)


def test_cuts_are_what_the_sums_need() -> None:
    cuts = cuts_of(commitments_of(loaded(MONTHLY), ()), day("2026-03-11"))
    wanted = {"2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2027-01-01"}
    assert set(cuts) == {
        *map(day, wanted),
        day("2026-03-11"),
        day("2026-03-11") - timedelta(days=30),
    }


@given(
    amount=st.integers(1, 10**9),
    days=st.integers(1, 5000),
    share=st.fractions(min_value=0, max_value=1),
)
def test_the_pace_is_linear(amount: int, days: int, share: Fraction) -> None:
    start = day("2026-01-01")
    length = timedelta(days=days)
    elapsed = timedelta(microseconds=int(length / timedelta(microseconds=1) * share))
    found_pace = pace_at(Decimal(amount), start, start + length, start + elapsed)
    wanted = Fraction(amount) * Fraction(elapsed / length)
    assert abs(Fraction(found_pace) - wanted) < Fraction(amount, 10**9)
    assert pace_at(Decimal(amount), start, start + length, start - length) == 0
    assert pace_at(Decimal(amount), start, start + length, start + 2 * length) == amount


def test_the_largest_amount_at_the_highest_rate_is_reckoned() -> None:
    huge = YEAR.replace("365", '1e15\ncurrency = "EUR"\nusd_per_unit = 1e6')
    (balance,) = found(loaded(huge), at="2026-07-01")
    assert (balance.state, balance.shortfall) == ("behind", Decimal(10) ** 21)
