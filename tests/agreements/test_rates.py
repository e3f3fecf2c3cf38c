"""Prices of agreements as rows, computed by hand beside them; and what never changes a price."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.agreements import AgreementSet
from detente.agreements.rates import contract_prices
from detente.canonical.model import Deployment
from detente.canonical.price import Price, cost_usd
from detente.canonical.question import Event
from detente.canonical.usage import Usage
from detente.configuration.located import LocatedErrors
from detente.ledger.pricing import price_at
from tests.agreements.scenes import AZURE, HEAD, MODEL, at_place, day, loaded, loaded_files

LIST = Price(
    id="list",
    model=MODEL,
    provider="azure",
    source="the price page",
    meters={
        "uncached_input_tokens": Decimal("2.50"),
        "cache_read_tokens": Decimal("0.25"),
        "visible_output_tokens": Decimal("10.00"),
        "reasoning_output_tokens": Decimal("10.00"),
    },
)
USAGE = Usage(
    uncached_input_tokens=1_000_000,
    cache_read_tokens=2_000_000,
    visible_output_tokens=300_000,
    reasoning_output_tokens=200_000,
)
INPUT = 'id = "input"\ntype = "price"\nmeter = "input"\namount = 1.25\n'
OUTPUT = 'id = "output"\ntype = "price"\nmeter = "output"\namount = 8\n'
TENTH = 'id = "tenth"\ntype = "discount"\npercent = 10\n'


def cost(
    agreements: AgreementSet,
    *,
    at: str = "2026-02-01",
    deployment: Deployment = AZURE,
    base: tuple[Price, ...] = (LIST,),
    usage: Usage = USAGE,
    events: tuple[Event, ...] = (),
) -> Decimal | None:
    rows = contract_prices(base, (deployment,), agreements, events)
    return cost_usd(price_at((*rows, *base), deployment, day(at), usage), usage)


def test_without_clauses_there_are_no_rows() -> None:
    assert contract_prices((LIST,), (AZURE,), loaded(), ()) == ()


def test_a_price_takes_the_place_of_one_meter() -> None:
    # 1 * 1.25 + 2 * 0.25 + 0.5 * 10
    assert cost(loaded(INPUT)) == Decimal("6.75")


def test_output_is_what_reasoning_costs_unless_something_sets_it_apart() -> None:
    # 1 * 2.50 + 2 * 0.25 + 0.5 * 8
    assert cost(loaded(OUTPUT)) == Decimal("7.00")
    apart = 'id = "r"\ntype = "price"\nmeter = "reasoning"\namount = 20\n'
    # 1 * 2.50 + 2 * 0.25 + 0.3 * 8 + 0.2 * 20
    assert cost(loaded(OUTPUT, apart)) == Decimal("9.40")
    dear = msgspec.structs.replace(
        LIST, meters={**LIST.meters, "reasoning_output_tokens": Decimal(30)}
    )
    # 1 * 2.50 + 2 * 0.25 + 0.3 * 8 + 0.2 * 30
    assert cost(loaded(OUTPUT), base=(dear,)) == Decimal("11.40")


def test_discounts_are_taken_one_after_the_other() -> None:
    fifth = 'id = "fifth"\ntype = "discount"\npercent = 20\nmeters = ["output"]\n'
    # (1 * 1.25 + 2 * 0.25) * 0.9 + 0.5 * 10 * 0.8 * 0.9
    assert cost(loaded(INPUT, TENTH, fifth)) == Decimal("5.175")


@pytest.mark.parametrize(
    ("unit", "amount"), [("million_tokens", "2"), ("thousand_tokens", "0.002"), ("token", "2e-6")]
)
def test_units_and_currencies(unit: str, amount: str) -> None:
    euros = (
        f'id = "eur"\ntype = "price"\nmeter = "input"\namount = {amount}\nunit = "{unit}"\n'
        'currency = "EUR"\nusd_per_unit = 1.1\n'
    )
    # 1 * 2 * 1.1 + 2 * 0.25 + 0.5 * 10
    assert cost(loaded(euros)) == Decimal("7.7")


def test_a_currency_without_a_rate_leaves_the_cost_unknown() -> None:
    assert cost(loaded(INPUT + 'currency = "EUR"\n')) is None


def test_two_prices_of_one_meter_leave_its_cost_unknown_unless_they_agree() -> None:
    assert cost(loaded(INPUT, INPUT.replace('"input"\nt', '"same"\nt'))) == Decimal("6.75")
    other = 'id = "other"\ntype = "price"\nmeter = "input"\namount = 1.30\n'
    assert cost(loaded(INPUT, other)) is None


def test_tiers_charge_what_begins_at_zero() -> None:
    tiers = (
        'id = "t"\ntype = "price"\nmeter = "input"\n'
        "tiers = [{ over = 0, amount = 2 }, { over = 1000000, amount = 1 }]\n"
    )
    # 1 * 2 + 2 * 0.25 + 0.5 * 10, however much was used
    assert cost(loaded(tiers)) == Decimal("7.5")
    off = 'id = "d"\ntype = "discount"\ntiers = [{ over = 0, percent = 0 }]\n'
    assert cost(loaded(off)) == Decimal(8)


def test_windows_are_half_open_and_rows_change_within_them() -> None:
    dated = loaded(INPUT + "from = 2026-02-01\nuntil = 2026-03-01\n")
    new = msgspec.structs.replace(
        LIST,
        id="new",
        from_=day("2026-02-15"),
        meters={**LIST.meters, "cache_read_tokens": Decimal("0.5")},
    )
    prices = [
        cost(dated, at=at, base=(new, LIST))
        for at in ("2026-01-31T23:59:59", "2026-02-01", "2026-02-15", "2026-03-01")
    ]
    # the list; the contract over the old list; over the new list; the new list
    assert prices == [Decimal(8), Decimal("6.75"), Decimal("7.25"), Decimal("8.5")]


def test_a_successor_and_an_event_end_a_price() -> None:
    first = HEAD + f"[[clause]]\n{INPUT}ends_on = 'bankruptcy'\n"
    second = 'id = "b"\nrecorded_at = 2025-01-01\nsupersedes = "a"\nfrom = 2026-06-01\n'
    both = loaded_files(first, second)
    assert cost(both, at="2026-05-31") == Decimal("6.75")
    assert cost(both, at="2026-06-01") == Decimal(8)
    gone = Event(name="bankruptcy", occurred_at=day("2026-04-01"), recorded_at=day("2026-04-02"))
    assert cost(both, at="2026-03-31", events=(gone,)) == Decimal("6.75")
    assert cost(both, at="2026-04-01", events=(gone,)) == Decimal(8)


def test_a_date_known_as_a_range_counts_from_its_latest_start_to_its_earliest_end() -> None:
    dated = loaded(
        INPUT
        + "from = { after = 2026-02-01, before = 2026-02-10 }\n"
        + "until = { after = 2026-03-01, before = 2026-03-10 }\n"
    )
    found = [cost(dated, at=at) for at in ("2026-02-09", "2026-02-10", "2026-02-28", "2026-03-01")]
    assert found == [Decimal(8), Decimal("6.75"), Decimal("6.75"), Decimal(8)]


def test_conditions_of_rows_beneath_stay() -> None:
    long = msgspec.structs.replace(
        LIST,
        id="long",
        input_tokens_over=200_000,
        meters={**LIST.meters, "cache_read_tokens": Decimal("0.5")},
    )
    # a long prompt: 1 * 1.25 + 2 * 0.5 + 0.5 * 10
    assert cost(loaded(INPUT), base=(long, LIST)) == Decimal("7.25")
    short = Usage(uncached_input_tokens=100_000)
    assert cost(loaded(INPUT), base=(long, LIST), usage=short) == Decimal("0.125")
    # without a row for short prompts, the clause alone prices them
    assert cost(loaded(INPUT), base=(long,), usage=short) == Decimal("0.125")
    assert cost(loaded(TENTH), base=(long,), usage=short) is None


def test_a_row_speaks_of_one_deployment_and_names_its_clauses() -> None:
    provisioned = msgspec.structs.replace(AZURE, id="azure/ptu", tier="provisioned")
    free = loaded(INPUT.replace("1.25", "0") + 'scope = { tier = "provisioned" }\n')
    rows = contract_prices((LIST,), (AZURE, provisioned), free, ())
    assert [row.deployment for row in rows] == ["azure/ptu"]
    assert rows[0].id == "openai/gpt-4@azure/ptu:a"
    assert rows[0].source == "`a/input`, over: the price page"
    assert cost(free, deployment=AZURE) == Decimal(8)
    assert cost(free, deployment=provisioned) == Decimal("5.5")


def test_cuts_that_change_nothing_make_no_rows() -> None:
    # a row that another one hides, and one whose time is over before the clause begins
    hidden = msgspec.structs.replace(LIST, id="hidden", from_=day("2026-03-01"))
    old = msgspec.structs.replace(LIST, id="old", until=day("2025-01-01"))
    agreements = loaded(INPUT + "from = 2026-01-01\nuntil = 2027-01-01\n")
    (row,) = contract_prices((old, LIST, hidden), (AZURE,), agreements, ())
    assert (row.from_, row.until) == (day("2026-01-01"), day("2027-01-01"))


def test_a_scope_that_needs_a_fact_nobody_supplied_prices_nothing() -> None:
    abroad = loaded(INPUT + 'scope = { zone = "eu" }\n')
    assert cost(abroad, deployment=at_place("azure", "microsoft", zone="eu")) == Decimal("6.75")
    assert cost(abroad, deployment=at_place("azure", "microsoft")) == Decimal(8)


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        (INPUT + 'scope = { project = "x" }\n', "a price is a deployment's, and `project` is"),
        (TENTH + "scope = { labels = { a = 'b' } }\n", "`labels` is a request's"),
        (INPUT + 'scope = { interface = "embedding" }\n', "`interface` is a request's"),
        (INPUT.replace("amount = 1.25\n", ""), "give either `amount` or `tiers`"),
        (TENTH + "tiers = [{ over = 0, percent = 1 }]\n", "give either `percent` or `tiers`"),
        (
            TENTH.replace("percent = 10", "tiers = [{ over = 5, percent = 1 }]"),
            "the first tier has to begin at 0",
        ),
        (
            INPUT.replace(
                "amount = 1.25", "tiers = [{ over = 0, amount = 1 }, { over = 0, amount = 2 }]"
            ),
            "each tier has to begin after the one before",
        ),
    ],
)
def test_mistakes_are_located(clause: str, said: str) -> None:
    with pytest.raises(LocatedErrors) as raised:
        loaded(clause)
    assert said in str(raised.value.errors[0])
    assert raised.value.errors[0].line > 3


PERCENTS = st.integers(0, 100)


@given(percents=st.lists(PERCENTS, min_size=1, max_size=4), data=st.data())
def test_the_order_of_clauses_and_a_discount_of_nothing_never_matter(
    percents: list[int], data: st.DataObject
) -> None:
    clauses = [INPUT, OUTPUT]
    clauses += [
        f'id = "d{i}"\ntype = "discount"\npercent = {percent}\n'
        for i, percent in enumerate(percents)
    ]
    nothing = 'id = "nothing"\ntype = "discount"\npercent = 0\n'
    shuffled = data.draw(st.permutations([*clauses, nothing]))
    assert cost(loaded(*clauses)) == cost(loaded(*shuffled))


@given(percent=PERCENTS)
def test_a_discount_takes_its_share_off_the_whole(percent: int) -> None:
    off = loaded(f'id = "d"\ntype = "discount"\npercent = {percent}\n')
    assert cost(off) == Decimal(8) * (100 - percent) / 100
