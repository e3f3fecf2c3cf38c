"""Running balances equal those struck anew from the whole."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from detente.agreements import AgreementSet
from detente.canonical.usage import Usage
from detente.ledger.entries import us_of
from detente.ledger.uses import Use, UseClass, Used
from detente.reports.commitments import balances, behind, commitments_of, cuts_of
from detente.reports.tally import Tally
from tests.agreements.scenes import AZURE, MODEL, OPENAI, day, loaded

START, AT = day("2026-01-01"), day("2026-03-11")
MONTHLY = (
    'id = "c"\ntype = "commit"\namount = 31\nperiod = "month"\nfrom = 2026-01-01\n'
    'until = 2027-01-01\nscope = { host = "microsoft" }\n'
)


def one(at_day: int, *, cost: int = 1, deployment: str = AZURE.id, tokens: int = 0) -> Used:
    return Used(
        of=UseClass(deployment=deployment, model=MODEL),
        started_us=us_of(START + timedelta(days=at_day)),
        requests=1,
        usage=Usage(visible_output_tokens=tokens),
        cost_pico_usd=cost * 10**12,
        first_byte_ms=None,
    )


def tally(agreements: AgreementSet, uses: tuple[Use, ...] = ()) -> Tally:
    commitments, places = commitments_of(agreements, ()), (AZURE, OPENAI)
    struck = balances(commitments, places, uses, at=AT, began_at=START)
    return Tally(commitments, places, struck, at=AT)


def test_what_comes_is_added_where_it_counts() -> None:
    found = tally(loaded(MONTHLY))
    assert found.behind(AT) == ("a/c",)
    found.add([one(60, cost=9)])
    found.add([one(60, cost=50, deployment=OPENAI.id)])
    found.add([one(40, cost=50)])  # of the month before
    assert found.behind(AT) == ("a/c",)
    found.add([one(61, cost=1)])
    assert found.behind(AT) == ()
    assert found.behind(AT + timedelta(days=1)) == ("a/c",)


def test_it_says_whether_anything_is_counted() -> None:
    assert tally(loaded(MONTHLY)).counts
    without_end = MONTHLY.replace('period = "month"\n', 'period = "term"\n')
    assert not tally(loaded(without_end.replace("until = 2027-01-01\n", ""))).counts


def test_other_measures() -> None:
    for measure in ("tokens", "requests"):
        found = tally(loaded(MONTHLY + f'measure = "{measure}"\n'))
        for _ in range(9):
            found.add([one(60, tokens=1)])
        assert found.behind(AT) == ("a/c",)
        found.add([one(60, tokens=1)])
        assert found.behind(AT) == ()


def test_it_says_when_sums_have_to_be_made_anew() -> None:
    assert tally(loaded(MONTHLY)).until_us == us_of(day("2026-04-01"))
    assert tally(loaded()).until_us is None
    endless = MONTHLY.replace('period = "month"\n', "").replace("until = 2027-01-01\n", "")
    found = tally(loaded(endless))
    found.add([one(60)])
    assert (found.until_us, found.behind(AT)) == (None, ())
    assert tally(loaded(MONTHLY)).behind(day("2026-05-01")) == ()


@given(
    days=st.lists(st.tuples(st.integers(0, 68), st.integers(0, 4)), max_size=20),
    split=st.integers(0, 20),
)
def test_a_running_balance_is_behind_where_one_struck_anew_is(
    days: list[tuple[int, int]], split: int
) -> None:
    agreements = loaded(MONTHLY)
    commitments = commitments_of(agreements, ())
    cuts = cuts_of(commitments, AT)
    used = [one(at_day, cost=cost) for at_day, cost in days]

    def summed(items: list[Used]) -> tuple[Use, ...]:
        return tuple(
            Use(
                of=item.of,
                since=max((c for c in cuts if us_of(c) <= item.started_us), default=None),
                until=min((c for c in cuts if us_of(c) > item.started_us), default=None),
                cost_usd=Decimal(item.cost_pico_usd or 0).scaleb(-12),
            )
            for item in items
        )

    running = tally(agreements, summed(used[:split]))
    running.add(used[split:])
    anew = balances(commitments, (AZURE, OPENAI), summed(used), at=AT, began_at=START)
    assert running.behind(AT) == behind(anew, AT)
