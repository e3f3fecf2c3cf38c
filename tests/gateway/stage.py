"""A whole exchange in one process and on one thread, without sockets: tests read as transcripts.

The worker, its connections, plane, agreements and journal are the real ones; transports, the
dialling of providers and the clock are played. Nothing happens until the test says so: what was
written in a turn goes out at its end, and time passes when `wait` is called.

>>> client = stage.client()
>>> client.sends(chat("m"))
>>> stage.upstream.answers(OK)
>>> client.answer().status
200
"""

import asyncio
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from tests.gateway.props import Answer, Clock, Journal, Log, PlayedTransport, Reader
from tests.gateway.scripts import AGREEMENT_FILE, CONFIGURATION

from detente.canonical.journal import DecisionRecord, Intent, Settlement
from detente.gateway import exchange, server
from detente.gateway.allowances import reservation
from detente.gateway.http import deadlines
from detente.gateway.processes import worker
from detente.gateway.processes.worker import Worker
from detente.gateway.server import ClientConnection
from detente.gateway.upstream.connections import UpstreamConnection
from detente.gateway.upstream.dial import Address, DialError
from detente.stores import clock
from detente.wiring import Sources, build

CLOCKS: Final = (
    (exchange, "monotonic"),
    (exchange, "time_ns"),
    (server, "monotonic"),
    (server, "time_ns"),
    (clock, "clock_gettime_ns"),
)
"""Where the time is asked for."""


class Client:
    """A client on stage."""

    def __init__(self, stage: "Stage") -> None:
        self._stage = stage
        self.connection = ClientConnection(stage.worker)
        self.transport = PlayedTransport("client", self.connection, loop=stage.loop, log=stage.log)
        self.connection.connection_made(self.transport)

    def sends(self, data: bytes, *, piece_bytes: int | None = None) -> None:
        """Bytes arrive, at once or in pieces."""
        step = piece_bytes or max(1, len(data))
        for start in range(0, len(data), step):
            if not self.transport.closing:
                self.connection.data_received(data[start : start + step])
        self._stage.turn()

    def hangs_up(self) -> None:
        """The client is gone."""
        self.transport.lose()
        self._stage.turn()

    @property
    def received(self) -> bytes:
        """All bytes that came back."""
        return bytes(self.transport.written)

    @property
    def answers(self) -> list[Answer]:
        """What came back, read as HTTP."""
        reader = Reader()
        if self.received:
            reader.feed(self.received)
        return reader.answers

    def answer(self) -> Answer:
        """The one answer that came back."""
        (answer,) = self.answers
        return answer


class Upstream:
    """A provider's end of one connection."""

    def __init__(self, stage: "Stage", connection: UpstreamConnection, address: Address) -> None:
        self._stage = stage
        self.connection = connection
        self.address = address
        self.transport = PlayedTransport("upstream", connection, loop=stage.loop, log=stage.log)
        connection.connection_made(self.transport)

    @property
    def received(self) -> bytes:
        """All bytes that were sent to this provider."""
        return bytes(self.transport.written)

    def answers(self, data: bytes, *, piece_bytes: int | None = None) -> None:
        """Bytes of an answer arrive, at once or in pieces."""
        step = piece_bytes or max(1, len(data))
        for start in range(0, len(data), step):
            if not self.transport.closing:
                self.connection.data_received(data[start : start + step])
                self._stage.turn()

    def hangs_up(self, error: Exception | None = None) -> None:
        """The provider closes its side."""
        self.transport.lose(error)
        self._stage.turn()


class Stage:
    """Everything that plays; see the module."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, configuration: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = Clock()
        self.log = Log()
        self.upstreams: list[Upstream] = []
        self.said: list[str] = []
        self.unreachable: set[int] = set()
        self.lost_at_once: set[int] = set()
        self.hanging = False
        self.folder = folder
        monkeypatch.setattr(deadlines, "time", self.clock)
        for module, name in CLOCKS:
            monkeypatch.setattr(module, name, getattr(self.clock, name))
        monkeypatch.setattr(worker, "dial", self._dial)
        for module in (reservation, worker):
            monkeypatch.setattr(module, "say", self.said.append)
        self.journal = Journal(folder / "journal", self.log)
        self.worker = self.loop.run_until_complete(self._hire(configuration))

    async def _hire(self, configuration: str) -> Worker:
        return Worker(build(self.sources(configuration)), self.journal, None)

    def sources(self, configuration: str) -> Sources:
        """A configuration as the supervisor reads it, with the stage's agreement file."""
        return Sources(
            path=str(self.folder / "detente.toml"),
            main=configuration.encode(),
            agreements=(AGREEMENT_FILE,) if "[agreements]" in configuration else (),
        )

    async def _dial(
        self,
        address: Address,
        make: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext,
        timeout_ms: int,
    ) -> asyncio.Protocol:
        del tls, timeout_ms
        await asyncio.sleep(0)
        if self.hanging:
            await asyncio.get_running_loop().create_future()
        if address.port in self.unreachable:
            raise DialError("connection refused; check `base_url`")
        connection = make()
        assert isinstance(connection, UpstreamConnection)
        self.upstreams.append(Upstream(self, connection, address))
        if address.port in self.lost_at_once:
            self.upstream.transport.lose()
        return connection

    @property
    def upstream(self) -> Upstream:
        """The provider's end of the connection that was opened last."""
        return self.upstreams[-1]

    def client(self) -> Client:
        """A client that has just connected."""
        return Client(self)

    def turn(self, turns: int = 6) -> None:
        """Let the loop do what is due."""
        for _ in range(turns):
            self.loop.run_until_complete(asyncio.sleep(0))

    def wait(self, seconds: float) -> None:
        """Time passes; deadlines fire."""
        self.clock.now_s += seconds
        self.worker.deadlines.advance(self.clock.now_s)
        self.turn()

    @property
    def intents(self) -> list[Intent]:
        return [r for r in self.journal.records if isinstance(r, Intent)]

    @property
    def settlements(self) -> list[Settlement]:
        return [r for r in self.journal.records if isinstance(r, Settlement)]

    @property
    def decisions(self) -> list[DecisionRecord]:
        return [r for r in self.journal.records if isinstance(r, DecisionRecord)]

    def settled(self) -> Settlement:
        """The one settlement; whatever happened, there is an intent of the same id before it."""
        (settlement,) = self.settlements
        assert [intent.id for intent in self.intents] == [settlement.id]
        return settlement

    def at_rest(self) -> bool:
        """Nothing is under way and nothing is held."""
        return self.worker.in_flight == 0 and self.worker.buffered_bytes == 0


@contextmanager
def staged(
    folder: Path, monkeypatch: pytest.MonkeyPatch, configuration: str = CONFIGURATION
) -> Generator[Stage]:
    """A stage; at its end every request has exactly one intent and one settlement."""
    stage = Stage(folder, monkeypatch, configuration)
    try:
        yield stage
        assert sorted(i.id for i in stage.intents) == sorted(s.id for s in stage.settlements)
    finally:
        stage.turn()
        tasks = asyncio.all_tasks(stage.loop)
        for task in tasks:
            task.cancel()
        stage.turn()
        stage.loop.close()
        stage.journal.close()
