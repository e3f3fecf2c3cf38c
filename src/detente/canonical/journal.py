"""The records that a worker appends to its journal, and the ledger is made of.

A request leaves an `Intent` before the first upstream byte and a `Settlement` before the last
byte of its answer; the two join on `id` into a `LedgerEntry`. A `DecisionRecord` carries a
decision the first time that a worker uses it. Records are positional on the wire
(`array_like`): new fields go to the end, with a default.
"""

import msgspec

from detente.canonical.decision import Decision
from detente.canonical.entry import Attempt, EntryOutcome
from detente.canonical.guardrail import Screened
from detente.canonical.model import Dialect, Interface
from detente.canonical.question import Labels, Question
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage


class Intent(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="i", gc=False):
    """What is about to be asked, and of whom.

    `started_us`, `at_us` and `known_us` are microseconds since the Unix epoch; the decision's
    own times are None where they are those of the start (they differ in rehearsal). What every
    request has of its own stands before what a class of requests shares, so that a worker can
    keep the encoded second half (`IntentTemplate`).
    """

    id: str
    started_us: int
    request_bytes: int = 0
    stream: bool = False
    features: tuple[str, ...] = ()
    rehearsed: bool = False
    at_us: int | None = None
    known_us: int | None = None
    key: str | None = None
    project: str | None = None
    labels: Labels = ()
    header_labels: Labels = ()
    asked_model: str | None = None
    model: str | None = None
    interface: Interface | None = None
    narrowed_to: tuple[str, ...] | None = None
    client_dialect: Dialect | None = None
    upstream_dialect: Dialect | None = None
    deployment: str | None = None
    decision: str | None = None


class Settlement(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="s", gc=False):
    """How it ended. Fields mean what they mean in `LedgerEntry`; costs are whole picodollars.

    `spends` is what is booked to each money account that the request was reserved in (its id,
    picodollars): what it was charged, or nothing where nothing was used. The ledger adds them up
    by the worker's life (`ledger.store`), and so knows exactly what a holder of leases has spent.
    `reserved_pico_usd` is what was held for it, None where no money account applied. `screened` is
    what policies on content found and did.
    """

    id: str
    outcome: EntryOutcome
    status: int
    error: str | None = None
    deployment: str | None = None
    upstream_dialect: Dialect | None = None
    decision: str | None = None
    attempts: tuple[Attempt, ...] = ()
    usage: Usage | None = None
    cost_pico_usd: int | None = None
    charge_pico_usd: int | None = None
    price: str | None = None
    losses: tuple[str, ...] = ()
    response_bytes: int = 0
    first_byte_ms: float | None = None
    total_ms: float = 0.0
    client_try: int = 1
    safety: tuple[SafetySignal, ...] = ()
    spends: tuple[tuple[str, int], ...] = ()
    reserved_pico_usd: int | None = None
    screened: tuple[Screened, ...] = ()


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="d"):
    """A decision with the question that it first answered."""

    id: str
    question: Question
    decision: Decision


JournalRecord = Intent | Settlement | DecisionRecord
