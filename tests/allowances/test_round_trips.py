"""Leases spare round trips: at a steady load the store is asked once in a hundred requests, or
less often."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.allowances.clients import Client, Question, Told, for_each
from tests.allowances.gateways import Fleet, fleet_of
from tests.allowances.provider import Pause, running_provider
from tests.gateway_process import eventually

Tell = Callable[[str], None]
CLIENTS = 32
EVERY = 100
ALLOWED = (
    'budgets = [{ usd = 1_000, period = "month" }, { usd = 100, period = "day" }]\n'
    "limits = [{ requests_per_minute = 1_000_000 }, { tokens_per_hour = 1_000_000_000 },"
    " { concurrent_requests = 1_000 }]\n"
)


def _counted(fleet: Fleet, reserved: int) -> dict[str, float]:
    """The metrics, once they tell of so many requests."""

    def told() -> dict[str, float] | None:
        found = fleet.metrics()
        return found if found["detente_reservations_total"] >= reserved else None

    return eventually(told, f"the metrics tell of {reserved} requests")


async def _asked(fleet: Fleet, lasts_s: float) -> list[Told]:
    until = time.monotonic() + lasts_s

    async def play(number: int, client: Client) -> list[Told]:
        told: list[Told] = []
        while time.monotonic() < until:
            told.append(await client.ask(Question(f"s-{number}", 20, 20, output_max=30)))
        return told

    return [told for part in await for_each(fleet.ports, CLIENTS, play) for told in part]


def _check(kind: str, folder: Path, tell: Tell, *, warms_s: float, lasts_s: float) -> None:
    with (
        running_provider(Pause(0.01, 0.03)) as provider,
        fleet_of(kind, folder, provider.base_url, ALLOWED) as fleet,
    ):
        warm = asyncio.run(_asked(fleet, warms_s))
        before = _counted(fleet, len(warm))
        told = asyncio.run(_asked(fleet, lasts_s))
        after = _counted(fleet, len(warm) + len(told))
        assert {one.status for one in (*warm, *told)} == {200}
        asks = after["detente_lease_round_trips_total"] - before["detente_lease_round_trips_total"]
        waits = after["detente_reservation_waits_total"] - before["detente_reservation_waits_total"]
        tell(
            f"a steady load of {len(told) / lasts_s:,.0f} requests a second, {kind}:"
            f" {asks:.0f} round trips for {len(told):,} requests, {waits:.0f} of which waited"
        )
        assert asks <= len(told) / EVERY


def test_a_hundred_requests_share_a_round_trip(tmp_path: Path, tell: Tell) -> None:
    _check("4", tmp_path, tell, warms_s=1.5, lasts_s=3.0)


@pytest.mark.proof
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["1", "4", "redis", "valkey"])
def test_a_hundred_requests_share_a_round_trip_for_long(
    tmp_path: Path, tell: Tell, kind: str
) -> None:
    _check(kind, tmp_path, tell, warms_s=5.0, lasts_s=30.0)
