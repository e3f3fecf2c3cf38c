"""Commitments as recorded and as replayed: the same balances, out of other use."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec

from detente.ledger.store.using import UseReader
from detente.replay.commitments import counts_tokens, cuts_at, set_against, taken_by, uses_of
from detente.replay.replaying import Order, replay
from detente.replay.terms import Terms, terms_of
from tests.replay.ledgers import Written
from tests.replay.test_replaying import DAY, configured, usage

COMMIT = """
id = "azure"
recorded_at = 2026-01-01
from = 2026-06-01
until = 2026-07-01

[[clause]]
id = "macc"
type = "commit"
amount = 0.01
scope = { provider = "azure" }
"""
END = DAY.replace(month=7)


def gpt(folder: Path, *texts: str) -> tuple[Terms, Path]:
    """Four requests at Azure, for 0.004 each: OpenAI refuses, whose price is lower."""
    setup = configured(folder / "now", *texts)
    ledger = Written(setup)
    for hour in range(4):
        at = DAY + timedelta(hours=hour)
        ledger.request("openai/gpt-9", at=at, met={"openai/gpt-9": "429"}, usage=usage(1_000, 0))
    return terms_of(setup), ledger.close(folder)


def test_met_as_recorded_and_missed_without(tmp_path: Path) -> None:
    now, path = gpt(tmp_path, COMMIT)
    gone = msgspec.structs.replace(now, without="provider:azure")
    cuts = cuts_at(gone, END)
    found = replay(path, Order(before=now, after=gone, cuts=cuts))
    [weighed] = set_against(gone, found, cuts=cuts, at=END)
    assert (weighed.before.state, weighed.before.taken) == ("met", Decimal("0.016"))
    assert (weighed.after.state, weighed.after.taken) == ("missed", Decimal(0))
    assert weighed.after.shortfall == Decimal("0.01")


def test_what_was_used_is_what_the_ledger_sums(tmp_path: Path) -> None:
    now, path = gpt(tmp_path, COMMIT)
    cuts = cuts_at(now, END)
    found = replay(path, Order(before=now, after=now, cuts=cuts, with_tokens=True))
    wanted = UseReader.open(path).uses(cuts, interfaces=True)
    for side in ("before", "after"):
        uses = uses_of(found, side, cuts)
        assert [msgspec.structs.replace(use, charge_unknown=4) for use in uses] == wanted


def test_what_came_before_counts_along(tmp_path: Path) -> None:
    now, path = gpt(tmp_path, COMMIT)
    began = DAY + timedelta(hours=2)
    earlier = UseReader.open(path).uses(cuts_at(now, began), until=began, interfaces=True)
    assert taken_by(now, earlier, began) == {"azure/macc": Decimal("0.008")}


def test_without_commitments_nothing_is_cut(tmp_path: Path) -> None:
    assert cuts_at(terms_of(configured(tmp_path / "a")), END) == ()
    now = terms_of(configured(tmp_path / "b", COMMIT))
    assert not counts_tokens(now)
    tokens = COMMIT.replace("amount = 0.01", 'amount = 5\nmeasure = "tokens"')
    assert counts_tokens(terms_of(configured(tmp_path / "c", tokens)))
