"""One question over a compiled model: every rule at once for all deployments, as grids.

The same answers as `reference`, by other means: a clause is a set of deployments with doubts,
an exception is a difference of sets, a verdict is which sets a deployment's bit is in.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from detente.agreements.clause import Clause, Prohibition, forbids
from detente.agreements.clauses.commit import Commit
from detente.agreements.clauses.hold import Hold
from detente.agreements.clauses.prefer import Prefer
from detente.agreements.grid import NONE, Grid, both, either, outside
from detente.agreements.model_plan import Entry, ModelPlan
from detente.agreements.plan import Asked, ListingStart, Plan
from detente.canonical.decision import ClauseId
from detente.canonical.question import Question

Sure = tuple[Entry, frozenset[str]]
"""A clause that is live or may be, with what is missing to be sure."""
Force = tuple[Prohibition, Grid, bool]
"""A prohibition in force: where, and whether it bars a holder."""
Labelled = Mapping[str, frozenset[str]]
"""Labels by name, with the values that count."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A prohibition that is live for this caller: where it is in force, stands, and rejects."""

    clause: Prohibition
    in_force: Grid
    stands: Grid
    rejects: Grid
    own: Grid


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """All sets that a question gives rise to.

    `helping` are the grants, listings, offers and exceptions in force, `wishes` the preferences,
    `taking` the commitments, each with where it speaks.
    """

    model: ModelPlan
    question: Question
    asked: Asked
    helping: Mapping[ClauseId, tuple[Clause, Grid]]
    standing: tuple[Standing, ...]
    permitted: Grid
    available: Grid
    open_to: int
    wishes: tuple[tuple[Prefer, Grid], ...] = ()
    taking: tuple[tuple[Commit, Grid], ...] = ()


def sweep(model: ModelPlan, live: Iterable[Sure], q: Question) -> Swept:
    """The sets of `q`, given the clauses that may be live at its instants."""
    plan, asked = model.plan, _asked(model, q)
    favour = {name: frozenset((value,)) for name, value in q.labels}
    helping: dict[ClauseId, tuple[Clause, Grid]] = {}
    forces: list[Force] = []
    wishes: list[tuple[Prefer, Grid]] = []
    taking: list[tuple[Commit, Grid]] = []
    for clause, where, favoured, opposed, bars in _in_force(plan, live, q, asked, favour):
        if isinstance(clause, Commit):
            taking.append((clause, where))
        elif isinstance(clause, Prefer):
            wishes.append((clause, where))
        elif favoured:
            helping[clause.id] = (clause, where)
        if opposed and forbids(clause):
            forces.append((clause, where, bars and clause.bars_holder))
    if model.offerings:
        coming = _coming(model, q, favour)
        asked = msgspec.structs.replace(asked, offered=_offered(helping), coming=coming)
    if any(isinstance(clause, Hold) for clause, _, _ in forces):
        asked = msgspec.structs.replace(asked, listings=_listings(model, q))
    asked, standing = _stand(model, asked, helping, forces)
    return Swept(
        model=model,
        question=q,
        asked=asked,
        helping=helping,
        standing=standing,
        permitted=_given(model, helping, "grant"),
        available=_given(model, helping, "listing"),
        open_to=asked.serving & _narrowed(model, q),
        wishes=tuple(wishes),
        taking=tuple(taking),
    )


def allowed(swept: Swept) -> int:
    """The deployments that are allowed for certain."""
    mask = swept.open_to & swept.permitted.yes & swept.available.yes
    for standing in swept.standing:
        mask &= ~standing.rejects.yes
        for bit in standing.rejects.open:
            mask &= ~bit
    return mask


def _in_force(
    plan: Plan, live: Iterable[Sure], q: Question, asked: Asked, favour: Labelled
) -> Iterator[tuple[Clause, Grid, bool, bool, bool]]:
    """The clauses that speak of the caller: where, whether for or against deployments.

    The last is whether it speaks against them by the key's own labels alone.
    """
    against = _merged(favour, q)
    for entry, facts in live:
        favoured, opposed, bars = entry.helps, entry.opposes, entry.opposes
        if asked.events and not entry.ends_on.isdisjoint(asked.events):
            continue
        if not entry.anyone:
            favoured = favoured and entry.reach.takes(q.interface, q.project, favour)
            opposed = opposed and entry.reach.takes(q.interface, q.project, against)
            if opposed and against is not favour:
                bars = entry.reach.takes(q.interface, q.project, favour)
        if favoured or opposed:
            yield entry.clause, _where(entry, facts, plan, asked), favoured, opposed, bars


def _where(entry: Entry, facts: frozenset[str], plan: Plan, asked: Asked) -> Grid:
    where, covered = entry.reach.where, entry.clause.covered(plan, asked)
    if covered is not None:
        where = both(where, covered)
    return both(where, plan.everywhere(facts)) if facts else where


def _asked(model: ModelPlan, q: Question) -> Asked:
    plan = model.plan
    happened = tuple(
        e for e in q.events if not (e.occurred_at > q.at or e.recorded_at > q.known_at)
    )
    refused = 0
    for refusal in q.refusals:
        refused |= plan.bit_of(refusal.deployment)
    return Asked(
        at=q.at,
        interface=q.interface,
        serving=plan.by_interface.get(q.interface, 0),
        known_at=q.known_at,
        happened=happened,
        events=frozenset(e.name for e in happened),
        labels=dict(q.labels),
        offers=q.offers,
        refusals=q.refusals,
        refused=refused,
    )


def _listings(model: ModelPlan, q: Question) -> tuple[ListingStart, ...]:
    return tuple(
        listing
        for listing in model.listings
        if listing.recorded_at <= q.known_at
        and (listing.interfaces is None or q.interface in listing.interfaces)
    )


def _coming(model: ModelPlan, q: Question, favour: Labelled) -> tuple[tuple[Clause, Grid], ...]:
    """The offers that are known; what an offer speaks of stands in its scope alone."""
    return tuple(
        (entry.clause, entry.reach.where)
        for entry in model.offerings
        if entry.life.recorded_at <= q.known_at
        and entry.reach.takes(q.interface, q.project, favour)
    )


def _offered(
    helping: Mapping[ClauseId, tuple[Clause, Grid]],
) -> Mapping[str, tuple[tuple[Clause, Grid], ...]]:
    found: dict[str, tuple[tuple[Clause, Grid], ...]] = {}
    for clause, where in helping.values():
        if clause.role == "offering":
            found[clause.type] = (*found.get(clause.type, ()), (clause, where))
    return found


def _merged(favour: Labelled, q: Question) -> Labelled:
    if not q.header_labels:
        return favour
    merged = dict(favour)
    for name, value in q.header_labels:
        merged[name] = merged.get(name, frozenset()) | {value}
    return merged


def _stand(
    model: ModelPlan,
    asked: Asked,
    helping: Mapping[ClauseId, tuple[Clause, Grid]],
    forces: list[Force],
) -> tuple[Asked, tuple[Standing, ...]]:
    """First the clauses that bar a holder, then those that ask whether a holder is barred."""
    barred = NONE
    standing: dict[ClauseId, Standing] = {}
    for clause, where, bars in sorted(forces, key=lambda force: not force[0].bars_holder):
        if not clause.bars_holder and asked.barred is not barred:
            asked = msgspec.structs.replace(asked, barred=barred)
        stands = where
        for name in model.excepted_by.get(clause.id, ()):
            if name in helping:
                stands = both(stands, outside(helping[name][1], model.plan.all))
        own = clause.rejected(model.plan, asked)
        rejects = both(stands, own)
        if bars:
            barred = either(barred, rejects)
        standing[clause.id] = Standing(
            clause=clause, in_force=where, stands=stands, rejects=rejects, own=own
        )
    return asked, tuple(standing[clause.id] for clause, _, _ in forces)


def _given(model: ModelPlan, helping: Mapping[ClauseId, tuple[Clause, Grid]], role: str) -> Grid:
    if model.default == "permit":
        return Grid(model.plan.all)
    given = NONE
    for clause, where in helping.values():
        if clause.role == role:
            given = either(given, where)
    return given


def _narrowed(model: ModelPlan, q: Question) -> int:
    mask = model.plan.all
    if q.providers is not None:
        mask = 0
        for provider in q.providers:
            mask |= model.plan.by_provider.get(provider, 0)
    if q.region is not None:
        for index, deployment in enumerate(model.plan.deployments):
            if deployment.region != q.region:
                mask &= ~(1 << index)
    return mask
