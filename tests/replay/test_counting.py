"""What requests cost anew: by the row of their time, length and tier, or as they did."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from detente.canonical.price import Price
from detente.canonical.question import labels_of
from detente.canonical.usage import Usage
from detente.replay.comparison import Comparison, Tally
from detente.replay.replaying import Order, replay
from detente.replay.terms import Terms, terms_of
from detente.wiring import Setup
from tests.replay.ledgers import Written
from tests.replay.test_replaying import DAY, configured, usage

MODEL = "anthropic/claude-9"


CLOSED = """
id = "x"
recorded_at = 2026-01-01
[[clause]]
id = "f"
type = "forbid"
reason = "r"
"""


def row(name: str, amount: str, **conditions: object) -> Price:
    """A price of input at aws, under conditions."""
    meters = {"uncached_input_tokens": Decimal(amount)}
    price = Price(id=name, model=MODEL, provider="aws", meters=meters, source="here")
    return msgspec.structs.replace(price, **conditions)


def priced(setup: Setup, *rows: Price) -> Terms:
    world = msgspec.structs.replace(setup.world, cost_prices=rows)
    return msgspec.structs.replace(terms_of(setup), world=world)


def replayed(path: Path, before: Terms, after: Terms) -> Comparison:
    return replay(path, Order(before=before, after=after))


def test_the_row_of_the_time_the_length_and_the_tier_counts(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now")
    ledger = Written(setup)
    hour = timedelta(hours=1)
    for at, used in (
        (DAY, usage(1_000, 0)),
        (DAY + hour, usage(1_000, 0)),
        (DAY + hour, usage(3_000, 0)),
        (DAY + hour, Usage(uncached_input_tokens=1_000, tier="flex")),
    ):
        ledger.request(MODEL, at=at, usage=used)
    after = priced(
        setup,
        row("old", "1", until=DAY + hour),
        row("flex", "2", tier="flex"),
        row("long", "8", input_tokens_over=2_000),
        row("new", "4"),
    )
    found = replayed(ledger.close(tmp_path), terms_of(setup), after)
    wanted = Decimal("0.001") + Decimal("0.004") + Decimal("0.024") + Decimal("0.002")
    assert found.total.cost_after_usd == wanted
    assert found.total.repriced == found.differences == 4


def test_a_row_that_stays_bills_what_it_did(tmp_path: Path) -> None:
    """One of two rows has changed; the requests of the other cost to the digit what they did."""
    setup = configured(tmp_path / "now")
    same, other = row("same", "1", tier="flex"), row("standard", "3")
    before = priced(setup, same, other)
    ledger = Written(msgspec.structs.replace(setup, world=before.world))
    ledger.request(MODEL, at=DAY, usage=Usage(uncached_input_tokens=1_000, tier="flex"))
    ledger.request(MODEL, at=DAY, usage=usage(1_000, 0))
    after = priced(setup, same, row("standard", "4"))
    found = replayed(ledger.close(tmp_path), before, after)
    assert found.total.repriced == 1
    assert found.total.cost_after_usd == Decimal("0.001") + Decimal("0.004")


def test_an_unknown_price_is_counted_and_never_free(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now")
    known = priced(setup, row("known", "1"))
    ledger = Written(msgspec.structs.replace(setup, world=known.world))
    ledger.request(MODEL, at=DAY, usage=usage(1_000, 0))
    ledger.request(MODEL, at=DAY, usage=usage(0, 5))  # no price of output
    ledger.request(MODEL, at=DAY)  # nothing consumed
    path = ledger.close(tmp_path)
    total = replayed(path, known, known).total
    assert (total.unpriced_before, total.unpriced_after, total.repriced) == (1, 1, 0)
    total = replayed(path, known, priced(setup)).total
    assert (total.unpriced_before, total.unpriced_after, total.repriced) == (1, 2, 1)
    total = replayed(path, known, priced(setup, row("other", "2"))).total
    assert (total.unpriced_before, total.unpriced_after) == (1, 1)


def test_who_was_denied_and_is_served_has_a_use_that_nobody_knows(tmp_path: Path) -> None:
    closed = (
        'id = "x"\nrecorded_at = 2026-01-01\n[[clause]]\nid = "f"\ntype = "forbid"\nreason = "r"\n'
    )
    setup = configured(tmp_path / "now", closed)
    ledger = Written(setup)
    assert ledger.request(MODEL, at=DAY) is None
    other = terms_of(configured(tmp_path / "next"))
    found = replayed(ledger.close(tmp_path), terms_of(setup), other)
    assert (found.gained.requests, found.total.unmetered) == (1, 1)
    assert found.total.cost_after_usd == 0


def test_labels_of_a_request_that_only_other_agreements_mention_count(tmp_path: Path) -> None:
    """Under the recorded agreements both requests were one class, with one decision."""
    setup = configured(tmp_path / "now")
    ledger = Written(setup)
    for value in ("public", "secret"):
        ledger.request(MODEL, at=DAY, header_labels=labels_of({"data": value}))
    clause = CLOSED + 'scope = { labels = { data = "secret" } }\n'
    other = terms_of(configured(tmp_path / "next", clause))
    found = replayed(ledger.close(tmp_path), terms_of(setup), other)
    assert (found.lost.requests, found.total.requests) == (1, 2)


def test_a_rehearsed_request_keeps_its_own_date(tmp_path: Path) -> None:
    clause = CLOSED.replace("[[clause]]", "from = 2026-06-11\n[[clause]]")
    setup = configured(tmp_path / "now", clause)
    ledger = Written(setup)
    later = DAY + timedelta(days=5)
    assert ledger.request(MODEL, at=later, started_at=DAY, rehearsed=True) is None
    assert ledger.request(MODEL, at=DAY) == "aws/claude-9"
    now = terms_of(setup)
    path = ledger.close(tmp_path)
    assert replayed(path, now, now).differences == 0
    other = terms_of(configured(tmp_path / "next"))
    found = replayed(path, now, other)
    assert found.gained.requests == 1
    assert found.sum_of(lambda fate: fate.rehearsed) == found.gained


@pytest.mark.parametrize("with_tokens", [False, True])
def test_tokens_are_counted_where_somebody_asks(tmp_path: Path, *, with_tokens: bool) -> None:
    setup = configured(tmp_path / "now")
    ledger = Written(setup)
    ledger.request(MODEL, at=DAY, usage=usage(30, 4, 100))
    ledger.request(MODEL, at=DAY)
    now = terms_of(setup)
    order = Order(before=now, after=now, with_tokens=with_tokens)
    total = replay(ledger.close(tmp_path), order).total
    wanted = (130, 4) if with_tokens else (0, 0)
    assert (total.input_tokens, total.output_tokens) == wanted
    assert total.answered == 2
    assert total.timed == 2
    assert isinstance(total, Tally)
