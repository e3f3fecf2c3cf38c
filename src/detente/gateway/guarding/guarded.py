"""Where policies on content meet the straight line: before anything is sent, when an answer has
come, at each piece of a stream, and at its end.

What they say is for `Guard`; here is what the line does about it.
"""

from typing import TYPE_CHECKING, Final

from detente.canonical.events import Event
from detente.canonical.failure import ClientFault, Failure, ProviderFault
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage
from detente.dialects import StreamTap
from detente.dialects.translation import TranslatingTap
from detente.gateway import estimate
from detente.gateway.guarding.guard import Guard
from detente.gateway.guarding.held_requests import released
from detente.gateway.http.message import Response
from detente.gateway.suspension import ClientGone, DeadlinePassed, suspended
from detente.gateway.upstream.endpoint import Step
from detente.guardrails.answer_guard import AnswerGuard
from detente.guardrails.blocking import GuardrailRefusal, refusal_of
from detente.guardrails.risk import Verdict, evidence_of
from detente.guardrails.rulebook import Governed

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange

PIECES_BYTES_MAX: Final = 64 * 1024
"""Of the beginning of a stream that waits for a verdict; then its provider is not read any more."""
NOT_IN_TIME: Final = "the answer could not be looked at in time; try again"
_LOOKED: Final = object()
"""What an exchange is resumed with when remote detectors are done."""


class Beginning:
    """The beginning of a stream that waits for a verdict on its request: see `Sink`."""

    def __init__(self, exchange: "Exchange") -> None:
        self.pieces: list[bytes] = []
        self.is_all = False
        self._exchange = exchange
        self._bytes = 0

    def piece(self, data: bytes) -> None:
        """A piece of the stream has come."""
        self.pieces.append(data)
        self._bytes += len(data)
        if self._bytes > PIECES_BYTES_MAX:
            self._exchange.pause()


async def look(exchange: "Exchange", governed: Governed) -> None:
    """Look at a request that some policy governs; raises `GuardrailRefusal`."""
    assert exchange.plane.guardrails is not None  # a policy governs, so there are some
    exchange.guard = guard = Guard(exchange, governed, exchange.plane.guardrails)
    await guard.screen()
    if exchange.plan is not None and exchange.plan.steps:
        guard.ask("input", lambda: _looked(exchange))


async def answered(
    exchange: "Exchange", guard: Guard, step: Step, answer: Response
) -> Failure | None:
    """An answer has come, or its head: what policies say of it and of what was said beside it.

    Returns why another deployment is asked, None where this answer is the client's: then a whole
    one is translated. Raises `GuardrailRefusal`, and `ProviderFault` where it cannot be read.
    """
    exchange.beginning = guard.withholds = guard.answer = None
    guard.heard_ms = exchange.elapsed_ms()
    verdict = guard.judged(exchange.safety)
    if answer.status >= 300:
        return _elsewhere(exchange, guard, verdict) if verdict.treatment == "elsewhere" else None
    try:
        if not answer.streaming:
            exchange.release()
        if guard.looks is not None:
            await _verdict(exchange, guard, streaming=answer.streaming)
            remote = guard.heard("input")
            if remote.treatment == "elsewhere":  # wherever it goes, it is the same request
                raise refusal_of(evidence_of(guard.governed.policies, _signals(remote)))
            verdict = guard.judged((*exchange.safety, *_signals(remote)))
        failure = await _acted(exchange, guard, verdict, step, answer)
        if failure is None and not answer.streaming:
            failure = await _translated(exchange, guard, step, answer)
    except (ClientFault, ClientGone, GuardrailRefusal):  # what nobody gets was made all the same
        exchange.usage = _usage(exchange, guard, step, answer)
        raise
    return failure


def piece(exchange: "Exchange", guard: Guard, tap: StreamTap, data: bytes) -> bytes:
    """What the client is sent of a stream now that `data` has come; raises `ProviderFault`."""
    assert isinstance(tap, TranslatingTap)
    assert guard.answer is not None
    if _is_stopped(exchange, guard, tap, data):
        return b""
    out = tap.feed(data)
    if guard.answer.refusal is not None:
        guard.end = out + _told(exchange, guard, tap)
        return b""
    if guard.answer.holds:
        delay_s = guard.governed.bounds.output_delay_ms / 1000
        guard.wait(delay_s, lambda: _due(exchange, guard, tap))
    return out


async def streamed(exchange: "Exchange", guard: Guard, tap: StreamTap) -> None:
    """Wait for the end of a stream, or until a policy stops it; first comes what has come already.

    Raises what `piece` does, and what is thrown at an exchange that waits.
    """
    beginning, exchange.beginning = exchange.beginning, None
    is_all = False
    if beginning is not None:
        is_all = beginning.is_all
        for data in beginning.pieces:
            try:
                out = piece(exchange, guard, tap, data)
            except ProviderFault:
                exchange.drop_connection()
                raise
            if guard.end is not None:
                return
            exchange.pass_on(out)
        if not exchange.client.paused:
            exchange.unpause()
    if not is_all:
        await suspended()


async def closed(exchange: "Exchange", guard: Guard, tap: StreamTap) -> bytes:
    """The rest of a stream that is over, by itself or since a policy has stopped it."""
    assert isinstance(tap, TranslatingTap)
    assert guard.answer is not None
    if guard.end is not None:
        return b""
    rest = tap.close()
    if guard.answer.refusal is None and not tap.complete and not tap.failed:
        exchange.pass_on(rest)  # it broke off, which is told after what was looked at
        return b""
    if guard.answer.refusal is None:
        try:
            if await _asked_elsewhere(exchange, guard):
                rest += tap.written(_after_looks(guard, guard.answer))
        except GuardrailRefusal as refusal:
            rest += tap.written(guard.answer.block(refusal))
    if guard.answer.refusal is not None:
        guard.end = rest + _told(exchange, guard, tap)
    return rest


def _after_looks(guard: Guard, answer: AnswerGuard) -> list[Event]:
    """What becomes of a stream that was collected, now that it was looked at elsewhere."""
    verdict = guard.heard("output").once_begun()
    if verdict.treatment == "block":
        return answer.block(refusal_of(evidence_of(guard.governed.policies, _signals(verdict))))
    return answer.released()


async def _translated(
    exchange: "Exchange", guard: Guard, step: Step, answer: Response
) -> Failure | None:
    """Put the client's form into a whole answer; as `answered`, once remote detectors saw it."""
    raw = answer.body
    assert exchange.lane is not None  # a guarded request is always translated
    losses = exchange.lane.losses
    assert step.outgoing is not None
    exchange.lane.translate(step.outgoing, answer)
    failure = await _acted(exchange, guard, _own(guard), step, answer)
    if failure is None and await _asked_elsewhere(exchange, guard):
        failure = await _acted(exchange, guard, guard.heard("output"), step, answer)
        if guard.withholds is not None:
            guard.note(())
            answer.body, exchange.lane.losses = raw, losses
            exchange.lane.translate(step.outgoing, answer)
    if failure is not None:
        exchange.lane.losses = losses
    return failure


def _own(guard: Guard) -> Verdict:
    """What follows from what our own detectors found in a whole answer, and have not blocked."""
    answer = guard.answer
    return Verdict() if answer is None or answer.refusal else guard.judged(answer.signals)


def _usage(exchange: "Exchange", guard: Guard, step: Step, answer: Response) -> Usage:
    """What an answer cost that is not given: as its platform says, else by what came of it."""
    spec, usage, beginning = step.endpoint.spec, guard.usage, exchange.beginning
    if answer.streaming and beginning is not None:
        assert exchange.lane is not None
        assert step.outgoing is not None
        return exchange.lane.usage(step.outgoing, beginning.pieces)
    if usage is None and spec.billed and not answer.streaming:
        usage = spec.read_usage(answer.body)
    return usage or estimate.of_sizes(len(exchange.request.body), len(answer.body))


def _looked(exchange: "Exchange") -> None:
    """Remote detectors are done: whoever waits for them goes on."""
    if exchange.awaits_looks:
        exchange.resume(_LOOKED)


async def _asked_elsewhere(exchange: "Exchange", guard: Guard) -> bool:
    """Have remote detectors look at a whole answer, and wait for them; whether any did. Numbers
    have no guard."""
    if guard.answer is None or guard.withholds is not None or not guard.looks_at_answers_elsewhere:
        return False
    guard.ask("output", lambda: _looked(exchange))
    await _verdict(exchange, guard, streaming=False)
    return True


async def _verdict(exchange: "Exchange", guard: Guard, *, streaming: bool) -> None:
    """Wait until remote detectors are done, which is `timeout_ms` at the most. A provider that
    has said all of its stream may close its connection meanwhile."""
    assert guard.looks is not None
    beginning = None
    if streaming:
        assert exchange.connection is not None
        beginning = exchange.beginning = exchange.connection.sink = Beginning(exchange)
    exchange.wait_until(exchange.plane.limits.total_timeout_ms)
    exchange.awaits_looks = True
    try:
        while not guard.looks.over:
            try:
                if await suspended() is not _LOOKED and beginning is not None:
                    beginning.is_all = True
            except ProviderFault:
                if beginning is None or not beginning.is_all:
                    raise
    except DeadlinePassed:
        raise GuardrailRefusal(NOT_IN_TIME, blame="ours") from None
    finally:
        exchange.awaits_looks = False


async def _acted(
    exchange: "Exchange", guard: Guard, verdict: Verdict, step: Step, answer: Response
) -> Failure | None:
    """Do what a verdict on an answer says, while nothing of it was given."""
    if answer.streaming:  # nothing waits for minutes with a stream open behind it
        if verdict.treatment == "hold":
            verdict = verdict.once_begun()
    elif verdict.treatment == "hold":
        deployment = step.endpoint.deployment.id
        await released(exchange, verdict, answer.body, deployment)
    if verdict.treatment == "elsewhere":
        exchange.usage = _usage(exchange, guard, step, answer)
        return _elsewhere(exchange, guard, verdict)
    if verdict.treatment == "block":
        refusal = refusal_of(evidence_of(guard.governed.policies, _signals(verdict)))
        if verdict.signal is not None and verdict.signal.stage == "input":
            raise refusal
        guard.withholds = refusal
    return None


def _is_stopped(exchange: "Exchange", guard: Guard, tap: TranslatingTap, data: bytes) -> bool:
    """Whether what the platform says in this piece ends the stream, before its text goes out."""
    watch = exchange.watch
    if watch is None or guard.answer is None:
        return False
    before = watch.signals
    watch.look(data)
    if watch.signals is before:
        return False
    verdict = guard.judged(watch.signals).once_begun()
    if verdict.treatment != "block":
        return False
    refusal = refusal_of(evidence_of(guard.governed.policies, _signals(verdict)))
    guard.end = tap.written(guard.answer.block(refusal)) + _told(exchange, guard, tap)
    return True


def _due(exchange: "Exchange", guard: Guard, tap: TranslatingTap) -> None:
    """Text of a stream has waited for as long as it may."""
    assert guard.answer is not None
    out = tap.due()
    if guard.answer.refusal is not None:
        guard.end = out + _told(exchange, guard, tap)
        exchange.resume(None)
        return
    exchange.pass_on(out)


def _told(exchange: "Exchange", guard: Guard, tap: TranslatingTap) -> bytes:
    """The error that ends a stream whose dialect has no other word for it."""
    answer = guard.answer
    if answer is None or answer.failure is None:
        return b""
    plan = exchange.plan
    decision = None if plan is None else plan.decision.id
    return tap.fail(answer.failure, request_id=exchange.id, decision_id=decision)


def _signals(verdict: Verdict) -> tuple[SafetySignal, ...]:
    return () if verdict.signal is None else (verdict.signal,)


def _elsewhere(exchange: "Exchange", guard: Guard, verdict: Verdict) -> Failure:
    """Why another deployment is asked; what this one said of the content stays told."""
    guard.note(exchange.safety)
    signal = verdict.signal
    found = "a content risk" if signal is None else f"`{signal.category}`"
    return Failure(
        code="guardrail_blocked",
        message=f"policy `{verdict.policy}` takes the request elsewhere for {found}, and nobody "
        "else was left to ask; ask otherwise",
        blame="provider",
        status=403,
        retryable=True,
    )
