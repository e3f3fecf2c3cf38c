"""What came of a step, as response headers and the ledger have it.

Nothing here is computed from agreements: a clause stands here because the ledger cites it.
"""

import threading
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from detente.canonical.decision import Decision, Outcome, Verdict
from detente.canonical.entry import LedgerEntry
from detente.canonical.failure import OurBug
from detente.demo.story import Step
from detente.ledger.store.reading import LedgerReader

REQUEST_ID = "x-detente-request-id"
DEPLOYMENT = "x-detente-deployment"
DECISION = "x-detente-decision"
LEDGER_POLL_S: Final = 0.02
LEDGER_POLLS_MAX: Final = 750
"""15 seconds; the writer needs 200 ms, and the machine may be busy."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the client got; `text` is the answer, None where it was refused."""

    status: int
    headers: dict[str, str]
    text: str | None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One step that happened. The first six fields are what `--json` prints.

    `deployment` and `status` are the response's, `outcome` and `clauses` the decision's that
    the ledger keeps. `refusals` are the attempts that ended in a refusal, with its signal;
    `why_not` says what stood in the way where no clause did, and `change` what would turn it.
    """

    at: str
    question: str
    outcome: Outcome
    deployment: str | None
    clauses: tuple[str, ...]
    status: int
    text: str | None
    asked: str
    request_id: str
    decision_id: str | None
    cost_usd: Decimal | None
    refusals: tuple[tuple[str, str], ...]
    why_not: tuple[str, ...]
    change: str | None

    def json(self) -> bytes:
        """The fields that other programs may rely on, as one JSON object."""
        names = ("at", "question", "outcome", "deployment", "clauses", "status")
        return msgspec.json.encode({name: getattr(self, name) for name in names})


def tell(step: Step, reply: Reply, ledger: Path) -> Told:
    """Joins what the client saw with what the ledger keeps of the same request.

    Raises `OurBug` where the ledger has no entry or the entry no decision.
    """
    entry, decision = read_ledger(ledger, reply.headers.get(REQUEST_ID, ""))
    return Told(
        at=entry.at.date().isoformat(),
        question=step.question,
        outcome=decision.outcome,
        deployment=reply.headers.get(DEPLOYMENT) if entry.deployment else None,
        clauses=entry.clauses,
        status=reply.status,
        text=reply.text if step.shows_answer else None,
        asked=step.model if step.provider is None else f"{step.model} at {step.provider}",
        request_id=entry.id,
        decision_id=reply.headers.get(DECISION),
        cost_usd=entry.cost_usd,
        refusals=tuple(
            (attempt.deployment, attempt.result)
            for attempt in entry.attempts
            if attempt.result != "answered"
        ),
        why_not=() if entry.clauses else _why_not(step, decision),
        change=decision.change,
    )


def read_ledger(ledger: Path, request_id: str) -> tuple[LedgerEntry, Decision]:
    """The entry of a request and its last decision, once the ledger's writer has them."""
    pause = threading.Event()
    for _ in range(LEDGER_POLLS_MAX):
        if ledger.is_file() and (found := _read(ledger, request_id)) is not None:
            return found
        pause.wait(LEDGER_POLL_S)
    raise OurBug(
        "internal_error", f"the ledger has no decided entry of `{request_id}`; see `{ledger}`"
    )


def _read(ledger: Path, request_id: str) -> tuple[LedgerEntry, Decision] | None:
    reader = LedgerReader.open(ledger)
    try:
        entry = reader.entry(request_id)
        if entry is None or entry.decision is None:
            return None
        record = reader.decision(entry.decision)
        return None if record is None else (entry, record.decision)
    finally:
        reader.close()


def _why_not(step: Step, decision: Decision) -> tuple[str, ...]:
    """Why the deployments at the place that was asked for are not to be had."""
    if decision.outcome == "allow":
        return ()
    asked = [v for v in decision.verdicts if _is_asked(step, v)]
    return tuple(reason.text for verdict in asked for reason in verdict.reasons)


def _is_asked(step: Step, verdict: Verdict) -> bool:
    return step.provider is None or verdict.deployment.startswith(f"{step.provider}/")
