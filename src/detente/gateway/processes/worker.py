"""A data-plane worker: one process, one loop, one thread.

It serves the sockets it is given under the plane it has, and takes a new plane when the supervisor
sends one. It keeps going while the control process restarts; when the supervisor is gone, or says
so, it drains and ends.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import ssl
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

import msgspec
import uvloop

from detente.accounts.messages import Ask
from detente.canonical.snapshot import NOTHING_MEASURED, Snapshot
from detente.configuration.located import LocatedErrors
from detente.gateway.allowances.purse import Purse
from detente.gateway.allowances.tokenizers import load_tokenizers, needs_tokens
from detente.gateway.callers.issuer_keys import IssuerKeys
from detente.gateway.callers.stored_keys import StoredKeys, stored_keys
from detente.gateway.drills import Cut, Drill, cut_of
from detente.gateway.guarding.held_requests import HeldRequests
from detente.gateway.http.deadlines import Deadlines
from detente.gateway.http.outbox import Outbox
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
from detente.gateway.link.client import WorkerLink
from detente.gateway.link.messages import (
    IssuerAsked,
    IssuerTold,
    KeysTold,
    KeysUnknown,
    LinkMessage,
)
from detente.gateway.measures.headrooms import headrooms
from detente.gateway.memories import Memories
from detente.gateway.plane import Plane, Pools
from detente.gateway.processes.garbage import calm_the_collector
from detente.gateway.records import decision_record
from detente.gateway.routing import Plan
from detente.gateway.say import say
from detente.gateway.server import ClientConnection
from detente.gateway.suspension import Suspension
from detente.gateway.upstream.connections import HasPool, Pool, Unreachable, UpstreamConnection
from detente.gateway.upstream.credentials import resolve_secrets
from detente.gateway.upstream.dial import DialError, client_tls, dial
from detente.gateway.upstream.renewal import Renewals
from detente.ledger.store.journal import JournalWriter
from detente.stores import clock
from detente.wiring import Setup, Sources, build

BACKLOG: Final = 4096
CUT_S: Final = 1.0
"""What the loop may take to settle what a drain has cut."""
TLS_GOODBYE_S: Final = 1.0
"""What a client that is told of the end has to answer; most say nothing (default: 30 s)."""
HOUSEKEEPING_S: Final = 0.05
FIRST_KEYS_S: Final = 5.0
"""What a worker waits for the first word of the key store before it serves; then keys that it does
not know are answered with a 503, and those of the configuration count where their project stands
there too."""
DECISIONS_REMEMBERED_MAX: Final = 100_000
"""Ids of decisions already in this journal; forgetting them only writes one again."""


class Worker:
    """What all connections of this process share."""

    def __init__(
        self,
        setup: Setup,
        journal: JournalWriter,
        tls: ssl.SSLContext | None,
        *,
        stored: StoredKeys | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.deadlines = Deadlines(loop)
        self.outbox = Outbox(loop)
        self.pools = Pools(self.outbox, lambda: self.deadlines.now)
        self.now = datetime.now(UTC)
        """The time, at most one housekeeping interval old."""
        self.renewals = Renewals(lambda: self.now)
        self.snapshot = NOTHING_MEASURED
        self.say_up: Callable[[LinkMessage], bool] = _unheard
        """Says something to the control process; False while it does not listen (`link.client`)."""
        self.issuers = IssuerKeys(lambda name: self.say_up(IssuerAsked(name=name)))
        self.stored = StoredKeys.none() if stored is None else stored
        """What is known of the key store; planes come and go above it."""
        self.keys_heard = asyncio.Event()
        self.plane = self._plane(setup, None)
        self.journal = journal
        self.purse = Purse(
            holder=journal.owner,
            send=self._ask,
            now_us=clock.now_us,
            now=lambda: self.now,
            soon=loop.call_soon,
        )
        self._follow(setup)
        translation = setup.configuration.translation
        self.memories = Memories(
            bytes_max=translation.memory_bytes_max,
            ttl_ms=translation.memory_ttl_ms,
            now=lambda: self.deadlines.now,
        )
        self.held_requests = HeldRequests(setup.configuration.guardrails)
        self.cut: Cut | None = None
        self.in_flight = 0
        self.buffered_bytes = 0
        self.draining = False
        self.drained = asyncio.Event()
        self.soon = loop.call_soon
        """Has something called in the loop's next turn, when others had theirs."""
        self._loop = loop
        self._clients: set[ClientConnection] = set()
        self._dials: set[asyncio.Task[None]] = set()
        self._decisions: set[str] = set()
        self._server_tls = tls
        self._client_tls = client_tls()
        self._servers: list[asyncio.Server] = []
        self._prefix = "req_" + secrets.token_hex(8)
        self._count = 0

    async def listen(self, listener: socket.socket) -> None:
        """Begin to serve."""
        self._servers.append(
            await self._loop.create_server(
                lambda: cast("asyncio.Protocol", ClientConnection(self)),
                sock=listener,
                ssl=self._server_tls,
                ssl_shutdown_timeout=None if self._server_tls is None else TLS_GOODBYE_S,
                backlog=BACKLOG,
            )
        )
        self.deadlines.start()
        self._loop.call_later(HOUSEKEEPING_S, self._keep_house)

    def reload(self, setup: Setup) -> None:
        """Swap the plane; raises `LocatedErrors` and keeps the old one."""
        self.plane = self._plane(setup, self.plane)
        self._follow(setup)
        self.stored.obey(setup.configuration.store)
        self.held_requests.follow(setup.configuration.guardrails)
        self.plane.observe(self.snapshot)
        in_use = [endpoint.renewal for endpoint in self.plane.endpoints.values()]
        in_use += [remote.renewal for remote in self.plane.remote.values()]
        self.renewals.keep(renewal for renewal in in_use if renewal is not None)
        translation = setup.configuration.translation
        self.memories.bytes_max = translation.memory_bytes_max
        if self.cut is not None:
            self.drill(self.cut.drill)  # in the new world, too
        self.memories.ttl_s = translation.memory_ttl_ms / 1000

    def _plane(self, setup: Setup, before: Plane | None) -> Plane:
        resolved = resolve_secrets(setup)
        return Plane(
            setup,
            resolved,
            self.pools,
            self.renewals,
            issuers=self.issuers,
            stored=self.stored,
            before=before,
        )

    def _follow(self, setup: Setup) -> None:
        """What the configuration says of outages, to whoever has to know."""
        configuration = setup.configuration
        self.purse.follow(
            fail_closed=configuration.store.on_outage == "fail_closed",
            waiting_max=configuration.limits.budget_waiting_max,
        )

    def _ask(self, ask: Ask) -> bool:
        return self.say_up(ask)

    def issuer_told(self, message: IssuerTold) -> None:
        """An issuer's keys have come: where they are others, tokens are verified anew."""
        now_us = time.time_ns() // 1000
        changed = self.issuers.told(message.name, message.issuer, message.jwks, now_us)
        if changed and self.plane.tokens is not None:
            self.plane.tokens.forget()

    def observe(self, snapshot: Snapshot) -> None:
        """Order by `snapshot` from now on; requests that are under way keep their order."""
        self.snapshot = snapshot
        self.plane.observe(snapshot)

    def drill(self, drill: Drill | None) -> None:
        """Behave as if somebody were gone, from now to the drill's end; None ends one before."""
        self.cut = cut_of(drill, self.plane.setup.world, lambda: self.deadlines.now)

    def keys_told(self, message: KeysTold | KeysUnknown) -> None:
        """What the control process says of the key store counts for every request from now on."""
        match message:
            case KeysTold():
                self.plane.keys.changed(self.stored.told(message, self._loop.time()))
                scopes = [project.scope for project in message.projects]
                scopes += [key.scope for key in message.keys]
                if any(needs_tokens(scope) for scope in scopes):  # once; then they are there
                    models = self.plane.setup.configuration.models
                    self._loop.run_in_executor(None, load_tokenizers, tuple(models))
                if not message.more:
                    self.keys_heard.set()
            case KeysUnknown(outage=outage):
                self.stored.outage = outage
                self.keys_heard.set()

    async def drain(self) -> None:
        """Accept nothing new, let what is open end, and close the rest at the bound."""
        self.draining = True
        for server in self._servers:
            server.close()
        for client in list(self._clients):
            if client.exchange is None:
                client.close()
        self.held_requests.close()
        if self._clients:
            try:
                async with asyncio.timeout(self.plane.limits.drain_timeout_ms / 1000):
                    await self.drained.wait()
            except TimeoutError:
                for client in list(self._clients):
                    client.abort()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(CUT_S):
                        await self.drained.wait()
        self.renewals.stop()
        self.deadlines.stop()
        self.journal.close()

    # What connections and exchanges ask for.

    def admit(self, client: ClientConnection) -> bool:
        """Whether one more connection may be served."""
        if len(self._clients) >= self.plane.limits.connections_max or self.draining:
            return False
        self._clients.add(client)
        return True

    def dismiss(self, client: ClientConnection) -> None:
        """A connection is gone."""
        self._clients.discard(client)
        if self.draining and not self._clients:
            self.drained.set()

    def next_id(self) -> str:
        """A request id: unique over all workers and restarts."""
        self._count += 1
        return self._prefix + hex(self._count)[2:].rjust(8, "0")  # noqa: FURB116 -- compiled, any format costs more

    def dial(self, reached: HasPool, waiter: Suspension) -> asyncio.Task[None]:
        """Open a connection; it resumes `waiter`, or the failure is thrown there."""
        task = self._loop.create_task(self._dial(reached.pool, waiter))
        self._dials.add(task)
        task.add_done_callback(self._dials.discard)
        return task

    async def _dial(self, pool: Pool, waiter: Suspension) -> None:
        limits = self.plane.limits
        connection = UpstreamConnection(pool)
        try:
            await dial(
                pool.address,
                lambda: cast("asyncio.Protocol", connection),
                self._client_tls,
                limits.connect_timeout_ms,
            )
            if connection.transport.is_closing():
                raise DialError("it closed the connection at once; try again")
        except DialError as error:
            said = f"provider `{pool.name}` cannot be reached: {error}"
            waiter.throw(Unreachable("upstream_failed", said))
        else:
            waiter.resume(connection)

    def record_decision(self, plan: Plan) -> None:
        """Put a decision into the journal, once for this worker's life."""
        if plan.decision.id in self._decisions:
            return
        if len(self._decisions) >= DECISIONS_REMEMBERED_MAX:
            self._decisions.clear()
        self.journal.append(decision_record(plan))
        self._decisions.add(plan.decision.id)

    def report_bug(self, request_id: str, error: Exception) -> None:
        """A bug of ours, to the operator: type and place, never a message that may quote."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        say(f"bug in request {request_id}: {type(error).__name__} at {place}")

    def _keep_house(self) -> None:
        self.now = datetime.now(UTC)
        self.stored.look(self._loop.time())
        self.journal.prepare()
        self.purse.keep_house(self.purse.now_us())
        if self.cut is not None and self.cut.over:
            self.cut = None
        idle_s = self.plane.limits.pool_idle_timeout_ms / 1000
        self.pools.close_idle(self.deadlines.now - idle_s)
        if not self.draining:
            self._loop.call_later(HOUSEKEEPING_S, self._keep_house)


def _unheard(_: LinkMessage) -> bool:
    return False


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What is under way when a worker begins: a drill, and what was measured last."""

    drill: Drill | None = None
    snapshot: Snapshot = NOTHING_MEASURED


def run_worker(
    name: str,
    setup: Setup,
    *,
    listener: socket.socket,
    channel: socket.socket,
    journals: Path,
    tls: ssl.SSLContext | None,
    drill: Drill | None = None,
    snapshot: Snapshot = NOTHING_MEASURED,
) -> None:
    """The worker process, from fork to exit; `drill` is one that is under way, `snapshot` what
    was measured last."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor says when to stop
    begun = Begun(drill=drill, snapshot=snapshot)
    uvloop.run(_work(name, setup, listener, channel, journals=journals, tls=tls, begun=begun))


async def _work(
    name: str,
    setup: Setup,
    listener: socket.socket,
    channel_socket: socket.socket,
    *,
    journals: Path,
    tls: ssl.SSLContext | None,
    begun: "Begun",
) -> None:
    ledger = setup.configuration.ledger
    journal = JournalWriter(
        journals,
        name,
        segment_bytes=ledger.segment_bytes,
        bytes_max=ledger.journal_bytes_max,
        now_us=lambda: time.time_ns() // 1000,
    )
    worker = Worker(setup, journal, tls, stored=stored_keys(setup))
    worker.drill(begun.drill)
    worker.observe(begun.snapshot)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    channel = await Channel.open(channel_socket)
    link = WorkerLink(name, worker, setup.state)
    linked = asyncio.create_task(link.run())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FIRST_KEYS_S):
            await worker.keys_heard.wait()
    calm_the_collector()
    await worker.listen(listener)
    channel.send(Ready(pid=os.getpid()))
    listening = asyncio.create_task(_obey(worker, channel, stopping))
    await stopping.wait()
    listening.cancel()
    await worker.drain()
    linked.cancel()
    await link.close()


async def _obey(worker: Worker, channel: Channel, stopping: asyncio.Event) -> None:
    """Carry out what the supervisor says; its silence, or not being able to, means stop."""
    try:
        while (message := await channel.receive()) is not None:
            match message:
                case Reload(sources=Sources() as sources):
                    channel.send(Reloaded(errors=_reloaded(worker, sources)))
                case HeadroomAsked(number=number):
                    heard = headrooms(worker.plane.endpoints.values(), worker.now)
                    channel.send(HeadroomTold(number=number, readings=heard))
                case DrillOrdered(drill=drill):
                    worker.drill(drill)
                case Measured(snapshot=snapshot):
                    worker.observe(snapshot)
                case Stop():
                    break
                case Ready() | Reload() | Reloaded() | HeadroomTold():
                    pass
    finally:
        stopping.set()


def _reloaded(worker: Worker, sources: Sources) -> tuple[str, ...]:
    """The errors that kept the old configuration, none where the new one is in force."""
    try:
        worker.reload(build(sources))
    except LocatedErrors as errors:
        return tuple(str(error) for error in errors.errors)
    return ()
