"""Clients that leave in the middle: the provider is let go, and the tokens are settled.

Within a second of the hang-up the provider's connection is closed; the ledger's output tokens
are those that were sent, within one chunk.
"""

import asyncio
import random
from pathlib import Path

import msgspec
import pytest

from tests.endurance.crowd import Got, ask
from tests.endurance.paced_upstream import PacedThread, paced_upstream
from tests.endurance.setting import crowd_setting
from tests.gateway_process import eventually
from tests.ledger_entries import entries_when

SEED = 28
RELEASE_S = 1.0


class Leavers(msgspec.Struct, frozen=True, kw_only=True):
    """How many leave, at most how many at once, out of streams of how many tokens."""

    clients: int
    at_once: int
    tokens: int
    token_s: float


SMALL = Leavers(clients=60, at_once=30, tokens=60, token_s=0.06)
WHOLE = Leavers(clients=1_000, at_once=50, tokens=60, token_s=0.1)


def _test_leavers(folder: Path, leavers: Leavers) -> None:
    with (
        paced_upstream(leavers.token_s) as upstream,
        crowd_setting(folder, {"m": upstream.base_url}) as gateway,
    ):
        got = asyncio.run(_leave(gateway.port, leavers))
        eventually(lambda: _all_ended(upstream), "every stream is over at the provider")
        entries = {entry.id: entry for entry in entries_when(gateway.state, leavers.clients)}
        assert len(entries) == leavers.clients
        for one in got:
            stream = upstream.stream(one.marker)
            assert one.request_id is not None
            entry = entries[one.request_id]
            assert entry.outcome == "client_gone", one.marker
            assert entry.usage is not None
            assert entry.usage.estimated
            assert abs(entry.usage.visible_output_tokens - stream.tokens) <= 1, one.marker
            assert stream.ended_at is not None
            assert one.hung_up_at is not None
            # The provider looks only between two tokens.
            assert stream.ended_at - one.hung_up_at < RELEASE_S + leavers.token_s, one.marker


async def _leave(port: int, leavers: Leavers) -> list[Got]:
    dice = random.Random(SEED)  # chooses when to leave
    gate = asyncio.Semaphore(leavers.at_once)

    async def one(number: int, leave_after: int) -> Got:
        async with gate:
            return await ask(
                port,
                model="m",
                marker=f"leaver-{number}",
                tokens=leavers.tokens,
                leave_after=leave_after,
            )

    points = [dice.randrange(leavers.tokens // 2) for _ in range(leavers.clients)]
    return list(await asyncio.gather(*(one(n, point) for n, point in enumerate(points))))


def _all_ended(upstream: PacedThread) -> bool:
    return all(s.ended_at is not None for row in upstream.upstream.streams.values() for s in row)


@pytest.mark.timeout(90)
def test_leavers_free_the_provider_and_are_settled(tmp_path: Path) -> None:
    _test_leavers(tmp_path, SMALL)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_thousand_leavers_free_the_provider_and_are_settled(tmp_path: Path) -> None:
    _test_leavers(tmp_path, WHOLE)


@pytest.mark.timeout(60)
def test_leaving_before_the_first_byte_frees_the_provider(tmp_path: Path) -> None:
    with (
        paced_upstream(0.05) as upstream,
        crowd_setting(tmp_path, {"m": upstream.base_url}) as gateway,
    ):
        asyncio.run(_leave_at_once(gateway.port))
        eventually(lambda: _all_ended(upstream), "the stream is over at the provider", 5)
        (entry,) = entries_when(gateway.state, 1)
        assert entry.outcome == "client_gone"


async def _leave_at_once(port: int) -> None:
    # Left after the first event: the earliest moment at which the provider surely was asked.
    await ask(port, model="m", marker="early", tokens=100, leave_after=0)
