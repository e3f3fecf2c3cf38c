"""The records that a worker appends to its journal, and the ledger is made of.

A request leaves an `Intent` before the first upstream byte and a `Settlement` before the last
byte of its answer; the two join on `id` into a `LedgerEntry`. A `DecisionRecord` carries a
decision the first time that a worker uses it. Records are positional on the wire
(`array_like`): new fields go to the end, with a default.
"""

from decimal import Decimal

import msgspec

from detente.canonical.decision import Decision
from detente.canonical.entry import Attempt, EntryOutcome
from detente.canonical.model import Dialect, Interface
from detente.canonical.question import Labels, Question
from detente.canonical.usage import Usage


class Intent(
    msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="i", gc=False
):
    """What is about to be asked, and of whom.

    `started_us`, `at_us`, `known_us` are microseconds since the Unix epoch.
    `estimated_input_tokens` is what an interrupted request settles with.
    """

    id: str
    started_us: int
    at_us: int
    known_us: int
    rehearsed: bool = False
    key: str | None = None
    project: str | None = None
    labels: Labels = ()
    header_labels: Labels = ()
    asked_model: str | None = None
    model: str | None = None
    interface: Interface | None = None
    features: tuple[str, ...] = ()
    narrowed_to: tuple[str, ...] | None = None
    client_dialect: Dialect | None = None
    upstream_dialect: Dialect | None = None
    stream: bool = False
    deployment: str | None = None
    decision: str | None = None
    request_bytes: int = 0
    estimated_input_tokens: int = 0


class Settlement(
    msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="s", gc=False
):
    """How it ended. Fields mean what they mean in `LedgerEntry`."""

    id: str
    outcome: EntryOutcome
    status: int
    error: str | None = None
    deployment: str | None = None
    upstream_dialect: Dialect | None = None
    decision: str | None = None
    attempts: tuple[Attempt, ...] = ()
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    charge_usd: Decimal | None = None
    price: str | None = None
    losses: tuple[str, ...] = ()
    response_bytes: int = 0
    first_byte_ms: float | None = None
    total_ms: float = 0.0


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="d"):
    """A decision with the question that it first answered."""

    id: str
    question: Question
    decision: Decision


JournalRecord = Intent | Settlement | DecisionRecord
