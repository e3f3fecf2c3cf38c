"""One request, from its last byte to its settlement, as a straight line.

`run` reads top to bottom: front door, caller, head of the body, decision, then for each allowed
deployment in order: address, send, judge; relay what answered; settle. It waits only at
`suspended()`, and every way out of it, the client's hang-up included, passes `_settle`.

The order of the two writes that matter: the intent is in the journal before the first upstream
byte, the settlement before the last byte of the answer.
"""

from time import monotonic, time_ns
from typing import TYPE_CHECKING, Final

import msgspec

from detente.canonical.entry import EntryOutcome
from detente.canonical.failure import (
    ERROR_STATUS,
    ClientFault,
    Failure,
    Fault,
    OurBug,
    ProviderFault,
)
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage
from detente.dialects import RequestHead, Route, Spec, StreamTap, spec_of
from detente.dialects.translation import TranslatingTap, carries_foreign
from detente.gateway import estimate, outcomes
from detente.gateway.allowances import reservation
from detente.gateway.attempts import Attempts
from detente.gateway.drills import Cut
from detente.gateway.enveloped import failure_of, open_request, tap_of
from detente.gateway.front_door import asking_spec, front_door, read_head
from detente.gateway.guarding import guarded
from detente.gateway.guarding.guard import Guard
from detente.gateway.http.message import (
    CLOSE,
    JSON,
    LAST_CHUNK,
    RETRY_ELSEWHERE,
    Request,
    Response,
    chunk,
    own_lines,
    retry_lines,
    status_line,
    without_retry,
)
from detente.gateway.lane import Lane
from detente.gateway.model_list import model_list
from detente.gateway.outbound import judged, outbound
from detente.gateway.patience import (
    first_credential,
    nobody_answered,
    stood_still,
    too_slow,
    truncated,
    wait_for_answer,
    wait_for_piece,
)
from detente.gateway.records import record_intent, record_settlement
from detente.gateway.routing import Plan, refusal_of
from detente.gateway.safety_watch import SafetyWatch, safety_found, safety_watch
from detente.gateway.suspension import ClientGone, DeadlinePassed, Driver, suspended
from detente.gateway.upstream.connections import StaleConnection, Unreachable, UpstreamConnection
from detente.gateway.upstream.endpoint import Endpoint, Step

if TYPE_CHECKING:
    from detente.gateway.allowances.holds import Hold
    from detente.gateway.callers.principals import Caller
    from detente.gateway.processes.worker import Worker
    from detente.gateway.server import ClientConnection


class Exchange(Driver):
    """One request and all that is known of it; `records.py` settles from its attributes."""

    # What nothing has changed yet is the class's: it costs nothing until it happens.
    caller: "Caller | None" = None
    route: Route | None = None
    spec: Spec | None = None
    head: RequestHead | None = None
    plan: Plan | None = None
    hold: "Hold | None" = None
    held = False
    looks = 0
    guard: Guard | None = None
    beginning: guarded.Beginning | None = None
    awaits_looks = False
    lane: Lane | None = None
    attempts: Attempts
    connection: UpstreamConnection | None = None
    tap: StreamTap | None = None
    usage: Usage | None = None
    watch: SafetyWatch | None = None
    safety: tuple[SafetySignal, ...] = ()
    outcome: EntryOutcome = "failed"
    status = 0
    error: str | None = None
    first_byte_ms: float | None = None
    total_ms = 0.0
    response_bytes = 0
    intended = False
    committed = False
    settled = False
    remembered = False
    foreign = False

    def __init__(self, client: "ClientConnection", request: Request, worker: "Worker") -> None:
        self.client = client
        self.request = request
        self.worker = worker
        self.plane = worker.plane
        self.id = worker.next_id()
        self.started_us = time_ns() // 1000
        self.attempts = Attempts()

    # The straight line.

    async def run(self) -> None:
        """Serve the request; raises only what is a bug of ours."""
        request, plane, worker = self.request, self.plane, self.worker
        try:
            self.route = route = front_door(request)
            self.caller = caller = plane.keys.authenticate(
                request.target, request.headers, self.started_us, request
            )
            if worker.in_flight > plane.limits.in_flight_max:
                raise ClientFault("overloaded", "too many requests at once; try again")
            if route.dialect is None:
                self._show_models(route, caller)
                return
            spec = spec_of(route.dialect)
            if route.envelope is not None:  # what is inside is asked
                route, spec = open_request(request, route)
            self.route, self.spec = route, spec
            self.head = head = read_head(spec, route, request)
            self.foreign = spec.hands_state_back and carries_foreign(request.body)
            asked = plane.router.named(route.path_model or head.model, route.publisher)
            self.plan = plan = plane.router.plan(caller, asked, spec, request, self.started_us)
            if plan.governed is not None:
                await guarded.look(self, plan.governed)
            if (
                caller.rules
                and plan.steps
                and not reservation.reserved_at_once(self, plan, spec, head)
            ):
                await reservation.reserved_in_line(self)
            await self._try_each(plan, spec, head)
        except Fault as fault:
            self._refuse(fault.failure)
        except DeadlinePassed:
            self._refuse(nobody_answered())
        except ClientGone:
            self._hung_up()

    async def _try_each(self, plan: Plan, spec: Spec, head: RequestHead) -> None:
        """One deployment after the other, until one answers or none is left."""
        attempts = self.attempts
        while (step := self._next(plan, spec)) is not None:
            if attempts.unheard and self.held:
                await reservation.again(self)
            answer = await self._attempt(step, spec, head)
            if answer is not None:
                if answer.streaming:
                    await self._relay_stream(spec, head, answer)
                else:
                    self._relay_whole(spec, answer)
                return
            if attempts.refusals:
                self.plan = plan = self.plane.router.after(plan, attempts.refusals, spec)
                self.worker.record_decision(plan)
                if self.held:
                    await reservation.raised(self, plan, spec, head)
        self._give_up(plan, spec)

    def _next(self, plan: Plan, spec: Spec) -> Step | None:
        """The deployment to try now; where one speaks another dialect, the lane chooses."""
        attempts_max = self.plane.limits.attempts_max
        route = self.route
        assert route is not None
        watched = plan.translates or route.envelope is not None or self.foreign
        watched = watched or self.guard is not None
        if self.lane is None and not watched:
            return self.attempts.next(plan, attempts_max)
        if self.lane is None:
            assert self.head is not None
            self.lane = Lane(self, spec, route, self.head)
        return self.lane.next(plan, attempts_max)

    async def _attempt(self, step: Step, spec: Spec, head: RequestHead) -> Response | None:
        """One try at one deployment: the answer to relay, or None after a recorded failure.

        A kept connection may have been closed by the provider in the meantime; if not one byte
        came back, the request goes out once more on a fresh one. There is no other hidden retry.
        """
        attempts, endpoint = self.attempts, step.endpoint
        attempts.begin(step, self.elapsed_ms())
        if not self.intended:
            record_intent(self)
        wait_for_answer(self, step)
        answer: Response | None = None
        failure: Failure | None = None
        try:
            if self.worker.cut is not None:
                self._keep_out(self.worker.cut, endpoint)
            if endpoint.renewal is not None:
                await first_credential(self, endpoint.renewal)
            message, body = outbound(self.request, step, spec, head, now=self.worker.now)
            self.connection = endpoint.pool.take() or await self._connect(step)
            self.connection.send(self, message, body)
            attempts.asked = True
            try:
                answer = await suspended()
            except StaleConnection:
                answer = await self._again(step, message, body)
            assert answer is not None
            attempts.asked = False
            failure = self._heard(step, answer)
            if failure is None and self.guard is not None:
                failure = await guarded.answered(self, self.guard, step, answer)
        except DeadlinePassed:
            attempts.give_up()
            failure = too_slow(self, step)
        except ProviderFault as fault:
            attempts.asked = False  # who breaks off bills nothing
            self.connection = None if answer is None else self.connection
            failure, answer = fault.failure, None
        now_ms = self.elapsed_ms()
        if failure is None:
            heard_ms = now_ms if self.guard is None else self.guard.heard_ms
            self.first_byte_ms = attempts.first_byte_ms = heard_ms
            return answer
        assert self.plan is not None
        attempts.failed(self.plan, failure, answer, now_ms)
        self.release()
        return None

    def _heard(self, step: Step, answer: Response) -> Failure | None:
        """What an answer means; what came whole in another dialect is translated, but for what
        policies on content have to see first."""
        endpoint = self._follow(step.endpoint, answer)
        self.safety = safety_found(endpoint, answer)
        endpoint.last.headers, endpoint.last.at = answer.headers, self.worker.now
        if answer.status >= 300:
            return judged(endpoint, answer, now=self.worker.now)
        if step.outgoing is not None and self.guard is None and not answer.streaming:
            assert self.lane is not None
            self.lane.translate(step.outgoing, answer)
        return None

    def _keep_out(self, cut: Cut, endpoint: Endpoint) -> None:
        """A drill behaves as if some deployments were gone: raises `Unreachable` for those."""
        if cut.holds(endpoint.deployment.id):
            self.attempts.drilled = True
            raise Unreachable("upstream_failed", cut.sentence(endpoint.deployment.provider))

    def _follow(self, endpoint: Endpoint, answer: Response) -> Endpoint:
        """The deployment that answers: another one where the platform itself passed the request on,
        which is noted."""
        passed = None if endpoint.passed_on is None else endpoint.passed_on(answer.lines)
        if passed is None:
            return endpoint
        assert self.plan is not None
        return self.attempts.passed_on(self.plan, passed, self.elapsed_ms())

    async def _again(self, step: Step, message: bytes, body: bytes) -> Response:
        """The answer on a fresh connection, after a kept one turned out to be gone."""
        if self.worker.cut is not None:
            self._keep_out(self.worker.cut, step.endpoint)
        self.connection = await self._connect(step)
        self.connection.send(self, message, body)
        return await suspended()

    async def _connect(self, step: Step) -> UpstreamConnection:
        self.connection = None
        dialling = self.worker.dial(step.endpoint, self)
        try:
            return await suspended()
        except (ClientGone, DeadlinePassed):
            dialling.cancel()
            raise

    def _relay_whole(self, spec: Spec, answer: Response) -> None:
        """Pass a whole answer on."""
        self.release()
        self.outcome = "answered"
        if self.guard is not None and self.guard.has_withheld:
            self.outcome, self.error = "denied", "guardrail_blocked"
        step, route = self.attempts.step, self.route
        assert step is not None
        assert route is not None
        outgoing = step.outgoing
        if answer.status >= 300:
            if outgoing is not None and self.lane is not None:
                self._answer_failure(self.lane.failure(outgoing, answer))
                return
            if route.envelope != step.endpoint.envelope:
                self._answer_failure(failure_of(step.endpoint, answer))
                return
        if answer.status < 300 and spec.billed:
            usage = spec.read_usage(answer.body) if outgoing is None else answer.usage
            self.usage = usage or estimate.of_sizes(len(self.request.body), len(answer.body))
        self._write_whole(answer.status, answer.lines, answer.body)

    async def _relay_stream(self, spec: Spec, head: RequestHead, answer: Response) -> None:
        """Pass an event stream on, piece by piece as it comes."""
        connection = self.connection
        assert connection is not None
        self.tap = tap = tap_of(self, spec, head, answer)
        self.status = answer.status
        self.committed = True
        framing = b"transfer-encoding: chunked\r\n" if self.request.chunked else b""
        if not self.request.keep_alive or self.client.last_request or self.worker.draining:
            framing += CLOSE
        own = own_lines(self.id, self.attempts, self.plan)
        self._write(b"%b%b%b%b\r\n" % (status_line(answer.status), answer.lines, own, framing))
        self.watch = safety_watch(self.attempts.step, self.route)
        self.looks = reservation.EARLY_PIECES_MAX if self.held else 0
        connection.sink = self
        wait_for_piece(self)
        try:
            await (suspended() if self.guard is None else guarded.streamed(self, self.guard, tap))
        except DeadlinePassed:
            self._cut(spec, tap, stood_still(self))
            return
        except ProviderFault as fault:
            self.connection = None
            self._cut(spec, tap, fault.failure)
            return
        self.release()
        rest = tap.close() if self.guard is None else await guarded.closed(self, self.guard, tap)
        if self.guard is not None and self.guard.end is not None:
            self._end_withheld(tap, self.guard.end)
            return
        if not tap.complete and not tap.failed:  # however orderly the body ended
            self._cut(spec, tap, truncated())
            return
        self._remember(tap)
        self.usage = estimate.of_stream(tap, len(self.request.body))
        self.outcome = "failed" if tap.failed else "answered"
        self._end_stream(rest)

    def _remember(self, tap: StreamTap) -> None:
        """The stream has said all: keep what the client cannot hand back; once."""
        if self.lane is not None and not self.remembered and isinstance(tap, TranslatingTap):
            self.remembered = True
            self.lane.ended(tap)

    def piece(self, data: bytes) -> None:
        """A piece of the stream has come: pass on what the tap lets through."""
        tap, guard = self.tap, self.guard
        assert tap is not None
        try:
            out = tap.feed(data) if guard is None else guarded.piece(self, guard, tap, data)
        except ProviderFault as fault:
            self.drop_connection()
            self.throw(fault)
            return
        wait_for_piece(self)
        if self.looks:
            reservation.look_for_input(self, tap)
        if (watch := self.watch) is not None and guard is None:
            watch.look(out if watch.passes else data)
        if tap.complete and self.lane is not None:
            self._remember(tap)  # before the client can ask again
        if guard is not None and guard.end is not None:
            self.resume(None)
        elif out:
            self.pass_on(out)

    def pass_on(self, out: bytes) -> None:
        """Some of the stream is for the client."""
        if out:
            self.response_bytes += len(out)
            if self.request.chunked:
                self.client.write(b"%x\r\n%b\r\n" % (len(out), out))
            else:
                self.client.write(out)

    # Ways to end.

    def _give_up(self, plan: Plan, spec: Spec) -> None:
        """Nothing is left to try: the last provider's own answer, or our error."""
        failure, answer = self.attempts.failure, self.attempts.answer
        if failure is None:
            refusal = None if self.lane is None else self.lane.refusal()
            raise refusal or refusal_of(plan, spec)
        self.outcome = outcomes.of_last(failure)
        self.error = failure.code
        step, last = self.attempts.step, self.attempts.ends_tries
        others = step is not None and self._reads_otherwise(step)
        if answer is not None and last:  # not with a status that brings the client back
            others = others or spec.last_status(answer.status) != answer.status
        if others or answer is None or failure.blame == "ours":
            self._answer_failure(self.attempts.final_failure)
            return
        lines = without_retry(answer.lines) + RETRY_ELSEWHERE if last else answer.lines
        self._write_whole(answer.status, lines, answer.body)

    def _reads_otherwise(self, step: Step) -> bool:
        """Whether an error of this provider is not in the form that the client reads."""
        route = self.route
        envelope = None if route is None else route.envelope
        return step.outgoing is not None or step.endpoint.envelope != envelope

    def _refuse(self, failure: Failure) -> None:
        """Answer with an error of the gateway's own, in the client's dialect."""
        self.drop_connection()
        if self.committed:  # no second answer into a stream: its end has to tell
            self.client.abort()
            return
        if self.guard is not None and self.usage is None:
            self.usage = self.guard.usage
        self.outcome = outcomes.of_refusal(failure, self.outcome)
        try:
            self._answer_failure(failure)
        except Fault as unrecorded:  # what cannot be recorded is not answered otherwise
            self._answer_failure(unrecorded.failure)

    async def refuse_unread(self, fault: Fault) -> None:
        """Answer a request that could not be parsed."""
        self._refuse(fault.failure)

    def failed(self, error: Exception) -> None:
        """A bug of ours ended the line: settle, tell the client if it can still be told."""
        self.worker.report_bug(self.id, error)
        try:
            self.drop_connection()
            if self.first_byte_ms is not None and self.usage is None:
                self.attempts.asked = True  # it was answered, and what it used was not counted
            self.attempts.give_up()
            self.outcome = "failed"
            if self.committed or self.settled:
                self.error = _BUG.code
                self.client.abort()
                self._settle()
            else:
                self._answer_failure(_BUG)
        finally:
            self.ended()

    def _answer_failure(self, failure: Failure) -> None:
        self.error = failure.code
        decision = self.plan.decision.id if self.plan is not None else None
        spec = self.spec
        if spec is None:
            spec = asking_spec(self.route, self.request)
        last = self.attempts.ends_tries
        if last and failure.blame != "client":
            failure = msgspec.structs.replace(failure, status=spec.last_status(failure.status))
        body = spec.error_body(failure, request_id=self.id, decision_id=decision)
        lines = JSON + spec.error_lines(failure)
        if spec.request_id_header is not None:
            lines += b"%b: %b\r\n" % (spec.request_id_header, self.id.encode())
        lines += retry_lines(failure, last=last)
        self._write_whole(failure.status or ERROR_STATUS[failure.code], lines, body)

    def _cut(self, spec: Spec, tap: StreamTap, failure: Failure) -> None:
        """The stream ended too early: say so in place of half an event, and close."""
        self.drop_connection()
        self.outcome, self.error = "failed", failure.code
        self.usage = estimate.of_stream(tap, len(self.request.body))
        if self.client.paused:  # it was the client that stood still
            self.outcome = "client_gone"
            self._settle()
            self.client.abort()
            return
        decision = self.plan.decision.id if self.plan is not None else None
        if isinstance(tap, TranslatingTap):
            self._remember(tap)
            told = tap.fail(failure, request_id=self.id, decision_id=decision)
        else:
            told = spec.stream_error(failure, request_id=self.id, decision_id=decision)
        self.client.last_request = True
        self._end_stream(told)

    def _end_withheld(self, tap: StreamTap, rest: bytes) -> None:
        """A policy withholds the rest of the stream: its end has been written."""
        self.drop_connection()
        self.outcome, self.error = "denied", "guardrail_blocked"
        self.usage = estimate.of_stream(tap, len(self.request.body))
        self.client.last_request = True
        self._end_stream(rest)

    def _hung_up(self) -> None:
        """The client is gone: close the provider's side, settle what was used."""
        self.drop_connection()
        self.attempts.give_up()
        self.outcome = "client_gone"
        if self.tap is not None:
            self.usage = estimate.of_stream(self.tap, len(self.request.body))
        elif self.intended and self.usage is None:
            self.usage = estimate.of_sizes(len(self.request.body), 0)
        self._settle()

    def _show_models(self, route: Route, caller: "Caller") -> None:
        """Answer what this caller may use: those models that some deployment may serve now."""
        allowed = self.plane.router.allowed(caller, self.started_us)
        body = model_list(route, allowed, self.request)
        self.outcome = "answered"
        self._write_whole(200, JSON, body)

    # Writing, each time after the settlement where it ends the answer.

    def _write_whole(self, status: int, lines: bytes, body: bytes) -> None:
        self.status = status
        self.response_bytes = len(body)
        self._settle()
        client = self.client
        if not self.request.keep_alive or client.last_request or self.worker.draining:
            lines += CLOSE
        client.write(
            b"%b%b%bcontent-length: %d\r\n\r\n%b"
            % (
                status_line(status),
                lines,
                own_lines(self.id, self.attempts, self.plan),
                len(body),
                b"" if self.request.method == b"HEAD" else body,
            )
        )

    def _end_stream(self, rest: bytes) -> None:
        self.response_bytes += len(rest)
        self._settle()
        self._write(chunk(rest) + LAST_CHUNK if self.request.chunked else rest)

    def _write(self, data: bytes) -> None:
        if data:
            self.client.write(data)

    def _settle(self) -> None:
        """Put the settlement into the journal; once."""
        if self.settled:
            return
        self.settled = True
        self.total_ms = self.elapsed_ms()
        if self.plan is not None:
            self.attempts.close(self.plan, self.error or self.outcome, self.status, self.total_ms)
        if not self.intended:
            record_intent(self)
        record_settlement(self)

    # Small questions about the moment.

    def ended(self) -> None:
        """The line is over: the connection may serve its next request."""
        if self.guard is not None:
            self.guard.let_go()
        if self.held:  # what could not be recorded was not sent either
            reservation.let_go(self)
        self.client.exchange_ended(self.request)

    def pause(self) -> None:
        """The client reads too slowly: stop reading from the provider."""
        if self.connection is not None:
            self.connection.transport.pause_reading()

    def unpause(self) -> None:
        """The client has caught up; the provider's time begins anew."""
        if self.connection is not None:
            self.connection.transport.resume_reading()
            if self.tap is not None:
                wait_for_piece(self)

    def elapsed_ms(self) -> float:
        """Milliseconds since the request's last byte."""
        return (monotonic() - self.request.received_at) * 1000

    def wait_until(self, until_ms: float) -> None:
        """Set the deadline of a wait to `until_ms` after the request's last byte, or the total."""
        until_ms = min(until_ms, self.plane.limits.total_timeout_ms)
        self.worker.deadlines.watch(self.client, self.request.received_at + until_ms / 1000)

    def release(self) -> None:
        """The provider has answered: its connection may serve others."""
        if self.connection is not None:
            if self.client.paused:  # whoever takes the connection next will want to read
                self.connection.transport.resume_reading()
            self.connection.release()
            self.connection = None

    def drop_connection(self) -> None:
        """Nobody waits for this provider any more."""
        if self.connection is not None:
            self.connection.abandon()
            self.connection = None


_BUG: Final = OurBug("internal_error", "an error of the gateway itself; try again").failure
