"""The answer of the agreements, with its reasons.

A `Decision` names every configured deployment of the model: those that may be tried, in
order, and for each of the others the clause or the missing fact that stands in the way.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

Outcome = Literal["allow", "deny", "conflict", "unknown"]

ClauseId = str
"""`agreement/clause`."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a deployment is admitted or not.

    `rule` is the clause type, or the name of a rule that needs no clause (`no_grant`,
    `no_listing`, `narrowed`, `dialect`). `text` is one sentence for a person; `change` the
    nearest change that would turn it ("from 2026-06-01"), None where there is none.
    `missing` names the fact that nobody supplied.
    """

    rule: str
    text: str
    clause: ClauseId | None = None
    change: str | None = None
    missing: str | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was found about one deployment; `outcome` is never `conflict`."""

    deployment: str
    outcome: Outcome
    clauses: tuple[ClauseId, ...] = ()
    reasons: tuple[Reason, ...] = ()


class Rank(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an allowed deployment stands in the order, and by what: the recorded snapshot.

    `duty` is true where a clause makes it first, `prepaid` where its capacity is paid for
    already. `commitment` is the clause that is behind its pace and that its use counts for, the
    one that ends first where there are several. `preference` is how many other deployments are
    preferred less than it, minus how many are preferred more. `price_usd` is the price of a
    thousand input and a thousand output tokens, None where unknown (sorted last);
    `latency_ms` the usual time to its first byte, None where unknown (last), and `scarce`
    whether hardly anything is left of a limit there.
    """

    deployment: str
    duty: bool = False
    prepaid: bool = False
    commitment: ClauseId | None = None
    preference: int = 0
    price_usd: Decimal | None = None
    latency_ms: int | None = None
    scarce: bool = False


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one question.

    `id` is stable: the same question class under the same fingerprints has the same id.
    `order` holds the ids of the deployments that may be tried now, best first; `clauses` the
    determining clauses of the whole answer. `respond_within_ms` bounds, by deployment, the
    wait that a first refusal grants its holder. The answer holds for questions of the same
    class with `valid_from ≤ at < valid_until`, None meaning no bound.
    """

    id: str
    outcome: Outcome
    order: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    clauses: tuple[ClauseId, ...] = ()
    change: str | None = None
    snapshot: tuple[Rank, ...] = ()
    respond_within_ms: dict[str, int] = {}
    fingerprints: tuple[tuple[str, str], ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
