"""The parts of the control process that lease, joined: link, heartbeat, treasury, stores.

>>> leasing = Leasing(setup, place_of(setup), journals, link)
>>> await leasing.run(stopping)
"""

import asyncio
import platform
import time
from pathlib import Path

from detente.accounts.messages import Ask
from detente.gateway.heartbeat import Heartbeat, Terms
from detente.gateway.link_server import LinkServer
from detente.gateway.metrics import StoreFigures
from detente.gateway.treasury import Stores, Treasury
from detente.ledger.store.ingest import IngestReport
from detente.ledger.store.segment import SUFFIX, parse_name
from detente.stores.opening import StorePlace, open_money, open_windows
from detente.wiring import Setup, secret_value


class Leasing:
    """See the module. Registers at `link`; what a restart alone changes is read once."""

    def __init__(self, setup: Setup, place: StorePlace, journals: Path, link: LinkServer) -> None:
        self._journals = journals
        self._link = link
        self._swept = False
        store = setup.configuration.store
        machine = machine_of(setup)
        self.money = open_money(place)
        self.windows = open_windows(place)
        terms = Terms(
            machine=machine,
            lease_us=store.lease_ms * 1_000,
            skew_us=store.skew_ms * 1_000,
            timeout_s=store.timeout_ms / 1_000,
        )
        self.heartbeat = Heartbeat((self.money, self.windows), terms, tell=link.broadcast)
        self.treasury = Treasury(
            Stores(money=self.money, windows=self.windows),
            self.heartbeat,
            machine=machine,
            tell=link.tell,
        )
        link.greet(lambda _, tell: tell(self.heartbeat.kept()))
        link.hear(Ask, lambda hello, ask: self.treasury.heard(hello.holder, ask))

    async def run(self, stopping: asyncio.Event) -> None:
        """Keep leases and answer until stopped, then close the stores."""
        parts = (self.heartbeat.run(stopping), self.treasury.run(stopping))
        await asyncio.gather(*parts)
        for store in (self.money, self.windows):
            await store.close()

    def figures(self) -> StoreFigures:
        """Whether the stores of accounts answer, and for how long leases hold."""
        heartbeat = self.heartbeat
        return StoreFigures(
            up=not heartbeat.outage,
            outages=heartbeat.outages,
            outage_s=heartbeat.outage_s,
            lease_left_s=(heartbeat.good_until_us - time.monotonic_ns() // 1_000) / 1_000_000,
        )

    def ingested(self, report: IngestReport) -> None:
        """The ledger has learnt something."""
        self.treasury.ended(report.ended)
        self.treasury.settled(report.spent)
        if not self._swept and not report.more:
            self._swept = True
            connected = (hello.holder for hello in self._link.workers)
            self.treasury.alive(frozenset((*owners_of(self._journals), *connected)))


def owners_of(journals: Path) -> frozenset[str]:
    """Whose segments there are, those being prepared included."""
    paths = journals.iterdir() if journals.is_dir() else ()
    names = (parse_name(path.with_suffix(SUFFIX).name) for path in paths)
    return frozenset(name.owner for name in names if name is not None)


def machine_of(setup: Setup) -> str:
    """This gateway's name among those that share a store."""
    return setup.configuration.store.machine or platform.node()


def place_of(setup: Setup) -> StorePlace:
    """Where the stores of a configuration are; raises `KeyError` or `OSError` where a password
    cannot be read."""
    store = setup.configuration.store
    folder = setup.path.parent
    return StorePlace(
        store=store,
        state=setup.state,
        ledger=setup.ledger,
        password=store.password and secret_value(store.password, folder),
        limits_password=store.limits_password and secret_value(store.limits_password, folder),
    )
