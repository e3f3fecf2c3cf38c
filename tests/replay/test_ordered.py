"""One request leaves another no room: capacity by the minute, commitments by their pace."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from detente.ledger.entries import us_of
from detente.replay.changes import with_capacity
from detente.replay.comparison import Comparison
from detente.replay.replaying import Order, replay
from detente.replay.terms import Terms, terms_of
from tests.replay.ledgers import Written
from tests.replay.test_replaying import DAY, FIRST, configured, usage

PTU = """
id = "ptu"
recorded_at = 2026-01-01
from = 2026-01-01

[[clause]]
id = "units"
type = "capacity"
scope = { provider = "azure" }
unit = "tokens_per_minute"
size = 1000
"""
NOWHERE = PTU + "spill_to = []\n"
COMMIT = """
id = "aws"
recorded_at = 2026-01-01
from = 2026-06-10
until = 2026-06-12

[[clause]]
id = "macc"
type = "commit"
amount = 0.02
scope = { provider = "azure" }
"""


def five(folder: Path, *agreements: str) -> tuple[Terms, Path]:
    """Four requests of 400 tokens in one minute, one in the next; all at the cheaper OpenAI."""
    setup = configured(folder / "now", *agreements)
    ledger = Written(setup)
    for second in (0, 1, 2, 3, 60):
        at = DAY + timedelta(seconds=second)
        ledger.request("openai/gpt-9", at=at, usage=usage(300, 100))
    return terms_of(setup), ledger.close(folder)


def served(found: Comparison) -> dict[tuple[str | None, str | None], int]:
    counts: dict[tuple[str | None, str | None], int] = {}
    for fate, tally in found.fates.items():
        key = (fate.before, fate.after)
        counts[key] = counts.get(key, 0) + tally.requests
    return counts


def test_provisioned_capacity_is_used_first_and_overflows_by_the_minute(tmp_path: Path) -> None:
    now, path = five(tmp_path)
    other = terms_of(configured(tmp_path / "next", PTU))
    found = replay(path, Order(before=now, after=other))
    assert found.mode == "in time order"
    assert served(found) == {
        ("openai/gpt-9", "azure/gpt-9"): 3,
        ("openai/gpt-9", "openai/gpt-9"): 2,
    }
    # three at azure: 300 * 4 + 100 * 16 = 2,800 millionths each; two at openai: 900 + 1,500
    assert found.total.cost_after_usd == Decimal("0.0084") + Decimal("0.0048")


def test_overflow_that_may_go_nowhere_has_no_route(tmp_path: Path) -> None:
    now, path = five(tmp_path)
    other = terms_of(configured(tmp_path / "next", NOWHERE))
    found = replay(path, Order(before=now, after=other))
    assert served(found)["openai/gpt-9", None] == 2
    [clauses] = {fate.clauses_after for fate in found.fates if fate.after is None}
    assert clauses == ("ptu/units",)


def test_what_a_capacity_took_then_it_takes_again(tmp_path: Path) -> None:
    now, path = five(tmp_path, PTU)  # a gateway that counted no tokens: all five at azure
    assert served(replay(path, Order(before=now, after=now))) == {("azure/gpt-9", "azure/gpt-9"): 5}
    other = Terms(
        world=now.world,
        agreements=now.agreements,
        without="provider:openai",
    )
    assert served(replay(path, Order(before=now, after=other))) == {
        ("azure/gpt-9", "azure/gpt-9"): 5
    }


def test_another_size_is_simulated(tmp_path: Path) -> None:
    now, path = five(tmp_path, PTU)
    for size, stay in ((0, 0), (400, 2), (800, 3), (1_200, 4), (1_600, 5)):
        agreements = with_capacity(now.agreements, {"ptu/units": Decimal(size)})
        after = Terms(world=now.world, agreements=agreements)
        found = served(replay(path, Order(before=now, after=after)))
        assert found.get(("azure/gpt-9", "azure/gpt-9"), 0) == stay
        assert sum(found.values()) == 5


def test_refusals_of_a_capacity_end_with_its_size(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now", PTU)
    ledger = Written(setup)
    ledger.request("openai/gpt-9", at=DAY, met={"azure/gpt-9": "429"}, usage=usage(1, 1))
    ledger.request("openai/gpt-9", at=DAY, met={"azure/gpt-9": None}, usage=usage(1, 1))
    path, now = ledger.close(tmp_path), terms_of(setup)
    agreements = with_capacity(now.agreements, {"ptu/units": Decimal(2_000)})
    after = Terms(world=now.world, agreements=agreements)
    assert served(replay(path, Order(before=now, after=after))) == {
        ("openai/gpt-9", "azure/gpt-9"): 1,  # it had no room then, and has it now
        ("openai/gpt-9", "openai/gpt-9"): 1,  # it failed, and would again
    }


def test_a_new_commitment_is_taken_while_it_is_behind(tmp_path: Path) -> None:
    """Half of two days is over at the first request: 0.0052 is the pace, hour by hour.

    What was taken is looked at once an hour; all five are in the first hour, and go to azure.
    """
    now, path = five(tmp_path)
    other = terms_of(configured(tmp_path / "next", COMMIT))
    found = replay(path, Order(before=now, after=other))
    assert found.mode == "in time order"
    assert served(found) == {("openai/gpt-9", "azure/gpt-9"): 5}
    taken = {"aws/macc": Decimal(1)}
    found = replay(path, Order(before=now, after=other, taken=taken))
    assert served(found) == {("openai/gpt-9", "openai/gpt-9"): 5}


def test_blocks_that_overlap_are_put_in_order(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now")
    ledger = Written(setup)
    for second in reversed(range(300)):  # three blocks, each later one with earlier requests
        ledger.request("openai/gpt-9", at=DAY + timedelta(seconds=second), usage=usage(400, 100))
    path, now = ledger.close(tmp_path), terms_of(setup)
    other = terms_of(configured(tmp_path / "next", PTU))
    found = served(replay(path, Order(before=now, after=other)))
    assert found["openai/gpt-9", "azure/gpt-9"] == 2 * 5  # two a minute, in each of five
    until = us_of(DAY + timedelta(minutes=1))
    found = served(replay(path, Order(before=now, after=other, until_us=until)))
    assert found["openai/gpt-9", "azure/gpt-9"] == 2


def test_nothing_changed_needs_no_order(tmp_path: Path) -> None:
    now, path = five(tmp_path, FIRST, PTU)
    assert replay(path, Order(before=now, after=now)).mode == "by class"


def test_what_was_rehearsed_takes_no_room_and_is_never_kept_out(tmp_path: Path) -> None:
    setup = configured(tmp_path / "now")
    ledger = Written(setup)
    for second in range(4):
        at = DAY + timedelta(seconds=second)
        rehearsed = second != 2
        ledger.request("openai/gpt-9", at=at, usage=usage(600, 300), rehearsed=rehearsed)
    other = terms_of(configured(tmp_path / "next", PTU))
    found = replay(ledger.close(tmp_path), Order(before=terms_of(setup), after=other))
    assert served(found) == {("openai/gpt-9", "azure/gpt-9"): 4}
    assert found.sum_of(lambda fate: fate.rehearsed).requests == 3
