"""One request, from its last byte to its settlement, as a straight line.

`run` reads top to bottom: front door, caller, head of the body, decision, then for each allowed
deployment in order: address, send, judge; relay what answered; settle. It waits only at
`suspended()`, and every way out of it, the client's hang-up included, passes `_settle`.

The order of the two writes that matter: the intent is in the journal before the first upstream
byte, the settlement before the last byte of the answer.
"""

import time
from typing import TYPE_CHECKING, Final

import msgspec

from detente.canonical.entry import Attempt, EntryOutcome
from detente.canonical.failure import (
    ERROR_STATUS,
    ClientFault,
    Failure,
    Fault,
    OurBug,
    ProviderFault,
)
from detente.canonical.model import Dialect
from detente.canonical.question import HolderRefusal
from detente.canonical.usage import Usage
from detente.dialects import RequestHead, Route, Spec, StreamTap, match_route, models_body, spec_of
from detente.gateway.message import (
    JSON,
    LAST_CHUNK,
    Request,
    Response,
    chunk,
    status_line,
)
from detente.gateway.records import record_intent, record_settlement
from detente.gateway.routing import Plan, Step, exhausted, refusal_of
from detente.gateway.suspension import Driver, suspended
from detente.gateway.upstream import ConnectionLost, StaleConnection, UpstreamConnection

if TYPE_CHECKING:
    from detente.gateway.plane import Worker
    from detente.gateway.principals import Caller
    from detente.gateway.server import ClientConnection

BYTES_PER_TOKEN: Final = 4
"""The usual rule of thumb for English text, where no provider has counted."""


TRUNCATED: Final = "the provider closed the connection in the middle of the stream; try again"


class ClientGone(Exception):
    """The client closed its connection."""


class Unreachable(ProviderFault):
    """No connection to the provider could be opened."""


class DeadlinePassed(Exception):
    """The current wait took longer than it may."""


class Exchange(Driver):
    """One request and all that is known of it; what settles is read from its attributes."""

    __slots__ = (
        "attempt_ms",
        "attempts",
        "caller",
        "client",
        "committed",
        "connection",
        "error",
        "failed_answer",
        "failure",
        "first_byte_ms",
        "head",
        "id",
        "intended",
        "outcome",
        "plan",
        "plane",
        "refusals",
        "request",
        "response_bytes",
        "route",
        "settled",
        "started_us",
        "status",
        "step",
        "tap",
        "tries",
        "trying",
        "usage",
        "worker",
    )

    def __init__(self, client: "ClientConnection", request: Request, worker: "Worker") -> None:
        self.client = client
        self.request = request
        self.worker = worker
        self.plane = worker.plane
        self.id = worker.next_id()
        self.started_us = time.time_ns() // 1000
        self.caller: Caller | None = None
        self.route: Route | None = None
        self.head: RequestHead | None = None
        self.plan: Plan | None = None
        self.step: Step | None = None
        self.connection: UpstreamConnection | None = None
        self.tap: StreamTap | None = None
        self.attempt_ms = 0.0
        self.attempts: tuple[Attempt, ...] = ()
        self.refusals: tuple[HolderRefusal, ...] = ()
        self.failure: Failure | None = None
        self.failed_answer: Response | None = None
        self.usage: Usage | None = None
        self.outcome: EntryOutcome = "failed"
        self.status = 0
        self.error: str | None = None
        self.first_byte_ms: float | None = None
        self.response_bytes = 0
        self.intended = False
        self.committed = False
        self.settled = False
        self.tries = 0
        self.trying = False

    # The straight line.

    async def run(self) -> None:
        """Serve the request; raises only what is a bug of ours."""
        try:
            await self._serve()
        except Fault as fault:
            self._refuse(fault.failure)
        except DeadlinePassed:
            self._refuse(_failure("deadline_exceeded", "no provider answered in time; try again"))
        except ClientGone:
            self._hung_up()

    async def _serve(self) -> None:
        request, plane = self.request, self.plane
        self.route = route = _front_door(request)
        self.caller = caller = plane.keys.authenticate(request.headers, self.started_us)
        if route.operation != "call":
            self._show_models(route, caller)
            return
        spec = spec_of(route.dialect)
        self.head = head = spec.read_request(request.body)
        asked = route.path_model or head.model
        self.plan = plan = plane.router.plan(caller, asked, spec, request, self.started_us)
        tried: set[str] = set()
        while (step := _next_step(plan, tried)) is not None:
            tried.add(step.endpoint.deployment.id)
            self.step = step
            answer = await self._attempt(step, spec, head)
            if answer is not None:
                await self._relay(step, spec, head, answer)
                return
            if self.tries >= plane.limits.attempts_max:
                break
            if self.refusals:
                self.plan = plan = plane.router.after(plan, self.refusals, spec)
        self._give_up(plan, spec)

    async def _attempt(self, step: Step, spec: Spec, head: RequestHead) -> Response | None:
        """One try at one deployment: the answer to relay, or None after a recorded failure."""
        self.tries += 1
        self.trying = True
        self.attempt_ms = self.elapsed_ms()
        answer: Response | None = None
        failure: Failure | None = None
        try:
            answer = await self._ask(step, spec, head)
            if answer.status >= 300:
                failure = _judged(step, answer)
        except DeadlinePassed:
            self._drop_connection()
            failure = self._too_slow(step)
        except ProviderFault as fault:
            self.connection = None
            failure = fault.failure
            if isinstance(fault, Unreachable | ConnectionLost):
                failure = msgspec.structs.replace(failure, signal="unreachable")
        if failure is None:
            self.first_byte_ms = self.elapsed_ms()
            return answer
        self._failed(step, failure, answer)
        return None

    async def _ask(self, step: Step, spec: Spec, head: RequestHead) -> Response:
        """Send the request, on a kept connection if there is one, and wait for the answer.

        A kept connection may have been closed by the provider in the meantime; if not one byte
        came back, the request goes out once more on a fresh one. There is no other hidden retry.
        """
        endpoint = step.endpoint
        body = spec.edit_request(self.request.body, head, model=endpoint.deployment.upstream_id)
        message = _message_head(endpoint.head, endpoint.forwarded, self.request, len(body))
        if not self.intended:
            record_intent(self)
        self._wait_at_most(step)
        connection = endpoint.pool.take()
        if connection is not None:
            try:
                return await self._send(connection, message, body)
            except StaleConnection:
                self.connection = None
        connection = await self._connect(step)
        return await self._send(connection, message, body)

    async def _send(self, connection: UpstreamConnection, message: bytes, body: bytes) -> Response:
        self.connection = connection
        connection.send(self, message, body)
        return await suspended()

    async def _connect(self, step: Step) -> UpstreamConnection:
        dialling = self.worker.dial(step.endpoint, self)
        try:
            return await suspended()
        except (ClientGone, DeadlinePassed):
            dialling.cancel()
            raise

    async def _relay(self, step: Step, spec: Spec, head: RequestHead, answer: Response) -> None:
        """Pass the answer on: at once where it is whole, else piece by piece."""
        self.status = answer.status
        if answer.streaming:
            await self._relay_stream(step, spec, head, answer)
            return
        self._release()
        self.outcome = "answered"
        if answer.status < 300:
            self.usage = spec.read_usage(answer.body) or self._estimated(len(answer.body))
        self._write_whole(answer.status, answer.lines, answer.body)

    async def _relay_stream(
        self, step: Step, spec: Spec, head: RequestHead, answer: Response
    ) -> None:
        connection = self.connection
        assert connection is not None
        self.tap = tap = spec.tap(head, event_bytes_max=self.plane.limits.stream_event_bytes_max)
        self.committed = True
        framing = b"transfer-encoding: chunked\r\n" if self.request.chunked else b""
        self._write(
            status_line(answer.status) + answer.lines + self._own_lines() + framing + b"\r\n"
        )
        connection.sink = self
        self._wait_for_piece()
        try:
            await suspended()
        except (ProviderFault, DeadlinePassed) as error:
            self._drop_connection()
            self._cut(spec, error)
            return
        self._release()
        rest = tap.close()
        self.usage = self._stream_usage(tap)
        if not tap.complete and not tap.failed and _ended_by_close(answer):
            self._cut(spec, ProviderFault("upstream_failed", TRUNCATED))
            return
        self.outcome = "failed" if tap.failed else "answered"
        self._settle()
        if self.request.chunked:
            self._write(chunk(rest) + LAST_CHUNK)
        else:
            self._write(rest)

    def piece(self, data: bytes) -> None:
        """A piece of the stream has come: pass on what the tap lets through."""
        tap = self.tap
        assert tap is not None
        try:
            out = tap.feed(data)
        except ProviderFault as fault:
            self.throw(fault)
            return
        self._wait_for_piece()
        if out:
            self.response_bytes += len(out)
            if self.request.chunked:
                self.client.transport.write(b"%x\r\n%b\r\n" % (len(out), out))
            else:
                self.client.transport.write(out)

    # Ways to end.

    def _failed(self, step: Step, failure: Failure, answer: Response | None) -> None:
        """Record a failed attempt, and the refusal that it may be in the agreements' eyes."""
        if answer is not None:
            self._release()
        self.failure, self.failed_answer = failure, answer
        deployment = step.endpoint.deployment.id
        if failure.signal is not None:
            waited_ms = int(self.elapsed_ms() - self.attempt_ms)
            refusal = HolderRefusal(
                deployment=deployment, signal=failure.signal, waited_ms=waited_ms
            )
            self.refusals = (*self.refusals, refusal)
        self._record_attempt(failure.signal or failure.code, answer.status if answer else 0)

    def _give_up(self, plan: Plan, spec: Spec) -> None:
        """Nothing is left to try: the last provider's own answer, or our error."""
        failure, answer = self.failure, self.failed_answer
        if failure is None:
            self.outcome = "denied"
            raise refusal_of(plan, spec)
        self.outcome = "refused" if failure.is_refusal else "failed"
        if answer is None or answer.status in (401, 403) or answer.status < 400:
            self._answer_failure(exhausted(failure, self.tries))
            return
        self.error, self.status = failure.code, answer.status
        lines = answer.lines
        if self.tries > 1:
            lines += b"x-should-retry: false\r\n"
        self._write_whole(answer.status, lines, answer.body)

    def _refuse(self, failure: Failure) -> None:
        """Answer with an error of the gateway's own, in the client's dialect."""
        if self.committed:
            self._settle()
            self.client.abort()
            return
        self._drop_connection()
        if failure.blame == "client":
            self.outcome = "denied" if failure.code == "key_invalid" else "invalid"
        elif failure.blame == "agreement":
            self.outcome = "denied"
        self._answer_failure(failure)

    async def refuse_unread(self, fault: Fault) -> None:
        """Answer a request that could not be parsed."""
        self._refuse(fault.failure)

    def abandon(self, bug: OurBug) -> None:
        """A bug of ours ended the line: settle, tell the client if it can still be told."""
        self._drop_connection()
        self.outcome = "failed"
        self.error = bug.failure.code
        if self.committed or self.settled:
            self._settle()
            self.client.abort()
        else:
            self._answer_failure(bug.failure)

    def _answer_failure(self, failure: Failure) -> None:
        self.status = failure.status or ERROR_STATUS.get(failure.code, 502)
        self.error = failure.code
        decision = self.plan.decision.id if self.plan is not None else None
        spec = spec_of(self.route.dialect if self.route else _dialect_of(self.request))
        body = spec.error_body(failure, request_id=self.id, decision_id=decision)
        lines = JSON
        if failure.retry_after_ms is not None:
            lines += b"retry-after: %d\r\n" % -(-failure.retry_after_ms // 1000)
        if self.tries > 1:
            lines += b"x-should-retry: false\r\n"
        self._write_whole(self.status, lines, body)

    def _cut(self, spec: Spec, error: Exception) -> None:
        """The stream ended too early: say so in the client's dialect, and close."""
        tap = self.tap
        assert tap is not None
        self.outcome = "failed"
        self.usage = self._stream_usage(tap)
        if isinstance(error, DeadlinePassed):
            if self.client.paused:
                self.outcome = "client_gone"
            failure = _failure("deadline_exceeded", "the stream stood still for too long")
        else:
            failure = error.failure if isinstance(error, Fault) else _failure("upstream_failed", "")
        self.error = failure.code
        decision = self.plan.decision.id if self.plan is not None else None
        told = tap.close() + spec.stream_error(failure, request_id=self.id, decision_id=decision)
        self._settle()
        self.client.last_request = True
        if self.request.chunked:
            self._write(chunk(told) + LAST_CHUNK)
        else:
            self._write(told)
        if self.client.paused:
            self.client.abort()

    def _hung_up(self) -> None:
        """The client is gone: close the provider's side, settle what was used."""
        self._drop_connection()
        self.outcome = "client_gone"
        if self.tap is not None:
            self.usage = self._stream_usage(self.tap)
        elif self.intended:
            self.usage = self._estimated(0)
        self._settle()

    def _show_models(self, route: Route, caller: "Caller") -> None:
        """Answer what this caller may use: those models that some deployment may serve now."""
        router = self.plane.router
        spec = spec_of("openai_chat")
        allowed = [
            model
            for model in router.models
            if router.decide(caller, model.name, spec, self.started_us).outcome == "allow"
        ]
        if route.operation == "model":
            allowed = [m for m in allowed if route.path_model in (m.name, *m.aliases)]
            if not allowed:
                raise ClientFault("model_unknown", "unknown model; see `GET /v1/models`")
        self.outcome, self.status = "answered", 200
        self._write_whole(200, JSON, models_body(route, tuple(allowed), self.request.headers))

    # Writing.

    def _write_whole(self, status: int, lines: bytes, body: bytes) -> None:
        """Settle, then write the whole answer at once."""
        self.response_bytes = len(body)
        self.status = status
        self._settle()
        client = self.client
        if not self.request.keep_alive or client.last_request or self.worker.draining:
            lines += b"connection: close\r\n"
        client.transport.write(
            b"%b%b%bcontent-length: %d\r\n\r\n%b"
            % (status_line(status), lines, self._own_lines(), len(body), body)
        )

    def _write(self, data: bytes) -> None:
        if data:
            self.client.transport.write(data)

    def _own_lines(self) -> bytes:
        """The headers that every response of the gateway carries."""
        step = self.step
        if step is not None:
            return b"x-detente-request-id: %b\r\nx-detente-attempts: %d\r\n%b" % (
                self.id.encode(),
                self.tries,
                step.lines,
            )
        decision = self.plan.decision.id.encode() if self.plan is not None else b"none"
        return (
            b"x-detente-request-id: %b\r\nx-detente-attempts: 0\r\n"
            b"x-detente-deployment: none\r\nx-detente-decision: %b\r\nx-detente-loss: none\r\n"
        ) % (self.id.encode(), decision)

    # Recording.

    def _settle(self) -> None:
        """Put the settlement into the journal; once."""
        if self.settled:
            return
        self.settled = True
        if self.trying:
            self._record_attempt(self.error or self.outcome, self.status)
        if not self.intended:
            record_intent(self)
        record_settlement(self)

    def _record_attempt(self, result: str, status: int) -> None:
        self.trying = False
        step, plan = self.step, self.plan
        assert step is not None
        assert plan is not None
        elapsed = self.elapsed_ms() - self.attempt_ms
        first = None if self.first_byte_ms is None else self.first_byte_ms - self.attempt_ms
        self.attempts = (
            *self.attempts,
            Attempt(
                deployment=step.endpoint.deployment.id,
                result=result,
                status=status,
                decision=plan.decision.id,
                started_ms=self.attempt_ms,
                first_byte_ms=first,
                total_ms=elapsed,
            ),
        )

    # Small questions about the moment.

    def ended(self) -> None:
        """The line is over: the connection may serve its next request."""
        self.client.exchange_ended(self.request)

    def pause(self) -> None:
        """The client reads too slowly: stop reading from the provider."""
        if self.connection is not None:
            self.connection.transport.pause_reading()

    def unpause(self) -> None:
        """The client has caught up."""
        if self.connection is not None:
            self.connection.transport.resume_reading()

    def elapsed_ms(self) -> float:
        """Milliseconds since the request's last byte."""
        return (time.monotonic() - self.request.received_at) * 1000

    def _wait_at_most(self, step: Step) -> None:
        """Set the deadline of an attempt: the holder's window, the first byte, or the total."""
        limits = self.plane.limits
        wait_ms = step.endpoint.first_byte_timeout_ms
        if step.respond_within_ms is not None and step.respond_within_ms < wait_ms:
            wait_ms = step.respond_within_ms
        left_ms = limits.total_timeout_ms - self.attempt_ms
        deadlines = self.worker.deadlines
        deadlines.watch(self.client, time.monotonic() + min(wait_ms, left_ms) / 1000)

    def _wait_for_piece(self) -> None:
        """Set the deadline of the next piece: idle, or the total."""
        limits = self.plane.limits
        deadlines = self.worker.deadlines
        total = self.request.received_at + limits.total_timeout_ms / 1000
        self.client.deadline = min(deadlines.now + limits.idle_timeout_ms / 1000, total)

    def _too_slow(self, step: Step) -> Failure:
        """What a passed deadline means: the holder's window is a refusal, ours is not."""
        waited_ms = self.elapsed_ms() - self.attempt_ms
        provider = step.endpoint.deployment.provider
        window_ms = step.respond_within_ms
        if window_ms is not None and waited_ms >= window_ms:
            failure = _failure(
                "deadline_exceeded", f"provider `{provider}` did not answer within {window_ms} ms"
            )
            return msgspec.structs.replace(failure, signal="timeout")
        if self.elapsed_ms() >= self.plane.limits.total_timeout_ms:
            raise DeadlinePassed
        return _failure(
            "deadline_exceeded",
            f"provider `{provider}` sent no first byte within "
            f"{step.endpoint.first_byte_timeout_ms} ms; raise `first_byte_timeout_ms`",
        )

    def _release(self) -> None:
        if self.connection is not None:
            self.connection.release()
            self.connection = None

    def _drop_connection(self) -> None:
        if self.connection is not None:
            self.connection.abandon()
            self.connection = None

    def _estimated(self, answer_bytes: int) -> Usage:
        """Usage where no provider has counted: by the size of what travelled."""
        return Usage(
            uncached_input_tokens=len(self.request.body) // BYTES_PER_TOKEN,
            visible_output_tokens=answer_bytes // BYTES_PER_TOKEN,
            estimated=True,
        )

    def _stream_usage(self, tap: StreamTap) -> Usage:
        """The usage of a stream: reported where it ended, else estimated from what passed."""
        usage = tap.usage
        if usage is not None and tap.complete:
            return usage
        seen = tap.output_tokens_seen()
        if usage is None:
            usage = self._estimated(0)
        return msgspec.structs.replace(
            usage, visible_output_tokens=max(usage.visible_output_tokens, seen), estimated=True
        )


def _front_door(request: Request) -> Route:
    """Which operation of which dialect is asked for; raises `ClientFault`."""
    route = match_route(request.method, request.target)
    if route is None:
        raise ClientFault(
            "path_unknown", "nothing is served at this path; see `docs/reference/clients.md`"
        )
    return route


def _next_step(plan: Plan, tried: set[str]) -> Step | None:
    for step in plan.steps:
        if step.endpoint.deployment.id not in tried:
            return step
    return None


def _judged(step: Step, answer: Response) -> Failure | None:
    """What an answer other than a success means; None where it is the client's to read."""
    headers = {name.lower(): value for name, value in answer.headers}
    return step.endpoint.judge(answer.status, headers, answer.body)


def _message_head(
    head: bytes, forwarded: frozenset[bytes], request: Request, body_bytes: int
) -> bytes:
    """The request towards the provider, up to its body."""
    lines = [head]
    for name, value in request.headers.items():
        if name in forwarded:
            lines.append(b"%b: %b\r\n" % (name, value))
    lines.append(b"content-length: %d\r\n\r\n" % body_bytes)
    return b"".join(lines)


def _failure(code: str, message: str) -> Failure:
    return Failure(
        code=code, message=message, blame="provider", status=ERROR_STATUS[code], retryable=True
    )


def _dialect_of(request: Request) -> Dialect:
    """The dialect to answer in where the request was not understood: by its path."""
    return "anthropic_messages" if b"/messages" in request.target else "openai_chat"


def _ended_by_close(answer: Response) -> bool:
    """Whether only the end of the connection marks the end of this answer."""
    return answer.header(b"transfer-encoding") is None and answer.header(b"content-length") is None
