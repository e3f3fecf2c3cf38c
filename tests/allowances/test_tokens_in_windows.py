"""A limit of tokens a minute: never exceeded by more than one reservation in any minute, whether
tokens count when a request is admitted or when it is settled.

Clients ask without mercy and use less than they reserve, so that what is admitted depends on what
was settled before.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from detente.canonical.entry import LedgerEntry
from tests.allowances.clients import Client, Question, Told, for_each
from tests.allowances.counting import Happened, most_in_any_window
from tests.allowances.gateways import fleet_of
from tests.allowances.provider import Pause, running_provider

Tell = Callable[[str], None]
PAUSE = Pause(0.05, 0.2)
WINDOW_S = 60.0
LIMIT = 30_000
OUTPUT_MAX = 100
RESERVED_MAX = 400
"""The most that any of these requests reserves: its body's bytes, a template's tokens, and 100."""
MINUTE = f"limits = [{{ tokens_per_minute = {LIMIT} }}]"


def _tokens(entry: LedgerEntry) -> int:
    assert entry.usage is not None
    return entry.usage.input_tokens + entry.usage.output_tokens


def _used(entries: Sequence[LedgerEntry], *, at_end: bool) -> list[Happened]:
    """(when, how many tokens) of each answered request."""
    used: list[Happened] = []
    for entry in entries:
        if entry.usage is not None:
            after_ms = entry.total_ms if at_end else entry.attempts[0].started_ms
            used.append((entry.started_at.timestamp() + after_ms / 1_000, _tokens(entry)))
    return used


def _check(
    kind: str, folder: Path, tell: Tell, *, clients: int, lasts_s: float, pause: Pause
) -> None:
    with (
        running_provider(pause) as provider,
        fleet_of(kind, folder, provider.base_url, MINUTE) as fleet,
    ):
        told = asyncio.run(_asked(fleet.ports, clients, time.monotonic() + lasts_s))
        entries = fleet.entries(len(told))
        for one in told:
            assert one.status in (200, 429), one
            if one.status == 429:
                assert json.loads(one.body)["error"]["code"] == "rate_limited"
                assert one.retry_after_ms is not None
                assert 0 < one.retry_after_ms <= WINDOW_S * 1_000
        by_start = most_in_any_window(_used(entries, at_end=False), WINDOW_S)
        by_end = most_in_any_window(_used(entries, at_end=True), WINDOW_S)
        tell(
            f"{clients} clients on {LIMIT:,} tokens a minute for {lasts_s:.0f} s, {kind}:"
            f" {sum(one.status == 200 for one in told)} of {len(told):,} admitted; at most"
            f" {by_start:,} by their start, {by_end:,} by their end in any minute"
        )
        assert by_start <= LIMIT + RESERVED_MAX
        assert by_end <= LIMIT + RESERVED_MAX
        assert by_end >= LIMIT - clients * RESERVED_MAX, "the limit was not reached"


async def _asked(ports: Sequence[int], clients: int, until: float) -> list[Told]:
    async def play(number: int, client: Client) -> list[Told]:
        dice = Random(number)
        told: list[Told] = []
        while time.monotonic() < until:
            output = dice.randrange(20, OUTPUT_MAX + 1)
            question = Question(f"t-{number}", dice.randrange(5, 60), output, OUTPUT_MAX)
            told.append(await client.ask(question))
            if told[-1].status != 200:
                await asyncio.sleep(dice.uniform(0.02, 0.1))
        return told

    return [told for part in await for_each(ports, clients, play) for told in part]


def test_a_minute_has_its_tokens(tmp_path: Path, tell: Tell) -> None:
    _check("4", tmp_path, tell, clients=16, lasts_s=2.0, pause=Pause(0.005, 0.02))


@pytest.mark.proof
@pytest.mark.timeout(400)
@pytest.mark.parametrize("clients", [5, 64])
@pytest.mark.parametrize("kind", ["1", "4", "valkey"])
def test_every_minute_has_its_tokens(tmp_path: Path, tell: Tell, kind: str, clients: int) -> None:
    _check(kind, tmp_path, tell, clients=clients, lasts_s=150.0, pause=PAUSE)
