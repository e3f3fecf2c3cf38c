"""The control process: the ledger's only writer, and the admin API.

It takes journals into the ledger, and so onto the disk, every `ledger.sync_interval_ms`, leases
budgets and limits to the workers, and answers on `admin_listen`. While it restarts, workers go on
with what they were leased; it goes on where the ledger's own positions and the stores say.
"""

import asyncio
import os
import secrets
import signal
import socket
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop

from detente.gateway.admin.access import Access
from detente.gateway.admin.api import admin_api
from detente.gateway.admin.audit import Audit
from detente.gateway.admin.listening import admin_server
from detente.gateway.admin.parts import AdminParts, Status
from detente.gateway.admin.tokens import askers_of
from detente.gateway.allowances.leasing import Leasing, place_of
from detente.gateway.callers.issuers import Issuers
from detente.gateway.callers.key_keeping import KeyKeeping
from detente.gateway.drills import Drill, DrillDesk
from detente.gateway.guarding.held_desk import HeldDesk
from detente.gateway.guarding.kept_sweep import KeptSweeping
from detente.gateway.link.channel import (
    Channel,
    DrillOrdered,
    HeadroomAsked,
    HeadroomTold,
    Measured,
    Ready,
    Reload,
    Reloaded,
    Stop,
)
from detente.gateway.link.server import LinkServer
from detente.gateway.measures.headroom_report import HeadroomQuestions, HeadroomReport
from detente.gateway.measures.measuring import keep_measuring
from detente.gateway.measures.metrics import Figures, StoreFigures
from detente.gateway.processes.garbage import calm_the_collector
from detente.gateway.processes.ingesting import Ingesting
from detente.gateway.upstream.dial import client_tls
from detente.ledger.store.ingest import IngestReport
from detente.ledger.store.interface import LedgerStore
from detente.stores.opening import open_ledger
from detente.wiring import LEDGER_NAME, Setup, build

NICENESS: Final = 5
"""On a shared core the workers, for whom somebody waits, come first."""


def run_control(
    setup: Setup,
    listener: socket.socket,
    channel: socket.socket,
    state: Path,
    journals: Path,
    *,
    drill: Drill | None = None,
    tls: ssl.SSLContext | None = None,
) -> None:
    """The control process, from fork to exit; `drill` is one that is under way, `tls` the admin
    API's."""
    os.nice(NICENESS)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor says when to stop
    uvloop.run(Control(setup, listener, state, journals, drill=drill, tls=tls).run(channel))


class Control:
    """What runs in the control process."""

    def __init__(
        self,
        setup: Setup,
        listener: socket.socket,
        state: Path,
        journals: Path,
        *,
        drill: Drill | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._tls = tls
        self._figures = Figures(journals)
        self._setup = setup
        self._listener = listener
        self._path = state / LEDGER_NAME
        self._journals = journals
        self._stopping = asyncio.Event()
        self._reloads: list[asyncio.Future[tuple[str, ...]]] = []
        self._channel: Channel | None = None
        workers = tuple(f"w{number}" for number in range(setup.configuration.server.workers))
        self._headroom = HeadroomQuestions(workers)
        self._drills = DrillDesk(
            world=lambda: self._setup.world,
            tell=self._order_drill,
            wall=lambda: datetime.now(UTC),
            drill=drill,
        )
        self._link = LinkServer(state)
        self._held = HeldDesk(self._link, workers)
        self._issuers = Issuers(tell=self._link.broadcast, trust=client_tls())
        self._issuers.serve(self._link)
        self._place = place_of(setup)
        self._keys = KeyKeeping(lambda: self._setup, place_of(setup), self._link)
        self._leasing = Leasing(
            lambda: self._setup, self._place, journals, self._link, stored=self._keys.desk.stored
        )
        self._figures.attach(self._link)
        self._tell_of_stores()
        self._ingesting = Ingesting(self._open_ledger, journals, told=self._ingested)
        self._status = Status(
            started_at=time.time(),
            workers=setup.configuration.server.workers,
            configuration=str(setup.path.resolve()),
        )

    async def run(self, channel_socket: socket.socket) -> None:
        """Serve until the supervisor says stop, then take in what the journals still hold."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stopping.set)
        self._channel = channel = await Channel.open(channel_socket)
        server = admin_server(admin_api(self._admin_parts()), self._tls)
        serving = asyncio.create_task(server.serve(sockets=[self._listener]))
        obeying = asyncio.create_task(self._obey(channel))
        await self._ingesting.open()
        await self._link.open()
        self._issuers.reload(self._setup.configuration.identity)
        leasing = asyncio.create_task(self._leasing.run(self._stopping))
        keeping = asyncio.create_task(self._keys.run(self._stopping))
        sweeping = asyncio.create_task(KeptSweeping(lambda: self._setup).run(self._stopping))
        calm_the_collector()
        self._listener.listen()  # before anybody is told; the server takes it over
        channel.send(Ready(pid=0))
        measuring = asyncio.create_task(
            keep_measuring(
                setup=lambda: self._setup,
                path=self._setup.ledger_place,
                wall=lambda: datetime.now(UTC),
                ask=self._ask_headroom,
                tell=lambda snapshot: channel.send(Measured(snapshot=snapshot)),
                stopping=self._stopping,
            )
        )
        await self._ingesting.run(self._stopping, pause_s=self._sync_s)
        server.should_exit = True
        obeying.cancel()
        await leasing
        await keeping
        await sweeping
        self._issuers.stop()
        self._link.close()
        await measuring
        await serving
        await self._ingesting.rest()

    def _tell_of_stores(self) -> None:
        """Have a scrape hear how each store is."""
        desk = self._keys.desk
        self._figures.keys_version = lambda: desk.version
        self._figures.stores |= {
            "accounts": self._leasing.figures,
            "keys": lambda: StoreFigures(up=not desk.outage),
            "ledger": lambda: StoreFigures(up=self._ingesting.can_write),
        }

    def _admin_parts(self) -> AdminParts:
        return AdminParts(
            status=self._status,
            reload=self._ask_reload,
            headroom=self._ask_headroom,
            drills=self._drills,
            held=self._held,
            access=Access(
                lambda: self._setup.configuration,
                tokens=askers_of(lambda: self._issuers.verifier),
            ),
            audit=Audit(
                self._path.parent,
                wall=lambda: datetime.now(UTC),
                new_id=lambda: secrets.token_hex(8),
            ),
            figures=self._figures,
            keys=self._keys.book,
            budgets=self._leasing.book,
        )

    def _open_ledger(self) -> LedgerStore:
        return open_ledger(self._place, now_us=_now_us())

    def _sync_s(self) -> float:
        return self._setup.configuration.ledger.sync_interval_ms / 1000

    def _ingested(self, report: IngestReport) -> None:
        self._figures.entered(report)
        self._status.entries += report.entries
        self._status.open = report.open
        self._leasing.ingested(report)

    async def _obey(self, channel: Channel) -> None:
        try:
            while (message := await channel.receive()) is not None:
                match message:
                    case Reload(sources=sources):
                        if sources is not None:
                            self._setup = build(sources)
                            self._issuers.reload(self._setup.configuration.identity)
                        channel.send(Reloaded())
                    case Reloaded(errors=errors):
                        self._reloaded(errors)
                    case HeadroomTold():
                        self._headroom.told(message)
                    case Stop():
                        break
                    case Ready() | HeadroomAsked() | DrillOrdered() | Measured():
                        pass
        finally:
            self._stopping.set()

    def _reloaded(self, errors: tuple[str, ...]) -> None:
        """Tell everybody who asked, and whoever looks at the status."""
        self._status.reload_errors = errors
        self._status.reloads += not errors
        for waiting in self._reloads:
            if not waiting.done():
                waiting.set_result(errors)
        self._reloads.clear()

    async def _ask_reload(self) -> tuple[str, ...]:
        """Have the supervisor reload; its errors, empty where all is in force."""
        assert self._channel is not None
        waiting: asyncio.Future[tuple[str, ...]] = asyncio.get_running_loop().create_future()
        self._reloads.append(waiting)
        self._channel.send(Reload())
        return await waiting

    def _order_drill(self, drill: Drill | None) -> None:
        """Have every worker begin a drill, or end the one that runs."""
        assert self._channel is not None
        self._channel.send(DrillOrdered(drill=drill))

    async def _ask_headroom(self) -> HeadroomReport:
        """What the workers have heard of limits."""
        assert self._channel is not None
        return await self._headroom.ask(self._channel.send)


def _now_us() -> int:
    return time.time_ns() // 1000
