"""How long an exchange waits for what, and what it means that it waited in vain.

Every wait is bounded: the first byte of an answer (or the window that a first refusal grants), the
next piece of a stream, and the request as a whole.
"""

from typing import TYPE_CHECKING, Final

import msgspec

from detente.canonical.failure import ERROR_STATUS, Failure
from detente.gateway.attempts import unheard_sentence
from detente.gateway.suspension import ClientGone, DeadlinePassed, suspended
from detente.gateway.upstream.endpoint import Step
from detente.gateway.upstream.renewal import Renewal

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange

TRUNCATED: Final = "the provider closed the connection in the middle of the stream; try again"
STOOD_STILL: Final = "the stream stood still for longer than `idle_timeout_ms`; try again"
TOO_LONG: Final = "the stream took longer than `total_timeout_ms`; ask for less, or raise it"


def wait_for_answer(exchange: "Exchange", step: Step) -> None:
    """Set the deadline of an attempt: the holder's window, the first byte, or the total."""
    wait_ms = step.endpoint.first_byte_timeout_ms
    if step.respond_within_ms is not None and step.respond_within_ms < wait_ms:
        wait_ms = step.respond_within_ms
    exchange.wait_until(exchange.attempts.started_ms + wait_ms)


def wait_for_piece(exchange: "Exchange") -> None:
    """Set the deadline of the next piece: idle, or the total."""
    limits = exchange.plane.limits
    deadlines = exchange.worker.deadlines
    idle = deadlines.now + limits.idle_timeout_ms / 1000
    total = exchange.request.received_at + limits.total_timeout_ms / 1000
    deadlines.watch(exchange.client, min(idle, total))


async def first_credential(exchange: "Exchange", renewal: Renewal) -> None:
    """Wait for a provider's first credential; raises `NoCredential`."""
    if renewal.ready:
        return
    renewal.wait(exchange)
    try:
        await suspended()
    except (ClientGone, DeadlinePassed):
        renewal.forget(exchange)
        raise


def out_of_time(exchange: "Exchange") -> bool:
    """Whether the request as a whole has taken what it may."""
    return exchange.elapsed_ms() >= exchange.plane.limits.total_timeout_ms


def too_slow(exchange: "Exchange", step: Step) -> Failure:
    """What a passed deadline means: the holder's window is a refusal, ours is not.

    Raises `DeadlinePassed` where the request as a whole has no time left.
    """
    exchange.drop_connection()
    waited_ms = exchange.elapsed_ms() - exchange.attempts.started_ms
    window_ms = step.respond_within_ms
    granted = window_ms is not None and waited_ms >= window_ms
    if not granted and out_of_time(exchange):
        raise DeadlinePassed
    failure = _late("deadline_exceeded", unheard_sentence(step, granted=granted))
    return msgspec.structs.replace(failure, signal="timeout" if granted else None)


def stood_still(exchange: "Exchange") -> Failure:
    """No piece of a stream came in time."""
    return _late("deadline_exceeded", TOO_LONG if out_of_time(exchange) else STOOD_STILL)


def truncated() -> Failure:
    """A stream ended before its end."""
    return _late("upstream_failed", TRUNCATED)


def nobody_answered() -> Failure:
    """The request has taken what it may."""
    return _late("deadline_exceeded", "no provider answered in time; try again")


def _late(code: str, message: str) -> Failure:
    return Failure(
        code=code, message=message, blame="provider", status=ERROR_STATUS[code], retryable=True
    )
