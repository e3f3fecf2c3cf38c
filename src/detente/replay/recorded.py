"""What a class of recorded requests asked, met and got.

Made of what a ledger says of one of them; all requests with the same bytes have the same.
Decides nothing.

>>> recorded_of(intent, ended, reader.decision).held_by
'azure/gpt-4'
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, get_args

import msgspec

from detente.canonical.decision import ClauseId, Decision, Rank
from detente.canonical.entry import Attempt, EntryOutcome
from detente.canonical.failure import RefusalSignal
from detente.canonical.journal import DecisionRecord, Intent
from detente.canonical.question import Question
from detente.canonical.snapshot import Snapshot
from detente.ledger.entries import time_of
from detente.ledger.store.replaying import Ended

DecisionOf = Callable[[str], DecisionRecord | None]
"""A decision of the ledger with the question that it first answered."""

SIGNALS: Final[dict[str, RefusalSignal]] = {signal: signal for signal in get_args(RefusalSignal)}
HELD: Final[frozenset[EntryOutcome]] = frozenset(("answered", "client_gone", "interrupted"))
"""Endings of a request that a deployment had in hand."""
NO_USAGE: Final = b"\xc0"


class Failed(msgspec.Struct, frozen=True):
    """What a deployment that was asked in vain said: a refusal, or a failure (`signal` None)."""

    signal: RefusalSignal | None
    waited_ms: int


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One class.

    `question` is its first, without what it met later; `at` and `known_at` are set where it was
    rehearsed, else they are each request's start. `held_by` is the deployment that had it in hand
    when it ended, None where none had. `failed` are those that were asked in vain, `passed_over`
    those that were allowed and not asked though their turn had come: what could not carry it then
    cannot now. `clauses` determined the decision that was used last.

    What a drill kept from the network did not happen: where one did (`drilled`), the deployment
    that was not reached for it is taken as the one that had the request, as it would have.
    """

    question: Question
    rehearsed: bool
    held_by: str | None
    failed: dict[str, Failed]
    passed_over: frozenset[str]
    snapshot: Snapshot
    clauses: tuple[ClauseId, ...]
    drilled: bool = False


def recorded_of(intent: Intent, ended: Ended, decision_of: DecisionOf) -> Recorded | None:
    """The class of a request, None where no decision was made for it."""
    last = ended.decision or intent.decision
    drill = _drill(ended.attempts)
    names = (intent.decision, *(attempt.decision for attempt in ended.attempts), last)
    records = [decision_of(name) for name in dict.fromkeys(names) if name is not None]
    chain = [record for record in records if record is not None]
    if not chain or intent.model is None:
        return None
    holder = _holder(intent, ended)
    held_by = holder if drill is None else drill.deployment
    return Recorded(
        question=_question(chain[0].question, intent),
        rehearsed=intent.rehearsed,
        held_by=held_by,
        failed={
            attempt.deployment: Failed(
                SIGNALS.get(attempt.result),
                _silence_ms(attempt),
            )
            for attempt in ended.attempts
            if attempt.deployment not in (holder, held_by) and not attempt.drill
        },
        passed_over=_passed_over([record.decision for record in chain], ended.attempts, holder),
        snapshot=snapshot_of(rank for record in chain for rank in record.decision.snapshot),
        clauses=(chain[-1] if drill is None else _named(chain, drill.decision)).decision.clauses,
        drilled=drill is not None,
    )


def meetings(attempts: tuple[Attempt, ...]) -> tuple[tuple[str, str, str, int, bool], ...]:
    """What of attempts tells one class from another: how long they took, only for a silence."""
    return tuple((a.deployment, a.result, a.decision, _silence_ms(a), a.drill) for a in attempts)


def snapshot_of(ranks: Iterable[Rank]) -> Snapshot:
    """What was measured when these ranks were given, as far as they tell."""
    ranks = tuple(ranks)
    return Snapshot(
        behind=tuple(sorted({r.commitment for r in ranks if r.commitment is not None})),
        latency_ms={r.deployment: r.latency_ms for r in ranks if r.latency_ms is not None},
        scarce=tuple(sorted({r.deployment for r in ranks if r.scarce})),
    )


def _silence_ms(attempt: Attempt) -> int:
    return int(attempt.total_ms) if attempt.result == "timeout" else 0


def _drill(attempts: tuple[Attempt, ...]) -> Attempt | None:
    """The first attempt that only a drill kept from the network; None where there is none."""
    failed = {attempt.deployment for attempt in attempts if not attempt.drill}
    return next((a for a in attempts if a.drill and a.deployment not in failed), None)


def _named(chain: list[DecisionRecord], name: str) -> DecisionRecord:
    return next((record for record in chain if record.id == name), chain[-1])


def _holder(intent: Intent, ended: Ended) -> str | None:
    if ended.outcome == "interrupted":
        return ended.deployment or intent.deployment
    # a stream that broke off had begun, and was not offered to another
    broke_off = ended.outcome == "failed" and bytes(ended.usage) != NO_USAGE
    return ended.deployment if ended.outcome in HELD or broke_off else None


def _question(first: Question, intent: Intent) -> Question:
    """The question as this very class asked it: a decision's is that of its first request."""
    at = first.at if intent.at_us is None else time_of(intent.at_us)
    known_at: datetime = first.known_at if intent.known_us is None else time_of(intent.known_us)
    return msgspec.structs.replace(
        first,
        at=at,
        known_at=known_at,
        project=intent.project,
        labels=intent.labels,
        header_labels=intent.header_labels,
        providers=intent.narrowed_to,
        refusals=(),
    )


def _passed_over(
    chain: list[Decision], attempts: tuple[Attempt, ...], held_by: str | None
) -> frozenset[str]:
    tried = {attempt.deployment for attempt in attempts} | {held_by}
    found: set[str] = set()
    for decision in chain:
        order = decision.order
        asked = [place for place, name in enumerate(order) if name in tried]
        end = len(order) if held_by is None else max(asked, default=0)
        found |= {name for name in order[:end] if name not in tried}
    return frozenset(found)
