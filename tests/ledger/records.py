"""Records of plausible requests, and a worker's journal in a temporary folder.

>>> intent("r1").id
'r1'
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from detente.canonical.decision import Decision, Reason, Verdict
from detente.canonical.entry import Attempt
from detente.canonical.intent_template import IntentTemplate
from detente.canonical.journal import DecisionRecord, Intent, Settlement
from detente.canonical.question import Labels, Question
from detente.canonical.tariff import pico_of_usd
from detente.canonical.usage import Usage
from detente.ledger.store.database import Ledger
from detente.ledger.store.ingest import Ingest
from detente.ledger.store.journal import JournalWriter

START_US = 1_780_000_000_000_000
COST_USD = Decimal("0.002400000001")
SEGMENT_BYTES = 64 * 1024


def intent(
    id_: str, *, project: str = "shop", labels: Labels = (), started_us: int = START_US
) -> Intent:
    """A request about to be sent to `openai/gpt-4`."""
    return Intent(
        id=id_,
        started_us=started_us,
        key="app1",
        project=project,
        labels=labels,
        asked_model="gpt-4",
        model="openai/gpt-4",
        interface="stateless_api",
        client_dialect="openai_chat",
        upstream_dialect="openai_chat",
        deployment="openai/gpt-4",
        decision="d1",
        request_bytes=1024,
    )


def templated(asked: Intent) -> bytes:
    """An intent as a worker writes it."""
    return IntentTemplate(asked).encode(
        asked.id,
        started_us=asked.started_us,
        request_bytes=asked.request_bytes,
        stream=asked.stream,
        features=asked.features,
    )


def settlement(id_: str, *, cost_usd: Decimal | None = COST_USD) -> Settlement:
    """An answer from `openai/gpt-4` after a refusal of `azure/gpt-4`."""
    return Settlement(
        id=id_,
        outcome="answered",
        status=200,
        deployment="openai/gpt-4",
        upstream_dialect="openai_chat",
        decision="d1",
        attempts=(_attempt("azure/gpt-4", "429"), _attempt("openai/gpt-4", "answered")),
        usage=Usage(uncached_input_tokens=20, visible_output_tokens=30),
        cost_pico_usd=pico_of_usd(cost_usd),
        charge_pico_usd=pico_of_usd(cost_usd),
        price="openai/gpt-4@openai",
        response_bytes=600,
        first_byte_ms=0.5,
        total_ms=0.8,
    )


def decision_record(id_: str = "d1") -> DecisionRecord:
    """A decision by the clause `a/first`, with one why-not."""
    at = datetime(2026, 6, 5, tzinfo=UTC)
    reason = Reason(
        rule="exclusive", text="only microsoft", clause="a/only", change="from 2026-07-01"
    )
    return DecisionRecord(
        id=id_,
        question=Question(model="openai/gpt-4", at=at, known_at=at),
        decision=Decision(
            id=id_,
            outcome="allow",
            order=("openai/gpt-4",),
            verdicts=(
                Verdict(deployment="openai/gpt-4", outcome="allow", clauses=("a/first",)),
                Verdict(deployment="aws/gpt-4", outcome="deny", reasons=(reason,)),
            ),
            clauses=("a/first", "a/second"),
            fingerprints=(("a", "f00d"),),
        ),
    )


def journal(
    folder: Path,
    worker: str = "w0",
    *,
    segment_bytes: int = SEGMENT_BYTES,
    bytes_max: int = 1 << 30,
    now_us: Callable[[], int] = lambda: START_US,
) -> JournalWriter:
    """A worker's journal with small segments."""
    return JournalWriter(
        folder, worker, segment_bytes=segment_bytes, bytes_max=bytes_max, now_us=now_us
    )


def ingested(state: Path) -> int:
    """Ingests all of `state/journal` into `state/ledger.sqlite3`; returns the entries added."""
    ledger = Ledger.open(state / "ledger.sqlite3", now_us=START_US)
    ingest = Ingest(ledger, state / "journal")
    added = 0
    for _ in range(1_000):
        report = ingest.step()
        added += report.entries
        if not report.records and not report.segments_deleted:
            break
    ingest.close()
    ledger.close()
    return added


def _attempt(deployment: str, result: str) -> Attempt:
    return Attempt(
        deployment=deployment,
        result=result,
        status=200 if result == "answered" else 429,
        decision="d1",
        started_ms=0.1,
        first_byte_ms=0.4,
        total_ms=0.6,
    )
