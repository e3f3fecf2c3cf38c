"""E06: commitments that no forecast use can take."""

from decimal import Decimal

import msgspec
import pytest

from detente.agreements import AgreementSet, load, reference
from detente.agreements.checking.e06_unburnable_commitments import unburnable_commitments
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.canonical.forecast import Forecast
from detente.canonical.price import Price
from detente.canonical.world import World
from tests.agreements.checking.worlds import HEAD, agreements, day, world

COMMIT = """
[[clause]]
id = "spend"
type = "commit"
amount = {amount}
until = 2026-01-01
"""
PRICES = tuple(
    Price(
        id=provider,
        model="lab/one",
        provider=provider,
        meters={"uncached_input_tokens": Decimal(rate), "visible_output_tokens": Decimal(0)},
        source="an example",
    )
    for provider, rate in (("north", 10), ("south", 20))
)
MILLION = Forecast(model="lab/one", input_tokens_per_month=1_000_000)
"""365 days of it cost 365 / 30.4375 times 20 dollars at most: 239.83."""


def expecting(*forecasts: Forecast, prices: tuple[Price, ...] = PRICES) -> World:
    return msgspec.structs.replace(world(), forecasts=forecasts, cost_prices=prices)


def found(of: World, loaded: AgreementSet) -> list[CheckFinding]:
    return list(unburnable_commitments(Survey(of, loaded)))


def commit(amount: int, keys: str = "") -> str:
    return COMMIT.format(amount=amount) + keys + "\n"


def test_more_than_the_dearest_place_can_take() -> None:
    loaded, of = agreements(a=commit(240)), expecting(MILLION)
    (finding,) = found(of, loaded)
    assert (finding.code, finding.severity, finding.clauses) == ("E06", "warning", ("a/spend",))
    assert finding.place == loaded.places["a/spend"]
    assert "240 USD from 2025-01-01 until 2026-01-01" in finding.message
    assert [(p.from_, p.until) for p in finding.periods] == [(day("2025-01-01"), day("2026-01-01"))]
    assert finding.witness is not None
    assert reference.decide(of, loaded, finding.witness).outcome == "allow"
    assert not found(of, agreements(a=commit(239)))


@pytest.mark.parametrize(
    ("amount", "keys"),
    [
        (150, 'eligible = { provider = "north" }'),
        (150, 'eligible = { model = "lab/*", host = "north" }'),
        (240, 'usd_per_unit = 2\ncurrency = "EUR"\nalready_taken = 119'),
    ],
)
def test_only_what_is_eligible_counts(amount: int, keys: str) -> None:
    assert found(expecting(MILLION), agreements(a=commit(amount, keys)))


def test_what_was_taken_already_counts_in_the_first_period() -> None:
    assert not found(expecting(MILLION), agreements(a=commit(340, "already_taken = 101")))
    assert found(expecting(MILLION), agreements(a=commit(340, "already_taken = 99")))
    yearly = commit(300, 'already_taken = 100\nperiod = "month"')
    (finding,) = found(expecting(MILLION), agreements(a=yearly))
    assert len(finding.periods) == 12
    monthly = commit(21, 'already_taken = 10\nperiod = "month"')
    (finding,) = found(expecting(MILLION), agreements(a=monthly))
    assert finding.periods[0].from_ == day("2025-02-01")


def test_what_agreements_forbid_is_not_spent() -> None:
    forbid = '\n[[clause]]\nid = "no"\ntype = "forbid"\nscope = { provider = "south" }\n'
    assert not found(expecting(MILLION), agreements(a=commit(200)))
    assert found(expecting(MILLION), agreements(a=commit(200), b=forbid))
    half = forbid + "until = 2025-07-01\n"
    assert not found(expecting(MILLION), agreements(a=commit(170), b=half))
    assert found(expecting(MILLION), agreements(a=commit(190), b=half))


def test_what_waits_for_a_refusal_may_still_be_spent() -> None:
    first = """
[[clause]]
id = "first"
type = "first_refusal"
holder = "provider:north"
signals = ["429"]
respond_within = "1s"
default = "refused"
"""
    assert not found(expecting(MILLION), agreements(a=commit(239), b=first))


def test_provisioned_capacity_bounds_what_is_served() -> None:
    capacity = """
[[clause]]
id = "ptu"
type = "capacity"
scope = { provider = "south" }
size = 1
unit = "ptu"
tokens_per_minute_per_unit = 1
"""
    # 43,830 of a million tokens a month fit at `south`; the rest goes to `north` at half price.
    assert not found(expecting(MILLION), agreements(a=commit(125), b=capacity))
    assert found(expecting(MILLION), agreements(a=commit(126), b=capacity))


def test_tokens_and_requests_need_no_price() -> None:
    use = msgspec.structs.replace(MILLION, requests_per_month=10, output_tokens_per_month=5)
    for measure, fits, over in (("tokens", 11_000_000, 12_000_000), ("requests", 119, 120)):
        keys = f'measure = "{measure}"'
        assert not found(expecting(use, prices=()), agreements(a=commit(fits, keys)))
        assert found(expecting(use, prices=()), agreements(a=commit(over, keys)))


def test_where_something_is_not_known_nothing_is_said() -> None:
    dear = commit(10_000_000)
    assert not found(expecting(), agreements(a=dear))
    assert not found(expecting(MILLION, prices=()), agreements(a=dear))
    assert not found(expecting(MILLION), agreements(a=commit(10_000_000, 'currency = "EUR"')))
    late = msgspec.structs.replace(MILLION, from_=day("2025-06-01"))
    assert not found(expecting(late), agreements(a=dear))
    assert found(expecting(late), agreements(a=commit(10_000_000, "already_taken = 5")))
    short = msgspec.structs.replace(MILLION, until=day("2025-06-01"))
    assert not found(expecting(short), agreements(a=commit(10_000_000, "already_taken = 5")))


def test_a_project_s_forecast_counts_for_its_own() -> None:
    mine = msgspec.structs.replace(MILLION, project="a")
    assert not found(expecting(mine), agreements(a=commit(200, 'scope = { project = "a" }')))
    both = expecting(mine, msgspec.structs.replace(MILLION, project="b"))
    assert not found(both, agreements(a=commit(400)))
    assert found(both, agreements(a=commit(400, 'scope = { project = "a" }')))


def test_a_period_that_a_successor_cuts_short_is_not_judged() -> None:
    loaded = load(
        [
            ("a.toml", (HEAD.format(id="a") + commit(240)).encode()),
            ("b.toml", SUCCESSOR.encode()),
        ]
    )
    assert not found(expecting(MILLION), loaded)
    # Years that are whole are: of two, the successor cuts the second.
    years = commit(240, 'period = "year"').replace("2026-01-01", "2028-01-01")
    loaded = load(
        [
            ("a.toml", (HEAD.format(id="a") + years).encode()),
            ("b.toml", SUCCESSOR.replace("2025-07", "2026-07").encode()),
        ]
    )
    (finding,) = found(expecting(MILLION), loaded)
    assert [(p.from_, p.until) for p in finding.periods] == [(day("2025-01-01"), day("2026-01-01"))]


SUCCESSOR = 'id = "b"\nfrom = 2025-07-01\nrecorded_at = 2025-01-01\nsupersedes = "a"\n'
