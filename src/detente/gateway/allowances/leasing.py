"""The parts of the control process that lease, joined: link, heartbeat, treasury, stores.

>>> leasing = Leasing(lambda: setup, place_of(setup), journals, link, stored=desk.stored)
>>> await leasing.run(stopping)
"""

import asyncio
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from detente.accounts.messages import Ask
from detente.configuration.principals import key_of, project_of, scope_of
from detente.configuration.schema import Configuration
from detente.gateway.allowances.alerts import Alerts
from detente.gateway.allowances.budget_book import BudgetBook, Owners
from detente.gateway.allowances.heartbeat import Heartbeat, Terms
from detente.gateway.allowances.treasury import Stores, Treasury
from detente.gateway.link.server import LinkServer
from detente.gateway.measures.metrics import StoreFigures
from detente.ledger.store.ingest import IngestReport
from detente.ledger.store.segment import SUFFIX, parse_name
from detente.stores import clock
from detente.stores.interface import Stored
from detente.stores.opening import StorePlace, open_money, open_windows
from detente.wiring import Setup, secret_value


class Leasing:
    """See the module. Registers at `link`; what a restart alone changes is read once.

    `stored` says whose budgets and limits the key store has; raises `StoreUnavailable`.
    """

    def __init__(
        self,
        setup: Callable[[], Setup],
        place: StorePlace,
        journals: Path,
        link: LinkServer,
        *,
        stored: Callable[[], Stored],
    ) -> None:
        self._setup = setup
        self._journals = journals
        self._link = link
        self._swept = False
        store = setup().configuration.store
        machine = machine_of(setup())
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
        self._stored = stored
        self.book = BudgetBook(self.money, self.windows, owners=self._owners, wall=_wall)
        self._alerts = Alerts(self.money, owners=self._owners, wall=_wall)
        link.greet(lambda _, tell: self.heartbeat.greet(tell))
        link.hear(Ask, lambda hello, ask: self.treasury.heard(hello.holder, ask))

    async def run(self, stopping: asyncio.Event) -> None:
        """Keep leases and answer until stopped, then close the stores."""
        parts = (self.heartbeat, self.treasury, self._alerts)
        await asyncio.gather(*(part.run(stopping) for part in parts))
        for store in (self.money, self.windows):
            await store.close()

    async def _owners(self) -> Owners:
        return owners_in(self._setup().configuration, self._stored())

    def figures(self) -> StoreFigures:
        """Whether the stores of accounts answer, and for how long leases hold."""
        heartbeat = self.heartbeat
        return StoreFigures(
            up=heartbeat.good_until_us > 0 and not heartbeat.outage,
            outages=heartbeat.outages,
            outage_s=heartbeat.outage_s,
            lease_left_s=(heartbeat.good_until_us - clock.now_us()) / 1_000_000,
        )

    def ingested(self, report: IngestReport) -> None:
        """The ledger has learnt something."""
        self.treasury.ended(report.ended)
        self.treasury.settled(report.spent)
        self._alerts.spent(report.spent)
        if not self._swept and not report.more:
            self._swept = True
            connected = (hello.holder for hello in self._link.workers)
            self.treasury.alive(frozenset((*owners_of(self._journals), *connected)))


def owners_in(configuration: Configuration, stored: Stored) -> Owners:
    """Whose budgets and limits there are, in a configuration and a key store."""
    projects = {project.name: project for project in stored.projects}
    projects |= {name: project_of(name, entry) for name, entry in configuration.projects.items()}
    keys = {key.name: key for key in stored.keys}
    keys |= {name: key_of(name, entry) for name, entry in configuration.keys.items()}
    return Owners(
        organisation=scope_of(configuration.organisation),
        projects=tuple(projects[name] for name in sorted(projects)),
        keys=tuple(keys[name] for name in sorted(keys)),
    )


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


def _wall() -> datetime:
    return datetime.now(UTC)
