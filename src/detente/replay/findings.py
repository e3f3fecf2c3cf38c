"""Gathers what a drill met, request by request or class by class, into its evidence.

Adds and groups; who was affected, and how, is `drill`'s (recorded) and `live_drill`'s to say.

>>> findings.moved("shop", (model, before, after), Costs(), 10)
>>> findings.functions()
(Function(project='shop', model='openai/gpt-4', requests=10, moved=10, failed=0, ...),)
"""

from decimal import Decimal

import msgspec

from detente.agreements import AgreementSet
from detente.agreements.clauses.term import Term
from detente.canonical.tariff import usd_of_pico
from detente.replay.blame import grouped
from detente.replay.evidence import Cause, Function, InForce, Move, Notice

Way = tuple[str, str, str]
"""A model, the deployment that had it before, and the one after."""


class _Use(msgspec.Struct, kw_only=True):
    requests: int = 0
    moved: int = 0
    failed: int = 0
    alternatives: set[str] = msgspec.field(default_factory=set[str])


class Costs(msgspec.Struct, kw_only=True):
    """Costs of requests before and after, in whole picodollars; `unpriced` are in neither."""

    before_pico_usd: int = 0
    after_pico_usd: int = 0
    unpriced: int = 0


class _Moved(msgspec.Struct, kw_only=True):
    requests: int = 0
    costs: Costs = msgspec.field(default_factory=Costs)


class Findings:
    """What was met so far."""

    def __init__(self) -> None:
        self.requests = 0
        self.moves = 0
        self.failures = 0
        self.unfinished = 0
        self._uses: dict[tuple[str | None, str], _Use] = {}
        self._moves: dict[Way, _Moved] = {}
        self._causes: dict[Cause, int] = {}
        self._projects: dict[Cause, set[str]] = {}

    def served_on(self, project: str | None, model: str, count: int = 1) -> None:
        """Requests that the one who is cut out still had in hand, or whose client hung up."""
        self.requests += count
        self.unfinished += count
        self._use(project, model).requests += count

    def moved(self, project: str | None, way: Way, costs: Costs, count: int = 1) -> None:
        """Requests that went from one deployment to another."""
        model, _, after = way
        self.requests += count
        self.moves += count
        use = self._use(project, model)
        use.requests += count
        use.moved += count
        use.alternatives.add(after)
        move = self._moves.setdefault(way, _Moved())
        move.requests += count
        move.costs.before_pico_usd += costs.before_pico_usd
        move.costs.after_pico_usd += costs.after_pico_usd
        move.costs.unpriced += costs.unpriced

    def failed(self, project: str | None, cause: Cause, count: int = 1) -> None:
        """Requests that nobody served, for one cause."""
        self.requests += count
        self.failures += count
        use = self._use(project, cause.model)
        use.requests += count
        use.failed += count
        self._causes[cause] = self._causes.get(cause, 0) + count
        if project is not None:
            self._projects.setdefault(cause, set()).add(project)

    def functions(self) -> tuple[Function, ...]:
        """Who depends on the one cut out, the most hurt first."""
        found = [
            Function(
                project=project,
                model=model,
                requests=use.requests,
                moved=use.moved,
                failed=use.failed,
                alternatives=tuple(sorted(use.alternatives)),
            )
            for (project, model), use in self._uses.items()
        ]
        return tuple(
            sorted(found, key=lambda f: (-f.failed, -f.requests, f.project or "", f.model))
        )

    def moves_between(self, first_byte_ms: dict[str, float]) -> tuple[Move, ...]:
        """The moves, most requests first; `first_byte_ms` is what is usual at each deployment."""
        found = [
            Move(
                model=model,
                before=before,
                after=after,
                requests=moved.requests,
                cost_before_usd=usd_of_pico(moved.costs.before_pico_usd) or Decimal(0),
                cost_after_usd=usd_of_pico(moved.costs.after_pico_usd) or Decimal(0),
                unpriced=moved.costs.unpriced,
                first_byte_before_ms=first_byte_ms.get(before),
                first_byte_after_ms=first_byte_ms.get(after),
            )
            for (model, before, after), moved in self._moves.items()
        ]
        return tuple(sorted(found, key=lambda m: (-m.requests, m.model, m.before, m.after)))

    def causes(self) -> tuple[Cause, ...]:
        """Why requests failed, worst first."""
        return grouped(self._causes, self._projects)

    def _use(self, project: str | None, model: str) -> _Use:
        return self._uses.setdefault((project, model), _Use())


def notices_of(agreements: AgreementSet) -> tuple[Notice, ...]:
    """What the agreements say of their ends."""
    found: list[Notice] = []
    for clause in agreements.clauses:
        if isinstance(clause, Term):
            agreement = agreements.agreement(clause.agreement)
            found.append(
                Notice(
                    agreement=clause.agreement,
                    clause=clause.id,
                    parties=() if agreement is None else agreement.parties,
                    notice_days=clause.notice_days,
                    cure_days=clause.cure_days,
                    renews=clause.renews,
                    quote=clause.quote,
                )
            )
    return tuple(found)


def in_force(agreements: AgreementSet) -> tuple[InForce, ...]:
    """The agreements by their fingerprints, whether live on some day or not."""
    found: list[InForce] = []
    for id_, fingerprint in agreements.fingerprints:
        agreement = agreements.agreement(id_)
        title = None if agreement is None else agreement.title
        found.append(InForce(agreement=id_, title=title, fingerprint=fingerprint))
    return tuple(found)
