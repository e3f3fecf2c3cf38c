"""A hard budget under thousands of calls at once: spent nearly to its end, and not a picodollar
beyond; whoever does not fit is told so, and when to come again.

The long versions ask 10,000 at once, before one worker, four, and two gateways on one store.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from detente.canonical.entry import LedgerEntry
from tests.allowances.clients import Question, Told, all_at_once
from tests.allowances.gateways import (
    INPUT_PICO,
    OUTPUT_PICO,
    Fleet,
    fleet_of,
    spent_usd,
)
from tests.allowances.provider import Pause, running_provider

Tell = Callable[[str], None]
PAUSE = Pause(0.05, 0.2)
QUICK = Pause(0.005, 0.02)
SEED = 6
KINDS = ("1", "4", "redis", "valkey")
OUTPUT_MAX = 100
PICO = 10**12
ROOM = (
    "[limits]\nclient_head_timeout_ms = 60_000\nconnect_timeout_ms = 60_000\n"
    "budget_waiting_max = 10_000\nbudget_wait_ms = 10_000\n"
)
"""A crowd that comes at once takes its time on a small machine: all of it may wait, until those
before it have settled."""


def _budget(usd: str) -> str:
    return f'budgets = [{{ usd = {usd}, period = "year" }}]'


def _questions(count: int) -> list[Question]:
    """Each allows 100 tokens of output, and gets anything up to that."""
    dice = Random(SEED)
    return [
        Question(
            f"q-{number}",
            dice.randrange(10, 40),
            dice.randrange(50, OUTPUT_MAX + 1),
            output_max=OUTPUT_MAX,
            stream=number % 8 == 0,
        )
        for number in range(count)
    ]


def _check_refusals(told: Sequence[Told]) -> None:
    """Every refusal is a 429 in OpenAI's shape, and says when it is worth to try again."""
    now = datetime.now(UTC)
    year_ends = datetime(now.year + 1, 1, 1, tzinfo=UTC)
    year_ends_ms = (year_ends.timestamp() - time.time()) * 1_000
    for one in told:
        if one.status == 200:
            continue
        assert one.status == 429, one
        error = json.loads(one.body)["error"]
        assert error["code"] == "budget_exhausted", error
        assert f"`project:shop/usd/year@{now.year}`" in error["message"]
        wait_ms = one.retry_after_ms
        assert wait_ms is not None
        assert int(one.headers[b"retry-after"]) == -(-wait_ms // 1_000)
        if f"{year_ends:%Y-%m-%dT%H:%M:%SZ}" in error["message"]:
            assert abs(wait_ms - year_ends_ms) < 120_000
        else:
            assert wait_ms <= 1_000


def _check_entries(fleet: Fleet, told: Sequence[Told], usd: Decimal) -> list[LedgerEntry]:
    """What the ledger has adds up to what clients were told, and to no more than the budget."""
    entries = fleet.entries(len(told))
    assert len(entries) == len(told)
    answered = {entry.id for entry in entries if entry.outcome == "answered"}
    assert answered == {one.request_id for one in told if one.status == 200}
    pico = sum(
        one.question.input_tokens * INPUT_PICO + one.question.output_tokens * OUTPUT_PICO
        for one in told
        if one.status == 200
    )
    assert spent_usd(entries) == Decimal(pico) / PICO
    assert spent_usd(entries) <= usd
    return entries


def _shares(entries: Sequence[LedgerEntry], workers: int) -> dict[str, float]:
    """What part of the answered requests each worker admitted."""
    served = Counter(entry.worker or "" for entry in entries if entry.outcome == "answered")
    assert len(served) >= min(workers, 4)
    return {name: round(count / served.total(), 3) for name, count in sorted(served.items())}


def _crowd(kind: str, folder: Path, tell: Tell, *, count: int, usd: str, pause: Pause) -> None:
    with (
        running_provider(pause) as provider,
        fleet_of(kind, folder, provider.base_url, _budget(usd), more=ROOM) as fleet,
    ):
        told = asyncio.run(all_at_once(fleet.ports, _questions(count)))
        entries = _check_entries(fleet, told, Decimal(usd))
        _check_refusals(told)
        shares = _shares(entries, int(kind) if kind.isdigit() else 2)
        spent = spent_usd(entries) / Decimal(usd)
        statuses = dict(Counter(one.status for one in told))
        took_s = max(one.told_at for one in told) - min(one.asked_at for one in told)
        tell(f"{count:,} at once on {usd} USD, {kind}: {spent:.4%} spent, {statuses}, {shares}")
        tell(f"  answered within {took_s:.1f} s")
        assert spent >= Decimal("0.99")
        assert min(shares.values()) >= 0.1, shares


@pytest.mark.parametrize("kind", ["1", "4"])
def test_a_crowd_spends_a_budget_to_its_end_and_no_further(
    tmp_path: Path, tell: Tell, kind: str
) -> None:
    _crowd(kind, tmp_path, tell, count=800, usd="0.08", pause=QUICK)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_at_once_spend_one_dollar(tmp_path: Path, tell: Tell, kind: str) -> None:
    _crowd(kind, tmp_path, tell, count=10_000, usd="1", pause=PAUSE)
