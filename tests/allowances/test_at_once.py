"""A limit of requests at once: the provider never sees more of them, and as many as are allowed."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.allowances.clients import Client, Question, Told, for_each
from tests.allowances.gateways import fleet_of
from tests.allowances.provider import Pause, running_provider

Tell = Callable[[str], None]
ALLOWED = 20
CLIENTS = 60
AT_ONCE = f"limits = [{{ concurrent_requests = {ALLOWED} }}]"


def _check(kind: str, folder: Path, tell: Tell, *, asks: int) -> None:
    with (
        running_provider(Pause(0.03, 0.1)) as provider,
        fleet_of(kind, folder, provider.base_url, AT_ONCE) as fleet,
    ):

        async def play(number: int, client: Client) -> list[Told]:
            return [
                await client.ask(Question(f"o-{number}", 10, 5, stream=turn % 2 == 0))
                for turn in range(asks)
            ]

        parts = asyncio.run(for_each(fleet.ports, CLIENTS, play))
        told = [one for part in parts for one in part]
        answered = sum(one.status == 200 for one in told)
        tell(
            f"{CLIENTS} clients on {ALLOWED} at once, {kind}: {provider.most_open} at the provider"
            f" at most, {answered} of {len(told)} answered"
        )
        assert provider.most_open <= ALLOWED
        assert provider.most_open >= ALLOWED - 2
        assert answered == len(provider.arrivals)
        for one in told:
            assert one.status in (200, 429), one
            if one.status == 429:
                assert json.loads(one.body)["error"]["code"] == "rate_limited"
                assert one.headers[b"retry-after"] == b"1"


def test_no_more_are_open_than_may_be(tmp_path: Path, tell: Tell) -> None:
    _check("4", tmp_path, tell, asks=10)


@pytest.mark.proof
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["1", "4", "redis", "valkey", "postgres"])
def test_no_more_are_open_than_may_be_for_long(tmp_path: Path, tell: Tell, kind: str) -> None:
    _check(kind, tmp_path, tell, asks=300)
