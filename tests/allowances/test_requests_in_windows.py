"""600 requests a minute, asked for by 200 clients without mercy: 594 to 600 are admitted in any
minute, wherever it begins.

In the first minute clients come evenly and ask three times each, which is what the limit has; from
then on all of them ask again and again. So there is always somebody to take what becomes free, and
what a busy machine delays by a moment is little. (After a burst, as much comes free in a moment as
came in it, and a window that ends there lacks what nobody could yet ask for.)

What happened is read from two logs: the ledger's (when a request's first attempt began, which is
when it was admitted) and the provider's (when it was there).
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from detente.canonical.entry import LedgerEntry
from tests.allowances.clients import Client, Question, Told, all_at_once, for_each
from tests.allowances.counting import Happened, least_in_any_window, most_in_any_window
from tests.allowances.gateways import fleet_of
from tests.allowances.provider import Pause, Provider, running_provider

Tell = Callable[[str], None]
PAUSE = Pause(0.05, 0.2)
WINDOW_S = 60.0
LIMIT = 600
FEWEST = 594
CLIENTS = 200
LASTS_S = 180.0
NOTED_S = 0.02
"""What may pass between an admission and the moment that the ledger has of it. Where the machine is
busy, more passes: as much as the slowest request took to the provider (`busy_s`). Windows by the
logs are taken so much shorter, and what came free in that time may be lacking."""
AGAIN_S = (0.1, 0.2)
"""When a refused client asks again, whatever it was told."""
EACH = 3
COME_S = 58.0
"""So long it takes until all clients were there with so many requests each."""
PATIENT = "[limits]\nclient_head_timeout_ms = 120_000\n"
"""All are connected from the beginning."""
MINUTE = f"limits = [{{ requests_per_minute = {LIMIT} }}]"


def admitted(entries: Sequence[LedgerEntry]) -> list[Happened]:
    """When each answered request was admitted, in seconds since 1970."""
    return [
        (entry.started_at.timestamp() + entry.attempts[0].started_ms / 1_000, 1)
        for entry in entries
        if entry.attempts
    ]


def _check_refusals(told: Sequence[Told]) -> None:
    for one in told:
        assert one.status in (200, 429), one
        if one.status == 429:
            assert json.loads(one.body)["error"]["code"] == "rate_limited"
            wait_ms = one.retry_after_ms
            assert wait_ms is not None
            assert 0 < wait_ms <= WINDOW_S * 1_000
            assert int(one.headers[b"retry-after"]) == -(-wait_ms // 1_000)


def _check_most(
    entries: Sequence[LedgerEntry], told: Sequence[Told], provider: Provider, tell: Tell
) -> tuple[int, float]:
    """Never more than the limit in any window, by neither log; how many the fullest had, and how
    long the slowest request was on its way.

    The provider's is the later one, by what each request took on its way. No request was there
    before it was admitted, and none was there that was not.
    """
    starts = admitted(entries)
    assert len(starts) == len(provider.arrivals) == len(provider.came_at)
    names = {one.request_id: one.question.name for one in told}
    since_s = time.time() - time.monotonic()
    delays_s = [
        provider.came_at[names[entry.id]] + since_s - at
        for entry, (at, _) in zip((e for e in entries if e.attempts), starts, strict=True)
    ]
    assert min(delays_s) > -NOTED_S
    busy_s = max(delays_s)
    arrivals = [(at, 1) for at in provider.arrivals]
    for log in (starts, arrivals):
        assert most_in_any_window(log, WINDOW_S - NOTED_S - busy_s) <= LIMIT
    arrived = most_in_any_window(arrivals, WINDOW_S)
    tell(f"  at the provider {arrived} in any minute, at most {busy_s:.3f} s on their way")
    return most_in_any_window(starts, WINDOW_S), busy_s


@pytest.mark.parametrize("kind", [pytest.param("1", marks=pytest.mark.long), "4"])
def test_a_crowd_gets_what_a_minute_allows(tmp_path: Path, tell: Tell, kind: str) -> None:
    questions = [Question(f"r-{number}", 10, 5) for number in range(LIMIT + 400)]
    with (
        running_provider(Pause(0.005, 0.02)) as provider,
        fleet_of(kind, tmp_path, provider.base_url, MINUTE) as fleet,
    ):
        told = asyncio.run(all_at_once(fleet.ports, questions))
        _check_refusals(told)
        statuses = Counter(one.status for one in told)
        tell(f"{len(told):,} at once on {LIMIT} a minute, {kind}: {dict(statuses)}")
        entries = fleet.entries(len(told))
        _check_most(entries, told, provider, tell)
        assert statuses[200] <= LIMIT
        assert statuses[200] >= FEWEST


@pytest.mark.proof
@pytest.mark.timeout(500)
@pytest.mark.parametrize("kind", ["1", "4", "redis", "valkey", "postgres"])
def test_every_minute_has_its_requests(tmp_path: Path, tell: Tell, kind: str) -> None:
    with (
        running_provider(PAUSE) as provider,
        fleet_of(kind, tmp_path, provider.base_url, MINUTE, more=PATIENT) as fleet,
    ):
        began = time.time()
        told = asyncio.run(_asked_by_many(fleet.ports, began + LASTS_S))
        ended = time.time()
        _check_refusals(told)
        entries = fleet.entries(len(told))
        starts = admitted(entries)
        most, busy_s = _check_most(entries, told, provider, tell)
        least = least_in_any_window(starts, WINDOW_S, since=min(starts)[0], until=ended - 1)
        tell(
            f"{CLIENTS} clients on {LIMIT} a minute for {LASTS_S:.0f} s, {kind}: {len(starts)}"
            f" of {len(told):,} admitted; in any minute {least} to {most}"
        )
        for worker, count in sorted(_by_worker(entries).items()):
            tell(f"  {worker}: {count}")
        if kind.isdigit():
            assert least >= FEWEST - int(busy_s * LIMIT / WINDOW_S)


def _by_worker(entries: Sequence[LedgerEntry]) -> Counter[str]:
    return Counter(entry.worker or "" for entry in entries if entry.attempts)


async def _asked_by_many(ports: Sequence[int], until: float) -> list[Told]:
    """What 200 clients are told until then."""
    began = time.monotonic()

    async def play(number: int, client: Client) -> list[Told]:
        dice = Random(number)
        told: list[Told] = []
        for turn in range(EACH):
            at = began + (number * EACH + turn) * COME_S / (CLIENTS * EACH)
            await asyncio.sleep(at - time.monotonic())
            told.append(await client.ask(Question(f"r-{number}-{turn}", 10, 5)))
        await asyncio.sleep(began + COME_S - time.monotonic())
        while time.time() < until:
            told.append(await client.ask(Question(f"r-{number}-{len(told)}", 10, 5)))
            if told[-1].status != 200:
                await asyncio.sleep(dice.uniform(*AGAIN_S))
        return told

    return [told for part in await for_each(ports, CLIENTS, play) for told in part]
