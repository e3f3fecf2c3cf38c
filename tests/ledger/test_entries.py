"""Records of one request become one entry, and nothing is lost between them."""

from datetime import datetime, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.entry import LedgerEntry
from detente.canonical.journal import Intent, Settlement
from detente.canonical.tariff import pico_of_usd
from detente.ledger.entries import entry_of, interrupted, time_of, us_of
from tests.canonical.values import structs_of
from tests.ledger.records import intent, settlement

SAME_NAME = set(Intent.__struct_fields__) & set(LedgerEntry.__struct_fields__)
OTHERWISE_NAMED = (
    *("upstream_dialect", "decision", "cost_pico_usd", "charge_pico_usd"),
    *("spends", "reserved_pico_usd"),
)


@given(structs_of(Intent), structs_of(Settlement))
def test_an_entry_has_every_field_of_its_records(asked: Intent, settled: Settlement) -> None:
    settled = msgspec.structs.replace(settled, id=asked.id)
    entry = entry_of(asked, settled, worker="w0", clauses=("a/b",))
    for name in Settlement.__struct_fields__:
        if name not in OTHERWISE_NAMED:
            assert getattr(entry, name) == getattr(settled, name)
    assert pico_of_usd(entry.cost_usd) == settled.cost_pico_usd
    assert pico_of_usd(entry.charge_usd) == settled.charge_pico_usd
    assert pico_of_usd(entry.reserved_usd) == settled.reserved_pico_usd
    assert entry.accounts == tuple(account for account, _ in settled.spends)
    for name in SAME_NAME - set(Settlement.__struct_fields__):
        assert getattr(entry, name) == getattr(asked, name)
    assert (entry.worker, entry.clauses) == ("w0", ("a/b",))
    assert us_of(entry.at) == (asked.started_us if asked.at_us is None else asked.at_us)
    assert us_of(entry.known_at) == (asked.started_us if asked.known_us is None else asked.known_us)


def test_the_last_decision_counts() -> None:
    settled = msgspec.structs.replace(settlement("r"), decision="d2")
    assert entry_of(intent("r"), settled).decision == "d2"
    settled = msgspec.structs.replace(settlement("r"), decision=None)
    assert entry_of(intent("r"), settled).decision == "d1"


def test_records_of_two_requests_do_not_join() -> None:
    with pytest.raises(AssertionError):
        entry_of(intent("r"), settlement("s"))


def test_an_interrupted_request_settles_its_estimate_at_an_unknown_cost() -> None:
    settled = interrupted(intent("r"))
    assert settled.outcome == "interrupted"
    assert settled.usage is not None
    assert (settled.usage.input_tokens, settled.usage.estimated) == (256, True)
    assert settled.cost_pico_usd is None


def test_an_interrupted_request_that_named_no_deployment_consumed_nothing() -> None:
    asked = msgspec.structs.replace(intent("r"), deployment=None)
    assert interrupted(asked).usage is None


@given(st.integers(0, 4 * 10**15))
def test_times_are_exact(us: int) -> None:
    assert us_of(time_of(us)) == us
    assert time_of(us).tzinfo is not None


def test_a_time_of_another_zone_is_the_same_time() -> None:
    eastern = timezone(-(datetime(2020, 1, 1, 5) - datetime(2020, 1, 1)))
    assert us_of(datetime(1970, 1, 1, tzinfo=eastern)) == 5 * 3600 * 10**6
