"""One model compiled against a set of agreements: which clauses reach it, where and when.

Made once for each model of a configuration; `sweep` asks it.
"""

import re
from datetime import datetime
from decimal import Decimal
from itertools import combinations
from typing import Final

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clause import Clause, forbids
from detente.agreements.clauses.commit import Commit
from detente.agreements.epochs import Boundaries, boundaries
from detente.agreements.grid import Grid
from detente.agreements.life import Life, lives
from detente.agreements.plan import Plan
from detente.agreements.reach import Reach, pattern, reach
from detente.agreements.scope import words
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment, Model
from detente.canonical.price import Price
from detente.canonical.usage import Usage
from detente.canonical.world import World

_THOUSAND: Final = Decimal(1000)
_THOUSAND_EACH: Final = Usage(uncached_input_tokens=1000, visible_output_tokens=1000)
_MILLION: Final = Decimal(1_000_000)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A clause that can reach the model, with its reach and its life.

    `helps` where it can speak for a deployment, `opposes` where it can speak against one.
    """

    clause: Clause
    reach: Reach
    life: Life
    ends_on: frozenset[str]
    helps: bool
    opposes: bool


class ModelPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A model and the clauses that can reach it, in the order of their ids.

    `excepted_by` holds, by clause, the exceptions that name it; `ranked` the pairs of which
    one is written over the other; `prices` the rows of each deployment, first match first.
    """

    plan: Plan
    entries: tuple[Entry, ...]
    listings: tuple[Entry, ...]
    offerings: tuple[Entry, ...]
    excepted_by: dict[ClauseId, tuple[ClauseId, ...]]
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


def compile_model(world: World, agreements: AgreementSet, model: Model) -> ModelPlan:
    """Everything about `model` that does not depend on the question."""
    plan = plan_of(model, world.deployments_of(model.name))
    life = lives(agreements)
    entries: list[Entry] = []
    excepted: dict[ClauseId, tuple[ClauseId, ...]] = {}
    prepared: dict[ClauseId, tuple[Grid, ...]] = {}
    for clause in agreements.clauses:
        if clause.role == "term":
            continue
        found = reach(clause.takes if isinstance(clause, Commit) else clause.scope, plan)
        if found is None:
            continue
        if known := clause.prepare(plan):
            prepared[clause.id] = known
        entries.append(_entry(clause, found, life[clause.id], plan))
        if clause.excepts and clause.except_of is not None:
            excepted[clause.except_of] = (*excepted.get(clause.except_of, ()), clause.id)
    return ModelPlan(
        plan=msgspec.structs.replace(plan, prepared=prepared),
        entries=tuple(entries),
        listings=tuple(e for e in entries if e.clause.role == "listing"),
        offerings=tuple(e for e in entries if e.clause.role == "offering"),
        excepted_by=excepted,
        ranked=_ranked(agreements, entries),
        prices=tuple(_rows(world, d) for d in plan.deployments),
        bounds=boundaries(world, agreements, model),
        default=world.default,
    )


def _entry(clause: Clause, found: Reach, life: Life, plan: Plan) -> Entry:
    role = clause.role
    return Entry(
        clause=clause,
        # What a clause says of all deployments of its models is limited by its own keys.
        reach=msgspec.structs.replace(found, where=Grid(plan.all)) if clause.beyond else found,
        life=life,
        ends_on=frozenset(words(clause.ends_on)),
        helps=role not in ("prohibition", "preference") or clause.excepts,
        opposes=role in ("prohibition", "preference"),
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


def _ranked(agreements: AgreementSet, entries: list[Entry]) -> frozenset[frozenset[ClauseId]]:
    replaces = {
        frozenset((agreement.id, name))
        for agreement in agreements.agreements
        for name in agreement.supersedes
    }
    rivals = [e.clause for e in entries if forbids(e.clause) and e.clause.rivals]
    return frozenset(
        frozenset((a.id, b.id))
        for a, b in combinations(rivals, 2)
        if b.id in (a.amends, a.except_of)
        or a.id in (b.amends, b.except_of)
        or frozenset((a.agreement, b.agreement)) in replaces
    )


def _rows(world: World, deployment: Deployment) -> tuple[Price, ...]:
    seen: dict[str, re.Pattern[str]] = {}

    def fits(word: str, wanted: str) -> bool:
        sought = seen.setdefault(wanted, pattern(wanted))
        return sought.fullmatch(word) is not None

    return tuple(
        price
        for price in world.cost_prices
        if price.speaks_of(deployment.id)
        and fits(deployment.model, price.model)
        and fits(deployment.provider, price.provider)
        and price.holds_in(deployment.processing_zone)
        and price.counts_for(_THOUSAND_EACH)
    )
