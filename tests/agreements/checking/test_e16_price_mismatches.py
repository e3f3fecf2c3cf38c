"""E16: prices that leave gaps, contradict each other or cannot be compared."""

import pytest

from detente.agreements import AgreementSet
from detente.agreements.checking.e16_price_mismatches import price_mismatches
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from tests.agreements.checking.worlds import agreements, day, world


def found(loaded: AgreementSet) -> list[CheckFinding]:
    return list(price_mismatches(Survey(world(), loaded)))


def price(id: str, keys: str, *, meter: str = "input") -> str:
    return f'\n[[clause]]\nid = "{id}"\ntype = "price"\nmeter = "{meter}"\n{keys}\n'


FIRST = price("first", "amount = 2\nuntil = 2026-01-01")
SECOND = price("second", "amount = 3\nfrom = 2026-01-01")


def test_prices_that_join_are_clean() -> None:
    assert not found(agreements(a=FIRST + SECOND))
    assert not found(agreements(a=FIRST, b=SECOND))


def test_a_gap_between_two() -> None:
    loaded = agreements(a=FIRST, b=SECOND.replace("from = 2026-01-01", "from = 2026-02-01"))
    (finding,) = found(loaded)
    assert (finding.code, finding.severity) == ("E16", "error")
    assert finding.clauses == ("a/first", "b/second")
    assert finding.place == loaded.places["a/first"]
    assert [(p.from_, p.until) for p in finding.periods] == [(day("2026-01-01"), day("2026-02-01"))]


def test_an_overlap_with_another_amount() -> None:
    loaded = agreements(a=FIRST, b=SECOND.replace("from = 2026-01-01", "from = 2025-12-01"))
    (finding,) = found(loaded)
    assert finding.clauses == ("a/first", "b/second")
    assert "different prices" in finding.message
    assert [(p.from_, p.until) for p in finding.periods] == [(day("2025-12-01"), day("2026-01-01"))]


def test_an_overlap_with_the_same_amount_in_other_words_is_none() -> None:
    same = price("same", 'amount = 0.002\nunit = "thousand_tokens"\nuntil = 2026-01-01')
    euros = price("euros", 'amount = 1\ncurrency = "EUR"\nusd_per_unit = 2\nuntil = 2026-01-01')
    assert not found(agreements(a=FIRST, b=same, c=euros))


def test_other_meters_places_and_ranks_do_not_overlap() -> None:
    assert not found(agreements(a=FIRST, b=price("b", "amount = 9", meter="output")))
    north = price("n", 'amount = 2\nscope = { provider = "north" }')
    south = price("s", 'amount = 3\nscope = { provider = "south" }')
    assert not found(agreements(a=north, b=south))
    amending = price("new", 'amount = 3\nfrom = 2025-06-01\namends = "a/first"')
    assert not found(agreements(a=FIRST, b=amending))


def test_a_doubtful_end_that_is_the_next_ones_doubtful_start_is_no_gap() -> None:
    moment = "{ after = 2025-12-01, before = 2026-01-01 }"
    loaded = agreements(
        a=FIRST.replace("until = 2026-01-01", f"until = {moment}"),
        b=SECOND.replace("from = 2026-01-01", f"from = {moment}"),
    )
    assert not found(loaded)


@pytest.mark.parametrize(
    "clause",
    [
        price("p", 'amount = 1\ncurrency = "EUR"'),
        '\n[[clause]]\nid = "p"\ntype = "commit"\namount = 1\nuntil = 2027-01-01\ncurrency = "EUR"',
        '\n[[clause]]\nid = "p"\ntype = "revenue_share"\npayer = "a"\npayee = "b"\nrate = 1\n'
        'currency = "EUR"\n',
    ],
)
def test_another_currency_needs_its_rate(clause: str) -> None:
    (finding,) = found(agreements(a=clause))
    assert finding.clauses == ("a/p",)
    assert "`usd_per_unit`" in finding.message
    assert not found(agreements(a=clause + "\nusd_per_unit = 1.1\n"))


def test_tiers_are_compared_as_wholes() -> None:
    tiers = "tiers = [{ over = 0, amount = 2 }, { over = 10, amount = 1 }]"
    assert not found(agreements(a=price("t", tiers), b=price("u", tiers)))
    assert found(
        agreements(a=price("t", tiers), b=price("u", tiers.replace("over = 10", "over = 9")))
    )
