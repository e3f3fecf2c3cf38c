"""Joins a worker's records into ledger entries; pure.

Not here: where records come from and where entries go (`store/`).

>>> entry_of(intent, settlement, worker="w0").outcome
'answered'
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from detente.canonical.decision import ClauseId
from detente.canonical.entry import LedgerEntry
from detente.canonical.journal import Intent, Settlement
from detente.canonical.tariff import usd_of_pico
from detente.canonical.usage import BYTES_PER_TOKEN, Usage

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def entry_of(
    intent: Intent,
    settlement: Settlement,
    *,
    worker: str | None = None,
    clauses: tuple[ClauseId, ...] = (),
) -> LedgerEntry:
    """The entry of one request; `clauses` are those of its decision."""
    assert intent.id == settlement.id, "records of two requests"
    return LedgerEntry(
        id=intent.id,
        started_at=time_of(intent.started_us),
        at=time_of(intent.started_us if intent.at_us is None else intent.at_us),
        known_at=time_of(intent.started_us if intent.known_us is None else intent.known_us),
        outcome=settlement.outcome,
        status=settlement.status,
        rehearsed=intent.rehearsed,
        error=settlement.error,
        key=intent.key,
        project=intent.project,
        labels=intent.labels,
        header_labels=intent.header_labels,
        asked_model=intent.asked_model,
        model=intent.model,
        interface=intent.interface,
        features=intent.features,
        narrowed_to=intent.narrowed_to,
        client_dialect=intent.client_dialect,
        upstream_dialect=settlement.upstream_dialect or intent.upstream_dialect,
        stream=intent.stream,
        deployment=settlement.deployment,
        attempts=settlement.attempts,
        decision=settlement.decision or intent.decision,
        clauses=clauses,
        usage=settlement.usage,
        cost_usd=usd_of_pico(settlement.cost_pico_usd),
        charge_usd=usd_of_pico(settlement.charge_pico_usd),
        price=settlement.price,
        losses=settlement.losses,
        request_bytes=intent.request_bytes,
        response_bytes=settlement.response_bytes,
        first_byte_ms=settlement.first_byte_ms,
        total_ms=settlement.total_ms,
        worker=worker,
        client_try=settlement.client_try,
        safety=settlement.safety,
        accounts=tuple(account for account, _ in settlement.spends),
        reserved_usd=usd_of_pico(settlement.reserved_pico_usd),
        screened=settlement.screened,
    )


def interrupted(intent: Intent) -> Settlement:
    """How a request ends whose worker died: with its estimated input, at an unknown cost.

    Status 0 says that nobody knows what the client saw. A request that named no deployment
    yet had sent nothing upstream, so it consumed nothing.
    """
    usage = Usage(uncached_input_tokens=intent.request_bytes // BYTES_PER_TOKEN, estimated=True)
    return Settlement(
        id=intent.id,
        outcome="interrupted",
        status=0,
        deployment=intent.deployment,
        upstream_dialect=intent.upstream_dialect,
        decision=intent.decision,
        usage=None if intent.deployment is None else usage,
    )


def time_of(us: int) -> datetime:
    """Microseconds since the Unix epoch as an aware UTC time, exactly."""
    return _EPOCH + timedelta(microseconds=us)


def us_of(at: datetime) -> int:
    """An aware time as microseconds since the Unix epoch, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)
