"""What a drill showed, as its evidence file holds it: who depends, what moved, what failed, why.

Values only. The fields of `DrillReport` stand at the top level; money is in US dollars, exact,
times are UTC.

>>> msgspec.json.decode(file.read_bytes(), type=Evidence).failed
0
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from detente.canonical.decision import ClauseId
from detente.canonical.drill import DrillReport
from detente.replay.concentration import Concentration


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """Why one of the other deployments did not serve.

    `rule` is the clause type or the name of a rule (`no_grant`, `refused`, `attempts_max`);
    `quote` the clause's own words, `change` the nearest change that would turn it, `missing` the
    fact that nobody supplied.
    """

    deployment: str
    rule: str
    text: str
    clause: ClauseId | None = None
    quote: str | None = None
    change: str | None = None
    missing: str | None = None


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Requests for one model that failed for one reason, and whose they were.

    `obstacles` say of each other deployment why it did not serve, the nearest to serving first;
    none where there is no other deployment. `text` is the whole in one sentence, and `change` what
    would help.
    """

    model: str
    requests: int
    projects: tuple[str, ...]
    text: str
    change: str | None = None
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def clauses(self) -> tuple[ClauseId, ...]:
        """The clauses to blame, each once."""
        found = (o.clause for o in self.obstacles if o.clause is not None)
        return tuple(dict.fromkeys(found))


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Requests for one model that another deployment served, from one to the other.

    `cost_before_usd` is what they cost where they used to go, `cost_after_usd` where they went;
    requests whose price is unknown on either side are counted in `unpriced`, and in neither sum.
    First bytes are what is usual there, in milliseconds, None where it was never used.
    """

    model: str
    before: str
    after: str
    requests: int
    cost_before_usd: Decimal = Decimal(0)
    cost_after_usd: Decimal = Decimal(0)
    unpriced: int = 0
    first_byte_before_ms: float | None = None
    first_byte_after_ms: float | None = None


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """What depends on the one cut out: a project's use of a model, and who served it instead."""

    project: str | None
    model: str
    requests: int
    moved: int
    failed: int
    alternatives: tuple[str, ...] = ()


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What an agreement says of its end: periods in days, None where it says nothing."""

    agreement: str
    clause: ClauseId
    parties: tuple[str, ...]
    notice_days: int | None = None
    cure_days: int | None = None
    renews: str | None = None
    quote: str | None = None


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement that the drill was decided under, by its fingerprint."""

    agreement: str
    title: str | None
    fingerprint: str


class LedgerRange(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the ledger that the evidence rests on.

    `sha256` is over the records of the blocks from `first_block` to `last_block`, as the ledger
    holds them, in their order; so anybody with the ledger can see that it is the same.
    """

    since: datetime | None
    until: datetime | None
    first_block: int
    last_block: int
    sha256: str


class Evidence(DrillReport, frozen=True, kw_only=True):
    """One drill in full.

    `total` are all requests of the time, `unfinished` those among `requests` whose client hung up
    or that were still under way: neither moved nor failed. `cut` are the deployments that were
    gone.
    """

    total: int
    by: str
    version: str
    cut: tuple[str, ...]
    since: datetime | None = None
    until: datetime | None = None
    unfinished: int = 0
    functions: tuple[Function, ...] = ()
    moves: tuple[Move, ...] = ()
    causes: tuple[Cause, ...] = ()
    concentration: Concentration
    notices: tuple[Notice, ...] = ()
    agreements: tuple[InForce, ...] = ()
    ledger: LedgerRange | None = None

    @property
    def cost_before_usd(self) -> Decimal:
        """What everything that moved cost before, as far as prices are known."""
        return sum((move.cost_before_usd for move in self.moves), Decimal(0))

    @property
    def cost_after_usd(self) -> Decimal:
        """What everything that moved cost, or would have cost, elsewhere."""
        return sum((move.cost_after_usd for move in self.moves), Decimal(0))

    @property
    def unpriced(self) -> int:
        """Requests that moved at an unknown price."""
        return sum(move.unpriced for move in self.moves)
