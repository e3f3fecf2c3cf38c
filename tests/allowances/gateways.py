"""Gateways before one provider, with a price, and with what a test wants of budgets and limits.

Everything costs: input 0.1 USD a million tokens, output 2 USD. Gateways that share a store are
machines of their own, `m1` and `m2`.

>>> with one_gateway(folder, provider.base_url, ONE_DOLLAR, workers=4) as fleet:
...     fleet.ports
(40123,)
"""

import re
import urllib.request
from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from detente.canonical.entry import LedgerEntry
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.interface import LedgerPlace
from detente.ledger.store.reading import LedgerReader
from detente.stores.postgres.place import PostgresPlace
from tests.allowances.clients import KEY
from tests.gateway_configuration import (
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.postgres import Server
from tests.valkey import KeyServer

INPUT_PICO: Final = 100_000
OUTPUT_PICO: Final = 2_000_000
"""What a token costs, in picodollars."""
PRICE: Final = (
    '[[prices]]\nmodel = "tests/m"\nfrom = 2020-01-01T00:00:00Z\ninput = 0.1\noutput = 2\n'
    'source = "tests"\n'
)
PATIENCE_MS: Final = 5_000
"""No store is taken for one that is away because the machine is busy."""
INGESTED_S: Final = 60.0
ALL: Final = 1_000_000
METRIC: Final = re.compile(r"^(detente_\w+?)(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE)


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """Running gateways with one ledger."""

    gateways: tuple[GatewayProcess, ...]
    ledger: LedgerPlace

    @property
    def ports(self) -> tuple[int, ...]:
        """Where each listens."""
        return tuple(gateway.port for gateway in self.gateways)

    def entries(self, count: int) -> list[LedgerEntry]:
        """All that the ledger has, once it has so many."""

        def enough() -> list[LedgerEntry] | None:
            found = _entries(self.ledger)
            return found if len(found) >= count else None

        return eventually(enough, f"the ledger has {count} entries", INGESTED_S)

    def metrics(self) -> dict[str, float]:
        """The sums of all metrics of all gateways, whatever their labels, 0 for unknown."""
        sums: defaultdict[str, float] = defaultdict(float)
        for gateway in self.gateways:
            with urllib.request.urlopen(f"{gateway.admin_url}/metrics", timeout=20) as answer:
                for name, value in METRIC.findall(answer.read().decode()):
                    sums[name] += float(value)
        return sums

    def errors(self) -> str:
        """What all have written to their logs."""
        return "\n".join(gateway.errors() for gateway in self.gateways)


def spent_usd(entries: Sequence[LedgerEntry]) -> Decimal:
    """What these were charged."""
    return sum((entry.charge_usd or Decimal(0) for entry in entries), Decimal(0))


def _entries(place: LedgerPlace) -> list[LedgerEntry]:
    try:
        reader = LedgerReader.open(place)
    except LedgerUnusable:
        return []
    try:
        return reader.tail(ALL)
    finally:
        reader.close()


def _toml(base_url: str, allowed: str, workers: int, more: str) -> tuple[str, dict[str, str]]:
    providers = [
        ProviderRow(
            name="p", kind="openai_compatible", base_url=base_url, settings='host = "provider"'
        )
    ]
    text = gateway_toml(
        providers=providers,
        models=[ModelRow(name="tests/m", aliases=("m",), deployments=(("p", "m"),))],
        keys=[KeyRow(name="app", key=KEY, project="shop")],
        workers=workers,
        sync_interval_ms=None,
        more=f"[projects.shop]\n{allowed}\n{PRICE}\n{more}",
    )
    return text, credential_files(providers)


@contextmanager
def one_gateway(
    folder: Path, base_url: str, allowed: str, *, workers: int = 1, more: str = ""
) -> Generator[Fleet]:
    """A gateway with stores of its own; `allowed` are lines of `[projects.shop]`."""
    text, files = _toml(base_url, allowed, workers, f"[store]\ntimeout_ms = {PATIENCE_MS}\n{more}")
    with running_gateway(folder, text, files) as gateway:
        yield Fleet(gateways=(gateway,), ledger=gateway.state / "ledger.sqlite3")


@contextmanager
def two_gateways(
    folder: Path, base_url: str, allowed: str, *, limits: str, workers: int = 2, more: str = ""
) -> Generator[Fleet]:
    """Two machines on one PostgreSQL, and on a server of `limits`: `redis`, `valkey`, or
    `postgres` for the same one."""
    with ExitStack() as stack:
        url = stack.enter_context(Server.started()).database()
        store = f'url = "{url}"\ntimeout_ms = {PATIENCE_MS}\n'
        if limits != "postgres":
            server = stack.enter_context(KeyServer.started(limits))
            store += f'limits_url = "{server.url}"\n'
        gateways: list[GatewayProcess] = []
        for machine in ("m1", "m2"):
            own = f'[store]\nmachine = "{machine}"\n{store}\n{more}'
            text, files = _toml(base_url, allowed, workers, own)
            gateways.append(stack.enter_context(running_gateway(folder / machine, text, files)))
        yield Fleet(gateways=tuple(gateways), ledger=PostgresPlace(url=url))


@contextmanager
def fleet_of(
    kind: str, folder: Path, base_url: str, allowed: str, *, more: str = ""
) -> Generator[Fleet]:
    """By a word: `1`, `4` (workers), `redis`, `valkey`, `postgres` (two gateways)."""
    if kind.isdigit():
        chosen = one_gateway(folder, base_url, allowed, workers=int(kind), more=more)
    else:
        chosen = two_gateways(folder, base_url, allowed, limits=kind, more=more)
    with chosen as fleet:
        yield fleet
