"""Shares computed by hand: rate, base, cap, and what nobody knows."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from detente.agreements import AgreementSet
from detente.ledger.uses import Use
from detente.reports.revenue_share import Accrual, accruals, cuts_of, shares_of
from tests.agreements.scenes import AZURE, HEAD, OPENAI, day, loaded, loaded_files
from tests.reports.scenes import used

SHARE = (
    'id = "s"\ntype = "revenue_share"\npayer = "openai"\npayee = "microsoft"\nrate = 20\n'
    "from = 2026-01-01\nuntil = 2028-01-01\n"
)
CAPPED = SHARE + 'cap = 15\ncap_basis = "year"\n'
FIRST = used("2026-01-01", "2027-01-01", charge="100", cost="60", unknown=2)
SECOND = used("2027-01-01", "2027-07-01", charge="50", cost="30")


def found(agreements: AgreementSet, *uses: Use, at: str = "2027-07-01") -> tuple[Accrual, ...]:
    return accruals(shares_of(agreements, ()), (AZURE, OPENAI), uses, at=day(at))


def test_a_rate_of_what_is_charged() -> None:
    (accrual,) = found(loaded(SHARE), FIRST, SECOND)
    assert accrual == Accrual(
        clause="a/s",
        payer="openai",
        payee="microsoft",
        base="charge",
        rate_percent=Decimal(20),
        period_start=day("2026-01-01"),
        period_end=day("2028-01-01"),
        base_usd=Decimal(150),
        unknown=2,
        accrued_usd=Decimal(30),
        owed_usd=Decimal(30),
    )
    assert accrual.holds(day("2027-07-01"))
    assert not accrual.holds(day("2028-01-01"))


def test_a_rate_of_what_it_costs() -> None:
    (accrual,) = found(loaded(SHARE + 'base = "cost"\n'), FIRST, SECOND)
    assert (accrual.base_usd, accrual.owed_usd) == (Decimal(90), Decimal(18))


def test_a_cap_bounds_each_year() -> None:
    first, second = found(loaded(CAPPED), FIRST, SECOND)
    assert (first.accrued_usd, first.owed_usd, first.capped_usd, first.left_usd) == (20, 15, 5, 0)
    assert (second.accrued_usd, second.owed_usd, second.capped_usd, second.left_usd) == (
        *(10, 10, 0, 5),
    )


def test_a_cap_in_another_currency() -> None:
    euros = CAPPED + 'currency = "EUR"\n'
    first, _ = found(loaded(euros + "usd_per_unit = 1.2\n"), FIRST, SECOND)
    assert (first.cap_usd, first.owed_usd) == (18, 18)
    first, _ = found(loaded(euros), FIRST, SECOND)
    assert (first.cap_usd, first.owed_usd, first.accrued_usd) == (None, None, 20)


def test_nothing_accrues_after_a_successor_or_out_of_scope() -> None:
    second = 'id = "b"\nrecorded_at = 2025-01-01\nsupersedes = "a"\nfrom = 2027-01-01\n'
    (accrual,) = found(loaded_files(f"{HEAD}[[clause]]\n{SHARE}", second), FIRST, SECOND)
    assert accrual.base_usd == 100
    (accrual,) = found(loaded(SHARE + 'scope = { host = "openai" }\n'), FIRST, SECOND)
    assert accrual.base_usd == 0


def test_cuts_are_what_the_sums_need() -> None:
    cuts = cuts_of(shares_of(loaded(CAPPED), ()), day("2027-07-01"))
    assert cuts == tuple(map(day, ("2026-01-01", "2027-01-01", "2027-07-01", "2028-01-01")))


@given(charges=st.lists(st.integers(0, 1000), min_size=2, max_size=2), cap=st.integers(1, 100))
def test_what_is_owed_and_what_the_cap_took_make_what_accrued(charges: list[int], cap: int) -> None:
    capped = CAPPED.replace("cap = 15", f"cap = {cap}")
    uses = (
        used("2026-01-01", "2027-01-01", charge=str(charges[0])),
        used("2027-01-01", "2027-07-01", charge=str(charges[1])),
    )
    for accrual, charge in zip(found(loaded(capped), *uses), charges, strict=True):
        assert accrual.owed_usd is not None
        assert accrual.capped_usd is not None
        assert accrual.left_usd is not None
        assert accrual.owed_usd + accrual.capped_usd == accrual.accrued_usd == Decimal(charge) / 5
        assert accrual.owed_usd + accrual.left_usd == cap
