"""The official clients see the same through the gateway as straight from the platform.

Every recorded exchange is asked twice by the client of its platform: of the replay server,
and of a gateway before it. Results are compared as the clients parsed them.
"""

import asyncio
import sys
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from detente.providers import KINDS
from tests.gateway_configuration import credential_files, gateway_toml
from tests.gateway_process import running_gateway
from tests.recorded.calls import Clients, clients_at, close, result_of
from tests.recorded.exchanges import (
    Exchange,
    alias,
    exchanges,
    model_rows,
    provider_rows,
    waves,
)
from tests.recorded.replay import Replay, replaying

SEED = 4
AT_ONCE = 16
JUDGES = {kind.name: kind.judge for kind in KINDS}

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore:Pydantic serializer warnings:UserWarning"
)
"""Recorded models grow old, recorded answers hold what the clients do not know; both say so."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the gateway and the platforms' stand-in are."""

    gateway_url: str
    replay: Replay


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """What one exchange gave, asked straight and asked through the gateway."""

    row: Exchange
    straight: object
    through: object


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Generator[list[Results]]:
    """Every exchange, twice."""
    rows = exchanges()
    folder: Path = tmp_path_factory.mktemp("clients")
    with replaying(SEED) as replay:
        providers = provider_rows(rows, replay.origin)
        text = gateway_toml(providers=providers, models=model_rows(rows))
        with running_gateway(folder, text, credential_files(providers)) as gateway:
            yield asyncio.run(_all(Place(gateway_url=gateway.base_url, replay=replay)))


async def _all(place: Place) -> list[Results]:
    found: list[Results] = []
    gate = asyncio.Semaphore(AT_ONCE)
    cache: dict[str, Clients] = {}
    for wave in waves(exchanges()):
        place.replay.load(wave)
        found.extend(await asyncio.gather(*(_twice(gate, cache, place, row) for row in wave)))
    for clients in cache.values():
        await close(clients)
    return found


async def _twice(
    gate: asyncio.Semaphore, cache: dict[str, Clients], place: Place, row: Exchange
) -> Results:
    async with gate:
        straight = _clients(cache, row, place.replay.origin, None)
        through = _clients(cache, row, place.replay.origin, place.gateway_url)
        return Results(
            row=row,
            straight=await result_of(straight, row, row.azure_deployment or row.model),
            through=await result_of(through, row, alias(row)),
        )


def _clients(cache: dict[str, Clients], row: Exchange, origin: str, gateway: str | None) -> Clients:
    key = f"{row.provider if gateway is None else 'gateway'} {row.query.get('api-version')}"
    if key not in cache:
        base = row.base_url(origin)
        # Azure's new style is the plain client on `/openai/v1`.
        new_style = f"{base}/openai/v1" if row.kind == "azure" else base
        cache[key] = clients_at(
            openai_url=f"{gateway}/v1" if gateway else new_style,
            anthropic_url=gateway or base,
            azure_url=gateway or base,
            api_version=row.query.get("api-version"),
            key="dt-nobody-checks",
        )
    return cache[key]


def test_clients_see_what_the_platform_said(results: list[Results]) -> None:
    different: list[str] = []
    compared = 0
    for result in results:
        if speaks_of_the_gateway(result.row):
            continue
        compared += 1
        if result.straight != result.through:
            different.append(f"{result.row.id}: {result.straight!r:.300} | {result.through!r:.300}")
    assert not different, "\n".join(different[:20])
    sys.stdout.write(f"equal as the clients parsed them: {compared} of {len(results)}\n")


def test_what_speaks_of_the_gateway_is_told_in_its_own_words(results: list[Results]) -> None:
    found = [repr(result.through) for result in results if speaks_of_the_gateway(result.row)]
    assert len(found) > 5
    for told in found:
        assert told.startswith("('InternalServerError', 502, ")
        assert "; check " in told


def speaks_of_the_gateway(row: Exchange) -> bool:
    """Whether the platform refused the gateway's own credential or model id, not the client's."""
    headers = {
        name.lower().encode(): value.encode() for name, value in row.response.headers.items()
    }
    body = row.response.text.encode()
    failure = JUDGES[row.kind](row.response.status, headers, body)
    return failure is not None and failure.blame == "ours"


def test_every_exchange_was_known_to_the_replay_server(results: list[Results]) -> None:
    strangers = [r.row.id for r in results if "never recorded" in repr(r.straight)]
    assert not strangers
