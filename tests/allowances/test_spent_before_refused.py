"""Nearly all of a budget is spent before anybody is refused, however many workers share it.

64 calls at once, each of which reserves at most a ten-thousandth of the budget: 99 % is spent when
the first of them is refused.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from detente.canonical.entry import LedgerEntry
from tests.allowances.clients import Question, until_refused
from tests.allowances.gateways import fleet_of, spent_usd
from tests.allowances.provider import Pause, running_provider

Tell = Callable[[str], None]
PAUSE = Pause(0.05, 0.2)
QUICK = Pause(0.005, 0.02)
OUTPUT_MAX = 40
RESERVED_USD = Decimal("0.0001")
"""What each of these calls reserves, at most."""


def _question(number: int) -> Question:
    return Question(f"c-{number}", 25, OUTPUT_MAX, output_max=OUTPUT_MAX)


def _ended(entry: LedgerEntry) -> float:
    return (entry.started_at + timedelta(milliseconds=entry.total_ms)).timestamp()


def _spent_until_refused(
    kind: str, folder: Path, tell: Tell, *, usd: str, clients: int, pause: Pause
) -> Decimal:
    """The part of the budget that was settled when the first refusal was told."""
    allowed = f'budgets = [{{ usd = {usd}, period = "ever" }}]'
    with (
        running_provider(pause) as provider,
        fleet_of(kind, folder, provider.base_url, allowed) as fleet,
    ):
        told = asyncio.run(until_refused(fleet.ports, clients, _question))
        entries = fleet.entries(len(told))
        assert {one.status for one in told} == {200, 429}
        assert max(entry.reserved_usd or Decimal(0) for entry in entries) <= RESERVED_USD
        first = min(_ended(entry) for entry in entries if entry.outcome == "denied")
        before = [entry for entry in entries if _ended(entry) <= first]
        part = spent_usd(before) / Decimal(usd)
        whole = spent_usd(entries) / Decimal(usd)
        tell(
            f"{clients} at a time on {usd} USD, {kind}: {part:.3%} spent before the first of"
            f" {sum(one.status == 429 for one in told)} refusals, {whole:.3%} in the end"
        )
        assert whole <= 1
        return part


def test_most_is_spent_before_the_first_refusal(tmp_path: Path, tell: Tell) -> None:
    """The same with less of everything: 16 calls, each less than a thousandth of the budget."""
    part = _spent_until_refused("4", tmp_path, tell, usd="0.1", clients=16, pause=QUICK)
    assert part >= Decimal("0.98")


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["1", "4", "redis", "postgres"])
def test_nearly_all_is_spent_before_the_first_refusal(
    tmp_path: Path, tell: Tell, kind: str
) -> None:
    part = _spent_until_refused(kind, tmp_path, tell, usd="1", clients=64, pause=PAUSE)
    assert part >= Decimal("0.99")
