"""Where policies on content meet the straight line: before anything is sent, when an answer has
come, and at each piece of a stream.

What they say is for `Guard`; here is what the line does about it.
"""

from typing import TYPE_CHECKING, Final

from detente.canonical.failure import Failure
from detente.dialects import StreamTap
from detente.dialects.translation import TranslatingTap
from detente.gateway.endpoint import Step
from detente.gateway.guard import Guard
from detente.gateway.message import Response
from detente.guardrails.blocking import refusal_of
from detente.guardrails.risk import Verdict, evidence_of
from detente.guardrails.rulebook import Governed

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange

ELSEWHERE: Final = "a filter of the platform stopped it, and a policy tries others"


async def look(exchange: "Exchange", governed: Governed) -> None:
    """Look at a request that some policy governs; raises `GuardrailRefusal`."""
    exchange.guard = guard = Guard(exchange, governed)
    await guard.screen()


async def answered(
    exchange: "Exchange", guard: Guard, step: Step, answer: Response
) -> Failure | None:
    """An answer has come, or its head: what policies say of what the platform said beside it.

    Returns why another deployment is asked, None where this answer is the client's: then a whole
    one is translated. Raises `GuardrailRefusal`, and `ProviderFault` where it cannot be read.
    """
    verdict = guard.judged(exchange.safety)
    if verdict.treatment == "elsewhere":
        return _elsewhere(verdict)
    if verdict.treatment == "block":
        guard.withholds = refusal_of(evidence_of(guard.governed.policies, exchange.safety))
    if answer.status < 300 and not answer.streaming:
        assert exchange.lane is not None  # a guarded request is always translated
        assert step.outgoing is not None
        exchange.lane.translate(step.outgoing, answer)
    return None


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


def close(exchange: "Exchange", guard: Guard, tap: StreamTap) -> bytes:
    """The rest of a stream that is over, by itself or since a policy has stopped it."""
    assert isinstance(tap, TranslatingTap)
    assert guard.answer is not None
    if guard.end is not None:
        return b""
    rest = tap.close()
    if guard.answer.refusal is not None:
        guard.end = rest + _told(exchange, guard, tap)
    return rest


def _is_stopped(exchange: "Exchange", guard: Guard, tap: TranslatingTap, data: bytes) -> bool:
    """Whether what the platform says in this piece ends the stream, before its text goes out."""
    watch = exchange.watch
    if watch is None:
        return False
    before = watch.signals
    watch.look(data)
    if watch.signals is before or guard.answer is None:
        return False
    if guard.judged(watch.signals).once_begun().treatment != "block":
        return False
    refusal = refusal_of(evidence_of(guard.governed.policies, watch.signals))
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


def _elsewhere(verdict: Verdict) -> Failure:
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
