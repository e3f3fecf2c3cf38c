"""What remote detectors say of one request's texts, asked beside the call to the model.

Each request of a look is a small line of its own (`suspension.Driver`), with a connection from the
provider's pool; whatever is no verdict in time is a detector that failed. Nothing of it is billed,
or written anywhere. What follows from it all is the caller's to say.

    looks = RemoteLooks.begin(worker, endpoints, texts, "input", timeout_ms=1_000, done=done)
    if not looks.over:
        await suspended()  # until `done`
    looks.signals, looks.failed
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Self

from detente.canonical.failure import ProviderFault
from detente.canonical.guardrail import Stage
from detente.canonical.safety import SafetySignal
from detente.gateway.guarding.remote_reach import RemoteEndpoint, Send
from detente.gateway.http.message import Response
from detente.gateway.outbound import REFUSED_CREDENTIAL
from detente.gateway.suspension import ClientGone, Driver, suspended
from detente.gateway.upstream.connections import StaleConnection, UpstreamConnection
from detente.guardrails.detector_error import DetectorError

if TYPE_CHECKING:
    from detente.gateway.processes.worker import Worker

LATE = "it said nothing in time"
NOT_SHOWN = "it may not see what a policy blocks for it; see `detente check`"
UNKNOWN = "the configuration no longer has it"
BUG = "an error of the gateway itself"


class RemoteLooks:
    """The looks of several detectors at one request or answer, from `begin` to `over`.

    `signals` are what was found, `failed` the names of the detectors that gave no verdict, and
    `reasons` why, in words that quote nothing. Until `over` they grow.
    """

    def __init__(self, worker: "Worker", done: Callable[[], None]) -> None:
        self.reasons: dict[str, str] = {}
        self.worker = worker
        self._done: Callable[[], None] | None = done
        self._found: dict[SafetySignal, None] = {}
        self._open: dict[_Line, None] = {}
        self._begun = False
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def begin(
        cls,
        worker: "Worker",
        endpoints: Mapping[str, RemoteEndpoint],
        texts: Mapping[str, Sequence[str] | None],
        stage: Stage,
        *,
        timeout_ms: int,
        done: Callable[[], None],
    ) -> Self:
        """Ask every detector that `texts` names about its texts; one with None may not see them,
        and has failed. One that is not for this `stage` is left out.

        `done` is called once when all have answered or `timeout_ms` have passed: never within
        `begin`, which may return what is `over` already and then does not call, and not after
        `cancel`.
        """
        looks = cls(worker, done)
        for name, seen in texts.items():
            looks._ask(name, endpoints.get(name), seen, stage)
        looks._begun = True
        if looks._open:
            loop = asyncio.get_running_loop()
            looks._timer = loop.call_later(timeout_ms / 1000, looks._late)
        return looks

    @property
    def over(self) -> bool:
        """Whether nothing is waited for any more."""
        return self._begun and not self._open

    @property
    def signals(self) -> tuple[SafetySignal, ...]:
        """What was found, each once."""
        return tuple(self._found)

    @property
    def failed(self) -> tuple[str, ...]:
        """The detectors without a verdict, in the order in which they failed."""
        return tuple(self.reasons)

    def cancel(self) -> None:
        """Nobody wants to know any more: connections are closed, nothing is called."""
        self._done = None
        for line in list(self._open):
            line.throw(ClientGone())

    # What the lines say.

    def found(self, signals: tuple[SafetySignal, ...]) -> None:
        """A part of a verdict."""
        self._found.update(dict.fromkeys(signals))

    def has_failed(self, name: str, reason: str) -> None:
        """A detector has no verdict; the first reason is told."""
        self.reasons.setdefault(name, reason)

    def closed(self, line: "_Line") -> None:
        """A line is over; the last one ends the look."""
        self._open.pop(line, None)
        if not self._begun or self._open:
            return
        assert self._timer is not None  # whoever is not over has one
        self._timer.cancel()
        done, self._done = self._done, None
        if done is not None:
            done()

    def _ask(
        self, name: str, endpoint: RemoteEndpoint | None, texts: Sequence[str] | None, stage: Stage
    ) -> None:
        if endpoint is None:
            self.has_failed(name, UNKNOWN)
        elif stage not in endpoint.stages:
            return
        elif texts is None:
            self.has_failed(name, NOT_SHOWN)
        else:
            self._send_all(name, endpoint, texts, stage)

    def _send_all(
        self, name: str, endpoint: RemoteEndpoint, texts: Sequence[str], stage: Stage
    ) -> None:
        try:
            sends = endpoint.sends(texts, stage)
        except DetectorError as error:
            self.has_failed(name, str(error))
            return
        for send in sends:
            line = _Line(self, name, endpoint, send)
            self._open[line] = None
            line.drive(line.run())

    def _late(self) -> None:
        """Time is up for whoever has not answered."""
        for line in list(self._open):
            self.has_failed(line.name, LATE)
        for line in list(self._open):
            line.throw(ClientGone())


class _Line(Driver):
    """One request to one detector."""

    def __init__(self, looks: RemoteLooks, name: str, endpoint: RemoteEndpoint, send: Send) -> None:
        self.name = name
        self._looks = looks
        self._endpoint = endpoint
        self._send = send
        self._connection: UpstreamConnection | None = None

    async def run(self) -> None:
        """Ask, and tell what was said; whatever interrupts it closes the connection."""
        try:
            answer = await self._answered()
            if answer.streaming:
                raise DetectorError("it streams its answer; check the provider")
            self._looks.found(self._send.verdict(answer))
            self._keep()
        except (DetectorError, ProviderFault) as error:
            self._looks.has_failed(self.name, str(error))
        except ClientGone:
            pass
        finally:
            self._drop()

    async def _answered(self) -> Response:
        """The whole answer; a kept connection that turns out to be gone is replaced once."""
        endpoint, worker = self._endpoint, self._looks.worker
        self._keep_out()
        await self._credential()
        message, body = self._send.message(worker.now)
        self._connection = endpoint.pool.take() or await self._connect()
        self._connection.send(self, message, body)
        try:
            answer: Response = await suspended()
        except StaleConnection:
            self._connection = None
            self._connection = await self._connect()
            self._connection.send(self, message, body)
            answer = await suspended()
        if answer.status in REFUSED_CREDENTIAL and endpoint.renewal is not None:
            endpoint.renewal.refused()
        return answer

    def _keep_out(self) -> None:
        """In a drill, who is cut out is gone for detectors as well."""
        cut, place = self._looks.worker.cut, self._endpoint.place
        if cut is not None and cut.holds_place(place):
            raise DetectorError(cut.sentence(place.provider))

    async def _credential(self) -> None:
        """Wait for the provider's first credential; raises `NoCredential`."""
        renewal = self._endpoint.renewal
        if renewal is None or renewal.ready:
            return
        renewal.wait(self)
        try:
            await suspended()
        except ClientGone:
            renewal.forget(self)
            raise

    async def _connect(self) -> UpstreamConnection:
        dialling = self._looks.worker.dial(self._endpoint, self)
        try:
            return await suspended()
        except ClientGone:
            dialling.cancel()
            raise

    def _keep(self) -> None:
        """The connection may serve the next request."""
        assert self._connection is not None  # it has answered
        self._connection.release()
        self._connection = None

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.abandon()
            self._connection = None

    def ended(self) -> None:
        """The line is over."""
        self._looks.closed(self)

    def failed(self, error: Exception) -> None:
        """A bug of ours is a detector that failed."""
        self._looks.worker.report_bug(f"look of detector `{self.name}`", error)
        self._looks.has_failed(self.name, BUG)
        self._looks.closed(self)
