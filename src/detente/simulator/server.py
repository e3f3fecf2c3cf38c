"""A simulated provider: a loopback server of one kind, with its capacity and its script.

Joins connection, platform, gate, script and record; the only part that reads the clock.

    async with Simulator("openai", models=["gpt-4"], api_key="sk-test") as simulator:
        simulator.script(Status(status=503))
        client = OpenAI(base_url=simulator.base_url, api_key="sk-test")
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from detente.configuration.schema import ProviderKindName, SimulatedProvider
from detente.simulator import control
from detente.simulator.behaviours import Behaviour
from detente.simulator.connection import Connection
from detente.simulator.delivery import Stage, deliver
from detente.simulator.exchange import Answer, Platform, Received, Setting
from detente.simulator.gate import Gate
from detente.simulator.platforms import platform_of
from detente.simulator.record import Changes, Gauge, HangUp, Record
from detente.simulator.script import Script
from detente.simulator.wire import Wire

BACKLOG: Final = 4096
"""A thousand clients may connect at once."""

DEFAULT_BEHAVIOUR: Final = SimulatedProvider()


class Simulator:
    """One simulated provider. `models` are its own ids; `api_key` None accepts anybody, but with
    `issued_tokens` only who has a credential of a simulated identity service.

    `platform` is what is simulated where that is no kind of provider. `base_path` is where its
    SDK's `base_url` points, by default as on the real platform; with `tls` it is reached by HTTPS,
    which boto3 wants for bearer keys.
    """

    def __init__(
        self,
        kind: ProviderKindName,
        *,
        models: Sequence[str],
        api_key: str | None = None,
        behaviour: SimulatedProvider = DEFAULT_BEHAVIOUR,
        host: str = "127.0.0.1",
        port: int = 0,
        name: str | None = None,
        base_path: str | None = None,
        tls: ssl.SSLContext | None = None,
        issued_tokens: bool = False,
        platform: Platform | None = None,
        project: str | None = None,
        region: str | None = None,
    ) -> None:
        self.platform = platform or platform_of(kind)
        self.kind: ProviderKindName = kind
        self.name = name or kind
        self.models = tuple(models)
        self.behaviour = behaviour
        self.host = host
        self.tls = tls
        self.port = port
        self.base_path = self.platform.base_path if base_path is None else base_path.rstrip("/")
        self.record = Record()
        self.changes = Changes()
        self._api_key = api_key
        self._issued_tokens = issued_tokens
        self._project = project
        self._region = region
        self._gate = Gate(
            per_minute=behaviour.capacity_per_minute, concurrent=behaviour.capacity_concurrent
        )
        self._script = Script()
        self._connections: set[Connection] = set()
        self._listener: asyncio.Server | None = None
        self._release = asyncio.Event()
        self._held = 0
        self._absence: asyncio.Task[None] | None = None

    @property
    def base_url(self) -> str:
        """What this platform's own SDK would be given."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://{host}:{self.port}{self.base_path}"

    @property
    def key_expected(self) -> bool:
        """Whether a key is checked."""
        return self._api_key is not None or self._issued_tokens

    @property
    def requests(self) -> tuple[Received, ...]:
        """The requests received, the oldest first; control requests are not among them."""
        return tuple(self.record.requests)

    @property
    def hangups(self) -> tuple[HangUp, ...]:
        """The answers that their readers did not wait for, the oldest first."""
        return tuple(self.record.hangups)

    @property
    def gauge(self) -> Gauge:
        """What is going on now."""
        return Gauge(
            listening=self._listener is not None,
            connections_open=len(self._connections),
            in_flight=self._gate.in_flight,
            held=self._held,
            requests=self.record.requests_total,
            hangups=self.record.hangups_total,
            scripted=len(self._script),
        )

    async def start(self) -> None:
        """Listens; a port of 0 becomes the one that was free."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: Connection(self), self.host, self.port, backlog=BACKLOG, ssl=self.tls
        )
        self.port = self._listener.sockets[0].getsockname()[1]
        self.changes.tell()

    async def stop(self) -> None:
        """Ends every connection by RST, as a machine that dies, and stops listening."""
        if self._absence is not None:
            self._absence.cancel()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        tasks = [connection.serving for connection in self._connections]
        self.drop_connections()
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
        if listener is not None:
            await listener.wait_closed()

    def refuse_connections(self) -> None:
        """Closes the port and every connection: nobody is there until `accept_connections`."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        for connection in tuple(self._connections):
            connection.end()

    async def accept_connections(self) -> None:
        """Listens again, on the same port."""
        if self._listener is None:
            await self.start()

    def refuse_for(self, duration_ms: int) -> None:
        """Refuses connections for a while, beginning when what is answered now is sent."""
        self._absence = asyncio.get_running_loop().create_task(self._be_absent(duration_ms))

    async def _be_absent(self, duration_ms: int) -> None:
        self.refuse_connections()
        await asyncio.sleep(duration_ms / 1000)
        await self.accept_connections()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self.stop()

    def script(self, *behaviours: Behaviour) -> None:
        """The next requests meet these, in order."""
        self._script.add(*behaviours)

    def release(self) -> None:
        """Lets everything go on that is being held now."""
        self._release.set()
        self._release = asyncio.Event()

    def drop_connections(self) -> None:
        """Ends every open connection by RST."""
        for connection in tuple(self._connections):
            connection.wire.reset()

    def reset(self) -> None:
        """Forgets script, requests, hang-ups and the minute's admissions; releases holds."""
        self._script.clear()
        self.record.clear()
        self._gate.forget()
        self.release()
        self.changes.tell()

    async def until(self, condition: Callable[[Gauge], bool], *, timeout_s: float = 5.0) -> Gauge:
        """Waits until `condition` holds of the gauge; raises `TimeoutError`."""
        await self.changes.until(lambda: condition(self.gauge), timeout_s)
        return self.gauge

    def opened(self, connection: Connection) -> None:
        """A connection was accepted."""
        self._connections.add(connection)
        self.changes.tell()

    def closed(self, connection: Connection) -> None:
        """A connection has ended."""
        self._connections.discard(connection)
        self.changes.tell()

    async def serve(self, received: Received, wire: Wire) -> None:
        """Answers one request: control, script, capacity, platform, in this order."""
        if control.is_control(received):
            await deliver(control.answer(received, self), self._stage(wire, None, received))
            return
        request = self.record.received(received)
        behaviour = self._script.next()
        setting = self._setting(request)
        answer = self.platform.answer(request, setting)
        metered = answer.metered
        stage = self._stage(wire, behaviour, request)
        refused = self._gate.refusal(time.monotonic()) if metered and behaviour is None else None
        if refused is not None:
            self.changes.tell()
            spill = self.platform.spill
            spilled = None if spill is None else spill(request, setting)
            await deliver(spilled or self.platform.refusal(refused, setting), stage)
            return
        if metered:
            self._gate.enter(time.monotonic())
        self.changes.tell()
        try:
            await self._perform(answer, behaviour, stage)
        except asyncio.CancelledError:
            if not wire.closed_by_us:
                self._hung_up(request, stage)
            raise
        finally:
            if metered:
                self._gate.leave()
            self.changes.tell()

    async def _perform(self, answer: Answer, behaviour: Behaviour | None, stage: Stage) -> None:
        first_byte_ms = self.behaviour.first_byte_ms
        if behaviour is not None and behaviour.first_byte_ms is not None:
            first_byte_ms = behaviour.first_byte_ms
        if first_byte_ms:
            await asyncio.sleep(first_byte_ms / 1000)
        await (behaviour or Behaviour()).perform(answer, stage)

    async def _hold(self) -> None:
        self._held += 1
        self.changes.tell()
        try:
            await self._release.wait()
        finally:
            self._held -= 1

    def _hung_up(self, request: Received, stage: Stage) -> None:
        self.record.hung_up(
            HangUp(
                at_s=time.monotonic(),
                request=request.number,
                path=request.path,
                tokens_sent=stage.tokens_sent,
            )
        )

    def _setting(self, request: Received) -> Setting:
        return Setting(
            models=self.models,
            api_key=self._api_key,
            base_path=self.base_path,
            tokens=self.behaviour.tokens,
            limit=self._gate.limit,
            remaining=max(0, self._gate.remaining(time.monotonic()) - 1),
            request_id=f"{self.port:08x}{request.number:024x}",
            at=datetime.now(UTC),
            issued_tokens=self._issued_tokens,
            provisioned=self.behaviour.provisioned,
            project=self._project,
            region=self._region,
            spillover=self.behaviour.spillover,
        )

    def _stage(self, wire: Wire, behaviour: Behaviour | None, request: Received) -> Stage:
        token_ms = self.behaviour.token_ms
        if behaviour is not None and behaviour.token_ms is not None:
            token_ms = behaviour.token_ms
        return Stage(
            wire,
            fail=lambda status: self.platform.failure(status, self._setting(request)),
            released=self._hold,
            token_ms=token_ms,
        )
