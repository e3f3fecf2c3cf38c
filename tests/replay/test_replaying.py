"""Recorded traffic under other terms: a case computed by hand, and nothing changed is nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from bench import traffic
from bench.whatif import CAPACITY, COMMITMENT
from detente.canonical.entry import EntryOutcome
from detente.canonical.snapshot import Snapshot
from detente.canonical.usage import Usage
from detente.ledger.entries import us_of
from detente.ledger.failures import LedgerUnusable
from detente.replay.changes import PriceChange, with_prices
from detente.replay.comparison import Comparison
from detente.replay.fates import EVER_US, NEVER_US
from detente.replay.replaying import Order, first_start_us, replay
from detente.replay.terms import Terms, terms_of
from detente.wiring import Setup, load
from tests.replay.ledgers import Met, Written

DAY = datetime(2026, 6, 10, 12, tzinfo=UTC)
CONFIGURATION = """
[agreements]
path = "agreements"

[providers.openai]
kind = "openai"
api_key = { env = "OPENAI_KEY" }

[providers.azure]
kind = "azure"
base_url = "https://example.openai.azure.com"
region = "swedencentral"
api_key = { env = "AZURE_KEY" }

[providers.aws]
kind = "bedrock"
region = "us-east-1"
api_key = { env = "AWS_KEY" }

[projects.shop]
[projects.press]

[models."openai/gpt-9"]
deployments = [
  { provider = "azure", id = "gpt-9" },
  { provider = "openai", id = "gpt-9" },
]

[models."anthropic/claude-9"]
deployments = [{ provider = "aws", id = "claude-9" }]

[[prices]]
model = "openai/gpt-9"
provider = "azure"
input = 4
cache_read = 1
output = 16
source = "the test"

[[prices]]
model = "openai/gpt-9"
provider = "openai"
input = 3
cache_read = 0.3
output = 15
source = "the test"

[[prices]]
model = "anthropic/claude-9"
provider = "aws"
input = 5
output = 25
source = "the test"
"""
FIRST = """
id = "azure"
recorded_at = 2026-01-01
from = 2026-01-01

[[clause]]
id = "first"
type = "first_refusal"
holder = "host:microsoft"
scope = { publisher = "openai" }
signals = ["429", "unreachable"]
"""
NEXT = """
id = "next"
recorded_at = 2026-11-01
from = 2026-06-10T18:00:00Z

[[clause]]
id = "press"
type = "forbid"
scope = { project = "press", publisher = "openai" }
reason = "no licence"

[[clause]]
id = "bound"
type = "first_refusal"
holder = "host:openai"
scope = { publisher = "openai" }
signals = ["429", "unreachable"]
"""


def configured(folder: Path, *agreements: str) -> Setup:
    """A configuration of three providers and two models."""
    (folder / "agreements").mkdir(parents=True)
    for number, text in enumerate(agreements):
        (folder / "agreements" / f"{number}.toml").write_text(text, encoding="utf-8")
    (folder / "detente.toml").write_text(CONFIGURATION, encoding="utf-8")
    return load(folder)


def usage(inwards: int, outwards: int, cached: int = 0) -> Usage:
    return Usage(
        uncached_input_tokens=inwards, cache_read_tokens=cached, visible_output_tokens=outwards
    )


def seven(setup: Setup, state: Path) -> Path:
    """The requests of the case computed by hand."""
    ledger = Written(setup)
    gpt, claude = "openai/gpt-9", "anthropic/claude-9"
    # 1: azure, 1,000 in and 500 out: 0.004 + 0.008 = 0.012
    assert ledger.request(gpt, at=DAY, usage=usage(1_000, 500)) == "azure/gpt-9"
    # 2: azure refuses; openai, 2,000 in, 10,000 cached, 100 out: 0.006 + 0.003 + 0.0015 = 0.0105
    met: Met = {"azure/gpt-9": "429"}
    answered = ledger.request(gpt, at=DAY, met=met, usage=usage(2_000, 100, 10_000))
    assert answered == "openai/gpt-9"
    # 3: aws, 3,000 in and 1 out: 0.015 + 0.000025 = 0.015025
    assert ledger.request(claude, at=DAY, usage=usage(3_000, 1)) == "aws/claude-9"
    # 4: everybody refuses
    met = {"azure/gpt-9": "429", "openai/gpt-9": "429"}
    assert ledger.request(gpt, at=DAY, met=met) is None
    # 5: press at azure after 18:00, 7 in and 3 out: 0.000028 + 0.000048 = 0.000076
    later = DAY + timedelta(hours=8)
    assert ledger.request(gpt, at=later, project="press", usage=usage(7, 3)) == "azure/gpt-9"
    # 6: shop at azure after 18:00, 1 in: 0.000004
    assert ledger.request(gpt, at=later, usage=usage(1, 0)) == "azure/gpt-9"
    # 7: nobody could read it
    ledger.undecided(later)
    return ledger.close(state)


def compared(
    path: Path,
    before: Terms,
    after: Terms,
    *,
    since_us: int = EVER_US,
    until_us: int = NEVER_US,
    shift_us: int = 0,
) -> Comparison:
    order = Order(
        before=before, after=after, since_us=since_us, until_us=until_us, shift_us=shift_us
    )
    return replay(path, order, processes=1)


def test_nothing_changed_is_no_difference(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now", FIRST)
    now = terms_of(setup)
    found = compared(seven(setup, tmp_path), now, now)
    assert found.differences == 0
    assert found.undecided == 1
    assert found.total.requests == 6
    assert found.total.cost_before_usd == Decimal("0.037605")
    assert found.total.cost_after_usd == Decimal("0.037605")
    assert (found.since, found.until) == (DAY, DAY + timedelta(hours=8))


def test_an_absent_provider_by_hand(tmp_path: Path) -> None:
    """Without Microsoft: 1, 5 and 6 go to OpenAI directly, 2 and 3 stay, 4 is still refused.

    1: 0.003 + 0.0075 = 0.0105; 5: 0.000021 + 0.000045 = 0.000066; 6: 0.000003.
    """
    setup = configured(tmp_path / "now", FIRST)
    now = terms_of(setup)
    gone = terms_of(setup, without="host:microsoft")
    found = compared(seven(setup, tmp_path), now, gone)
    assert (found.moved.requests, found.lost.requests, found.gained.requests) == (3, 0, 0)
    assert found.moved.cost_before_usd == Decimal("0.01208")
    assert found.moved.cost_after_usd == Decimal("0.010569")
    assert found.total.cost_after_usd == Decimal("0.0105") + Decimal("0.0105") + Decimal(
        "0.015025"
    ) + Decimal("0.000066") + Decimal("0.000003")
    assert found.differences == 3


def test_an_absent_provider_that_nobody_stands_in_for(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now", FIRST)
    gone = terms_of(setup, without="provider:aws")
    found = compared(seven(setup, tmp_path), terms_of(setup), gone)
    assert (found.moved.requests, found.lost.requests) == (0, 1)
    assert found.lost.cost_before_usd == Decimal("0.015025")
    [fate] = [fate for fate in found.fates if fate.before is not None and fate.after is None]
    assert fate.gone == ("aws/claude-9",)


def test_other_agreements_by_hand(tmp_path: Path) -> None:
    """From 18:00 on press may not, and OpenAI is asked first; nobody knew of it before November.

    5 has no route, 6 goes to OpenAI for 0.000003 and is owed to it.
    """
    setup = configured(tmp_path / "now", FIRST)
    other = terms_of(configured(tmp_path / "next", NEXT))
    path = seven(setup, tmp_path)
    found = compared(path, terms_of(setup), other)
    by = {(f.project, f.before, f.after): t for f, t in found.fates.items()}
    assert by["press", "azure/gpt-9", None].requests == 1
    assert by["shop", "azure/gpt-9", "openai/gpt-9"].cost_after_usd == Decimal("0.000003")
    assert found.by(lambda fate: fate.owed).keys() == {"next/bound"}
    assert found.by(lambda fate: fate.owed)["next/bound"].requests == 1
    # before 18:00 no clause holds, and the cheaper one comes first: 1 costs 0.0105
    assert found.total.cost_after_usd == Decimal("0.0105") + Decimal("0.0105") + Decimal(
        "0.015025"
    ) + Decimal("0.000003")


def test_as_known_then_keeps_what_nobody_knew_out(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now", FIRST)
    both = terms_of(configured(tmp_path / "next", FIRST, NEXT))
    path = seven(setup, tmp_path)
    order = Order(before=terms_of(setup), after=both, as_known_then=True)
    assert replay(path, order).differences == 0
    assert replay(path, msgspec.structs.replace(order, as_known_then=False)).differences > 0


def test_another_price_by_hand(tmp_path: Path) -> None:
    """GPT-9 at Azure for 2 and 8: 1 costs 0.006, 5 0.000038, 6 0.000002; the rest as it did.

    The cached tokens keep their price; the first refusal keeps the order.
    """
    setup = configured(tmp_path / "now", FIRST)
    now = terms_of(setup)
    change = PriceChange(
        model="openai/gpt-9",
        provider="azure",
        meters={"uncached_input_tokens": Decimal(2), "visible_output_tokens": Decimal(8)},
    )
    after = msgspec.structs.replace(now, world=with_prices(now.world, (change,)))
    found = compared(seven(setup, tmp_path), now, after)
    assert found.moved.requests == 0
    assert found.total.repriced == found.differences == 3
    assert found.total.cost_after_usd == Decimal("0.006") + Decimal("0.0105") + Decimal(
        "0.015025"
    ) + Decimal("0.000038") + Decimal("0.000002")


def test_traffic_replayed_later_meets_what_holds_then(tmp_path: Path) -> None:
    """Six hours later all requests come after 18:00: 1 is OpenAI's, too."""
    setup = configured(tmp_path / "now", FIRST)
    other = terms_of(configured(tmp_path / "next", NEXT))
    path = seven(setup, tmp_path)
    found = compared(path, terms_of(setup), other, shift_us=6 * 3_600_000_000)
    assert found.by(lambda fate: fate.owed)["next/bound"].requests == 2
    assert found.lost.requests == 1


def test_only_the_asked_time_counts(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now", FIRST)
    now = terms_of(setup)
    path = seven(setup, tmp_path)
    later = us_of(DAY + timedelta(hours=1))
    assert compared(path, now, now, since_us=later).total.requests == 2
    assert compared(path, now, now, until_us=later).total.requests == 4
    assert first_start_us(path) == us_of(DAY)
    assert first_start_us(path, later) == us_of(DAY + timedelta(hours=8))
    assert first_start_us(path, later * 2) is None


def test_what_was_measured_orders_again(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now")
    ledger = Written(setup)
    world = msgspec.structs.replace(setup.world, cost_prices=())
    setup = msgspec.structs.replace(setup, world=world)
    ledger = Written(setup)
    assert ledger.request("openai/gpt-9", at=DAY) == "azure/gpt-9"
    ledger.observe(Snapshot(latency_ms={"azure/gpt-9": 512, "openai/gpt-9": 256}))
    assert ledger.request("openai/gpt-9", at=DAY) == "openai/gpt-9"
    now = terms_of(setup)
    assert compared(ledger.close(tmp_path), now, now).differences == 0


def test_what_was_passed_over_is_passed_over_again(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now")
    ledger = Written(setup)
    passed = frozenset(("openai/gpt-9",))
    assert ledger.request("openai/gpt-9", at=DAY, passes_over=passed) == "azure/gpt-9"
    now = terms_of(setup)
    assert compared(ledger.close(tmp_path), now, now).differences == 0


def test_changed_since_is_told(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now", FIRST)
    path = seven(setup, tmp_path)
    today = terms_of(configured(tmp_path / "today"))
    found = compared(path, today, msgspec.structs.replace(today, without="provider:aws"))
    assert found.sum_of(lambda fate: fate.unlike).requests == 3


def test_no_ledger_is_told(tmp_path: Path) -> None:
    now = terms_of(configured(tmp_path))
    with pytest.raises(LedgerUnusable, match="no ledger"):
        compared(tmp_path / "none.sqlite3", now, now)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "ledger.sqlite3"
    traffic.write(path, requests=12_000)
    return path


def test_processes_count_what_one_counts(large: Path) -> None:
    now = Terms(world=traffic.world(), agreements=traffic.agreements())
    gone = msgspec.structs.replace(now, without="host:microsoft")
    order = Order(before=now, after=gone)
    words: list[tuple[int, int]] = []

    def told(done: int, total: int) -> None:
        words.append((done, total))

    several = replay(large, order, processes=2, progress=told)
    assert several == replay(large, order, processes=1)
    assert several.lost.requests > 0
    assert several.moved.requests > 0
    assert words[-1] == (94, 94)


def test_nothing_changed_in_large(large: Path) -> None:
    now = Terms(world=traffic.world(), agreements=traffic.agreements())
    found = compared(large, now, now)
    assert (found.differences, found.total.requests) == (0, 12_000)


@pytest.mark.long
def test_nothing_changed_over_a_million(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    traffic.write(path, requests=1_000_000)
    now = Terms(world=traffic.world(), agreements=traffic.agreements())
    found = replay(path, Order(before=now, after=now))
    assert (found.differences, found.total.requests) == (0, 1_000_000)
    assert found.total.cost_after_usd == found.total.cost_before_usd > 0


def test_processes_take_in_order_what_one_takes(large: Path) -> None:
    """Capacity and a commitment that is behind at times, handed from process to process."""
    now = Terms(world=traffic.world(), agreements=traffic.agreements())
    other = Terms(world=now.world, agreements=traffic.agreements(CAPACITY + COMMITMENT))
    order = Order(before=now, after=other)
    one = replay(large, order, processes=1)
    assert (one.mode, one.total.requests) == ("in time order", 12_000)
    assert one.differences > 0
    assert replay(large, order, processes=2) == one
    assert replay(large, order, processes=3) == one


def in_a_drill(folder: Path) -> tuple[Terms, Path]:
    """Two requests that a drill kept from Azure: the first went to OpenAI, nobody had the second.

    At Azure the first costs 1,000 * 4 + 500 * 16 = 12,000 millionths, and not 3,000 + 7,500.
    """
    setup = configured(folder / "now", FIRST)
    ledger = Written(setup)
    cut = frozenset(("azure/gpt-9",))
    used = usage(1_000, 500)
    met: Met = {"azure/gpt-9": "unreachable"}
    name = ledger.request("openai/gpt-9", at=DAY, usage=used, met=met, drilled=cut)
    assert name == "openai/gpt-9"
    met = {"azure/gpt-9": "unreachable", "openai/gpt-9": "429"}
    name = ledger.request("openai/gpt-9", at=DAY, met=met, drilled=cut)
    assert name is None
    return terms_of(setup), ledger.close(folder)


def test_what_a_drill_kept_away_did_not_happen(tmp_path: Path) -> None:
    now, path = in_a_drill(tmp_path)
    found = compared(path, now, now)
    assert (found.differences, found.drilled.requests, found.drilled.unmetered) == (0, 2, 1)
    assert {(f.before, f.after, f.unlike) for f in found.fates} == {
        ("azure/gpt-9", "azure/gpt-9", False)
    }
    assert found.total.cost_before_usd == found.total.cost_after_usd == Decimal("0.012")


def test_other_terms_are_set_against_what_would_have_been_without_the_drill(
    tmp_path: Path,
) -> None:
    """Without Microsoft both leave Azure; OpenAI refused the second, and would again."""
    now, path = in_a_drill(tmp_path)
    found = compared(path, now, msgspec.structs.replace(now, without="host:microsoft"))
    assert (found.moved.requests, found.lost.requests) == (1, 1)
    assert found.moved.cost_after_usd == Decimal("0.0105")
    assert not any(fate.owed for fate in found.fates)
    assert found.drilled.requests == 2


@pytest.mark.parametrize("ends", ["client_gone", "interrupted"])
def test_who_hung_up_or_was_cut_off_had_been_in_hand(tmp_path: Path, ends: EntryOutcome) -> None:
    setup = configured(tmp_path / "now", FIRST)
    ledger = Written(setup)
    ledger.request("openai/gpt-9", at=DAY, usage=usage(1_000, 500), ends=ends)
    ledger.request("openai/gpt-9", at=DAY, ends=ends)
    now, path = terms_of(setup), ledger.close(tmp_path)
    assert compared(path, now, now).differences == 0
    found = compared(path, now, msgspec.structs.replace(now, without="host:microsoft"))
    assert (found.moved.requests, found.moved.answered) == (2, 0)
    assert found.moved.cost_after_usd == Decimal("0.0105")


def test_what_is_not_configured_any_more_has_no_route(tmp_path: Path) -> None:
    """A deployment that is gone leaves its requests to the others, a model to nobody."""
    setup = configured(tmp_path / "now", FIRST)
    now, path = terms_of(setup), seven(setup, tmp_path)
    rest = tuple(d for d in now.world.deployments if d.id != "azure/gpt-9")
    world = msgspec.structs.replace(now.world, deployments=rest)
    found = compared(path, now, msgspec.structs.replace(now, world=world))
    assert all(fate.after != "azure/gpt-9" for fate in found.fates)
    world = msgspec.structs.replace(
        now.world,
        models=tuple(m for m in now.world.models if m.name != "openai/gpt-9"),
        deployments=tuple(d for d in rest if d.model != "openai/gpt-9"),
    )
    found = compared(path, now, msgspec.structs.replace(now, world=world))
    assert found.total.requests == 6
    assert {f.after for f in found.fates if f.model == "openai/gpt-9"} == {None}
    # also where neither side knows it any more
    gone = msgspec.structs.replace(now, world=world)
    found = compared(path, gone, gone)
    assert {f.unlike for f in found.fates if f.model == "openai/gpt-9" and f.before} == {True}
