"""One model compiled against a set of agreements: which clauses reach it, where and when.

Made once for each model of a configuration; `sweep` asks it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clause import Clause, forbids
from detente.agreements.epochs import Boundaries
from detente.agreements.grid import Grid, both
from detente.agreements.index import Core, Index
from detente.agreements.life import Life
from detente.agreements.plan import ListingStart, Plan
from detente.agreements.reach import Places, Reach
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment, Model
from detente.canonical.price import Price
from detente.canonical.usage import Usage
from detente.canonical.world import World

_THOUSAND: Final = Decimal(1000)
_THOUSAND_EACH: Final = Usage(uncached_input_tokens=1000, visible_output_tokens=1000)
_MILLION: Final = Decimal(1_000_000)


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A clause that can reach the model, with its reach and its life.

    `helps` where it can speak for a deployment, `opposes` where it can speak against one;
    `anyone` where it speaks of every use by every caller.
    """

    clause: Clause
    reach: Reach
    life: Life
    ends_on: frozenset[str]
    helps: bool
    opposes: bool
    anyone: bool


class ModelPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A model and the clauses that can reach it, in the order of their ids.

    `excepted_by` holds, by clause, the exceptions that name it; `ranked` the pairs of which
    one is written over the other; `prices` the rows of each deployment, first match first.
    """

    plan: Plan
    entries: tuple[Entry, ...]
    listings: tuple[ListingStart, ...]
    offerings: tuple[Entry, ...]
    amending: frozenset[ClauseId]
    excepted_by: Mapping[ClauseId, tuple[ClauseId, ...]]
    ranked: frozenset[frozenset[ClauseId]]
    prices: tuple[tuple[Price, ...], ...]
    bounds: Boundaries
    default: str

    def price_usd(self, index: int, at: datetime) -> Decimal | None:
        """A thousand tokens each way at a deployment; None where any part is unknown."""
        for price in self.prices[index]:
            if (price.from_ is None or at >= price.from_) and (
                price.until is None or at < price.until
            ):
                inward = price.meters.get("uncached_input_tokens")
                outward = price.meters.get("visible_output_tokens")
                if inward is None or outward is None:
                    return None
                total = (inward + outward) * _THOUSAND / _MILLION
                return total.quantize(Decimal("0.000000000001"))
        return None


def compile_model(
    world: World, agreements: AgreementSet, model: Model, index: Index | None = None
) -> ModelPlan:
    """Everything about `model` that does not depend on the question.

    `index` is that of the world and the set, for who compiles several models.
    """
    index = Index(world, agreements) if index is None else index
    plan = plan_of(model, index.deployments_of(model))
    places, entries, prepared = Places(plan), list[Entry](), dict[ClauseId, tuple[Grid, ...]]()
    cores = index.cores_of(model)
    for core in cores:
        where = places.where(core.scope)
        if not where.yes and not where.open:
            continue
        if known := core.clause.prepare(plan):
            prepared[core.clause.id] = known
        entries += _entries(core, where, plan)
    rivals = [e.clause for e in entries if forbids(e.clause) and e.clause.rivals]
    rows = index.rows_of(model)
    return ModelPlan(
        plan=msgspec.structs.replace(plan, prepared=prepared),
        entries=tuple(entries),
        listings=tuple(_start(e, prepared) for e in entries if e.clause.role == "listing"),
        offerings=tuple(e for e in entries if e.clause.role == "offering"),
        amending=index.amending,
        excepted_by=index.excepted_by,
        ranked=index.ranked(rivals),
        prices=tuple(_rows(index, rows, d) for d in plan.deployments),
        bounds=index.bounds_of(model, cores, plan.deployments),
        default=world.default,
    )


def _start(entry: Entry, prepared: Mapping[ClauseId, tuple[Grid, ...]]) -> ListingStart:
    known = prepared.get(entry.clause.id)
    return ListingStart(
        start=entry.clause.from_,
        clause=entry.clause.id,
        where=entry.reach.where if known is None else both(entry.reach.where, known[0]),
        recorded_at=entry.life.recorded_at,
        interfaces=entry.reach.interfaces,
    )


def _entries(core: Core, where: Grid, plan: Plan) -> Iterator[Entry]:
    """One; of a clause that rejects beyond its scope, what it excepts within it comes apart."""
    if not core.clause.beyond:
        yield _entry(core, where, helps=core.helps, opposes=core.opposes)
        return
    if core.helps:
        yield _entry(core, where, helps=True, opposes=False)
    yield _entry(core, Grid(plan.all), helps=False, opposes=core.opposes)


def _entry(core: Core, where: Grid, *, helps: bool, opposes: bool) -> Entry:
    return Entry(
        clause=core.clause,
        reach=Reach(
            where=where,
            interfaces=core.interfaces,
            projects=core.projects,
            labels=core.labels,
        ),
        life=core.life,
        ends_on=core.ends_on,
        helps=helps,
        opposes=opposes,
        anyone=core.interfaces is None and core.projects is None and not core.labels,
    )


def plan_of(model: Model, deployments: tuple[Deployment, ...]) -> Plan:
    """The deployments of `model` as bits, indexed by what holders and interfaces name."""
    by_host, by_kind = dict[str, int](), dict[str, int]()
    by_provider, by_interface = dict[str, int](), dict[str, int]()
    for index, deployment in enumerate(deployments):
        bit = 1 << index
        by_host[deployment.host] = by_host.get(deployment.host, 0) | bit
        by_kind[deployment.kind] = by_kind.get(deployment.kind, 0) | bit
        by_provider[deployment.provider] = by_provider.get(deployment.provider, 0) | bit
        for interface in deployment.interfaces:
            by_interface[interface] = by_interface.get(interface, 0) | bit
    return Plan(
        model=model,
        deployments=deployments,
        all=(1 << len(deployments)) - 1,
        by_host=by_host,
        by_kind=by_kind,
        by_provider=by_provider,
        by_interface=by_interface,
    )


def _rows(index: Index, rows: list[Price], deployment: Deployment) -> tuple[Price, ...]:
    return tuple(
        price
        for price in rows
        if price.speaks_of(deployment.id)
        and index.pattern(price.provider).fullmatch(deployment.provider) is not None
        and price.holds_in(deployment.processing_zone)
        and price.counts_for(_THOUSAND_EACH)
    )
