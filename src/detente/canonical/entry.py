"""The ledger's entry: one a request, whatever happened.

Never a prompt, never an answer, never a key: who asked what, when, who was tried and why,
what came back, what it consumed and cost, and which clauses decided.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from detente.canonical.decision import ClauseId
from detente.canonical.guardrail import Screened
from detente.canonical.model import Dialect, Interface
from detente.canonical.question import Labels
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage

EntryOutcome = Literal[
    "answered",
    "refused",
    "denied",
    "invalid",
    "failed",
    "client_gone",
    "interrupted",
]
"""How a request ended.

`answered`: a provider answered (errors of the client's own making included). `refused`: every
allowed deployment refused. `denied`: the agreements, the key or a limit of ours said no.
`invalid`: it could not be understood. `failed`: upstream or we failed. `client_gone`: the client
hung up first. `interrupted`: the process died between intent and settlement.
"""


class Attempt(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One try at one deployment.

    `result` is `answered`, a refusal signal (`429`, `unreachable`, …), the kind of another failure
    (`credentials`, `model_unknown`, …) or an error code;
    `decision` the id of the decision that admitted it; times in milliseconds from the
    request's start to the attempt's start, and from there to the first byte and the end.
    `drill` marks one that a drill kept from the network: nobody was asked.
    """

    deployment: str
    result: str
    status: int
    decision: str
    started_ms: float
    first_byte_ms: float | None
    total_ms: float
    drill: bool = False


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One request as the ledger keeps it.

    `at` is the decision's time *t* (a rehearsed one where `rehearsed`), `known_at` its *k*,
    `started_at` the real time of arrival. `decision` is the id of the last decision that was
    used; the decision itself, with its reasons, fingerprints and snapshot, is stored once
    beside the entries. `cost_usd` is what the provider bills us, `charge_usd` what the project
    is billed; None is unknown, never zero. `price` names the price row. `client_try` counts the
    client's own tries, as far as it tells; `safety` is what platforms found in prompt and answer.
    `accounts` are those of money that it was booked to, `reserved_usd` is what was held for it.
    `screened` is what the policies on content found, by category and count, and did.
    """

    id: str
    started_at: datetime
    at: datetime
    known_at: datetime
    outcome: EntryOutcome
    status: int
    rehearsed: bool = False
    error: str | None = None
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
    attempts: tuple[Attempt, ...] = ()
    decision: str | None = None
    clauses: tuple[ClauseId, ...] = ()
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    charge_usd: Decimal | None = None
    price: str | None = None
    losses: tuple[str, ...] = ()
    request_bytes: int = 0
    response_bytes: int = 0
    first_byte_ms: float | None = None
    total_ms: float = 0.0
    worker: str | None = None
    client_try: int = 1
    safety: tuple[SafetySignal, ...] = ()
    accounts: tuple[str, ...] = ()
    reserved_usd: Decimal | None = None
    screened: tuple[Screened, ...] = ()
