# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportReturnType=false, reportArgumentType=false
# z3 has no types of its own.
"""An independent oracle of E01, E02, E03, E09, E10 and E17: agreements as formulas, asked of z3.

Reads the parsed structs and shares no predicate with `src`: dates are integers, callers and
events are variables, and a doubt is a pair of formulas (certainly, possibly). The sets that it can
read are those of `small_sets`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import combinations, product

import z3

from detente.agreements import AgreementSet
from detente.agreements.clause import Clause
from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.clauses.forbid import Forbid
from detente.agreements.clauses.grant import Grant
from detente.agreements.clauses.listing import Listing
from detente.agreements.clauses.residency import Residency
from detente.agreements.moment import Between, Moment
from detente.canonical.model import Deployment, Model
from detente.canonical.world import World

PROJECTS = ("shop", "bank", "sx")
LABELS = {
    "data": ("a", "b"),
    "enrolled": ("p", "q", "p q"),
    "operator": ("lab",),
    "us_government": ("true",),
}
INTERFACES = ("stateless_api", "embedding")
TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)


@dataclass(frozen=True)
class Open:
    """A truth with doubt: whether it is certain, and whether it is possible."""

    sure: z3.BoolRef
    may: z3.BoolRef


def plain(value: bool) -> Open:
    """A truth that does not depend on the question."""
    return Open(z3.BoolVal(value), z3.BoolVal(value))


def exact(value: z3.BoolRef) -> Open:
    """A truth without doubt."""
    return Open(value, value)


def every(truths: Iterable[Open]) -> Open:
    """All of them."""
    known = list(truths)
    return Open(z3.And([t.sure for t in known]), z3.And([t.may for t in known]))


def some(truths: Iterable[Open]) -> Open:
    """Any of them."""
    known = list(truths)
    return Open(z3.Or([t.sure for t in known]), z3.Or([t.may for t in known]))


def no(truth: Open) -> Open:
    """Not that."""
    return Open(z3.Not(truth.may), z3.Not(truth.sure))


def several(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """The words of a field."""
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


def day(moment: datetime) -> int:
    """An instant as hours."""
    return int(moment.timestamp()) // 3600


@dataclass(frozen=True)
class Asker:
    """Who asks for what: formulas over the caller, or a caller spelled out."""

    project: Callable[[str], z3.BoolRef]
    label: Callable[[str, str], z3.BoolRef]
    interface: Callable[[str], z3.BoolRef]


def anybody() -> Asker:
    """A caller and an interface left open."""
    project, interface = z3.Int("project"), z3.Int("interface")
    labels = {name: z3.Int(f"label {name}") for name in LABELS}
    return Asker(
        project=lambda name: project == PROJECTS.index(name),
        label=lambda name, value: labels[name] == LABELS[name].index(value),
        interface=lambda name: interface == INTERFACES.index(name),
    )


def spelled(project: str | None, labels: Mapping[str, str | None], interface: str) -> Asker:
    """One caller and one interface."""
    return Asker(
        project=lambda name: z3.BoolVal(name == project),
        label=lambda name, value: z3.BoolVal(labels[name] == value),
        interface=lambda name: z3.BoolVal(name == interface),
    )


def supersessions(found: AgreementSet) -> set[tuple[str, str]]:
    """Which agreement supersedes which."""
    return {(a.id, b) for a in found.agreements for b in a.supersedes}


def amendments(found: AgreementSet) -> set[tuple[str, str]]:
    """Which clause amends which."""
    return {(c.id, c.amends) for c in found.clauses if c.amends is not None}


def reaches(steps: set[tuple[str, str]], first: str, last: str) -> bool:
    """Whether steps lead from `first` to `last`: back to where one came from, in a circle."""
    known = {first}
    for _ in steps:
        known |= {b for a, b in steps if a in known}
    return last in known


class Oracle:
    """One model under one set, for one asker; `time` and events are variables."""

    def __init__(self, world: World, found: AgreementSet, model: Model, asker: Asker) -> None:
        self.world, self.set, self.model, self.asker = world, found, model, asker
        self.places = [d for d in world.deployments if d.model == model.name]
        self.time = z3.Int("time")
        self.known: dict[tuple[str, str, str], Open] = {}

    def happened(self, name: str) -> Open:
        """Whether the event has happened."""
        return exact(z3.Bool(f"event {name}"))

    def begun(self, moment: Moment) -> Open:
        """Whether a date has come."""
        if isinstance(moment, Between):
            return Open(self.time >= day(moment.before), self.time >= day(moment.after))
        return exact(self.time >= day(moment))

    def live(self, c: Clause) -> Open:
        """Whether the clause is in force at the time."""
        over = [self.happened(name) for name in several(c.ends_on)]
        over += [self.begun(c.until)] if c.until is not None else []
        over += [
            self.begun(a.from_)
            for a in self.set.agreements
            if c.id.split("/")[0] in a.supersedes and a.from_ is not None
            if not reaches(supersessions(self.set), c.id.split("/")[0], a.id)
        ]
        over += [
            self.begun(other.from_) if other.from_ is not None else plain(True)
            for other in self.set.clauses
            if other.amends == c.id and not reaches(amendments(self.set), c.id, other.id)
        ]
        start = [self.begun(c.from_)] if c.from_ is not None else []
        return every([*start, no(some(over))])

    def place(self, c: Clause, d: Deployment) -> Open:
        """Whether the scope takes in the deployment and the interface."""
        s = c.scope
        known = (
            s.publisher is None or self.model.publisher in several(s.publisher),
            s.model is None or any(fnmatchcase(self.model.name, p) for p in several(s.model)),
            s.host is None or any(fnmatchcase(d.host, p) for p in several(s.host)),
            s.provider is None or any(_provider(d, p) for p in several(s.provider)),
        )
        truths = [plain(all(known))]
        if s.zone is not None and d.processing_zone is None:
            truths.append(Open(FALSE, TRUE))
        elif s.zone is not None:
            truths.append(plain(d.processing_zone in several(s.zone)))
        if s.interface is not None:
            truths.append(exact(z3.Or([self.asker.interface(i) for i in several(s.interface)])))
        return every(truths)

    def caller(self, c: Clause) -> Open:
        """Whether the scope takes in the caller."""
        truths: list[z3.BoolRef] = []
        if c.scope.project is not None:
            names = [
                n for n in PROJECTS if any(fnmatchcase(n, p) for p in several(c.scope.project))
            ]
            truths.append(z3.Or([self.asker.project(name) for name in names]))
        for name, wanted in (c.scope.labels or {}).items():
            truths.append(z3.Or([self.asker.label(name, value) for value in several(wanted)]))
        return exact(z3.And(truths))

    def own(self, c: Clause, d: Deployment) -> Open:
        """Whether the clause's own keys let it speak of the deployment."""
        if isinstance(c, Grant) and c.enrolment is not None:
            fitting = [v for v in LABELS["enrolled"] if c.enrolment in v.split()]
            return exact(z3.Or([self.asker.label("enrolled", value) for value in fitting]))
        if not isinstance(c, Exclusive):
            return plain(True)
        let_out: list[z3.BoolRef] = []
        if "open_weights" in c.carve_outs:
            let_out.append(z3.BoolVal(self.model.open_weights))
        if "us_government" in c.carve_outs:
            let_out.append(self.asker.label("us_government", "true"))
        if "first_party" in c.carve_outs:
            let_out.append(z3.BoolVal(d.host == self.model.publisher))
            let_out.append(self.asker.label("operator", self.model.publisher))
        return exact(z3.Not(z3.Or(let_out)))

    def once(self, what: str, c: Clause, d: Deployment, made: Callable[[], Open]) -> Open:
        """What was made once, of a clause and a deployment."""
        key = (what, c.id, d.id)
        if key not in self.known:
            self.known[key] = made()
        return self.known[key]

    def in_force(self, c: Clause, d: Deployment) -> Open:
        """Whether it is live and speaks of this, exceptions apart."""

        def made() -> Open:
            return every([self.live(c), self.place(c, d), self.caller(c), self.own(c, d)])

        return self.once("in force", c, d, made)

    def stands(self, c: Clause, d: Deployment) -> Open:
        """Whether it is in force and no exception suspends it."""
        excepting = [e for e in self.set.clauses if e.except_of == c.id]
        return every([self.in_force(c, d), no(some(self.in_force(e, d) for e in excepting))])

    def rejects(self, c: Clause, d: Deployment) -> Open:
        """Whether the prohibition rejects the deployment."""

        def made() -> Open:
            return every([self.stands(c, d), self.verdict(c, d)])

        return self.once("rejects", c, d, made)

    def verdict(self, c: Clause, d: Deployment) -> Open:
        """What the clause says of the deployment, given that it stands."""
        match c:
            case Forbid():
                return plain(True)
            case Exclusive():
                return plain(not _held(d, several(c.holder)))
            case Residency():
                return no(self.keeps(c, d))
            case FirstRefusal():
                return self.waits(c, d)
            case _:
                return plain(False)

    def keeps(self, demand: Residency, d: Deployment) -> Open:
        """Whether the deployment keeps to the demanded zone, as configured or offered."""
        offers = [c for c in self.set.clauses if isinstance(c, Residency) and c.offered]
        live = [(self.in_force(o, d), o.process == demand.process) for o in offers]
        met = some(truth for truth, fits in live if fits)
        if d.processing_zone is not None:
            return some([met, plain(d.processing_zone == demand.process)])
        said = z3.Or([truth.sure for truth, _ in live])
        return some([met, Open(FALSE, z3.Not(said))])

    def waits(self, c: FirstRefusal, d: Deployment) -> Open:
        """Whether the deployment has to wait for the holder."""
        if _held(d, several(c.holder)):
            return plain(False)
        left: list[Open] = []
        held = [h for h in self.places if _held(h, several(c.holder))]
        for h in held:
            barring = [p for p in self.against() if not isinstance(p, FirstRefusal)]
            free = no(some(self.rejects(p, h) for p in barring))
            left.append(every([exact(self.serves(h)), free]))
        nobody = z3.Not(z3.Or([self.serves(h) for h in held]))
        waiting = some(left)
        return Open(waiting.sure, z3.Or(waiting.may, nobody))

    def against(self) -> list[Clause]:
        """The clauses that can reject."""
        kinds = (Forbid, Exclusive, FirstRefusal, Residency)
        return [
            c
            for c in self.set.clauses
            if isinstance(c, kinds) and not (isinstance(c, Residency) and c.offered)
        ]

    def serves(self, d: Deployment) -> z3.BoolRef:
        """Whether the deployment serves the interface that is asked for."""
        return z3.Or([self.asker.interface(i) for i in d.interfaces])

    def denied(self, d: Deployment) -> z3.BoolRef:
        """Whether the deployment is denied for certain."""
        why = [self.rejects(c, d).sure for c in self.against()]
        if self.world.default == "deny":
            for kind in (Grant, Listing):
                given = [self.in_force(c, d) for c in self.set.clauses if isinstance(c, kind)]
                why.append(z3.Not(some(given).may))
        return z3.Or([z3.Not(self.serves(d)), *why])


def _provider(d: Deployment, pattern: str) -> bool:
    if pattern.startswith("kind:"):
        return d.kind == pattern[5:]
    return fnmatchcase(d.provider, pattern.removeprefix("provider:"))


def _held(d: Deployment, holders: tuple[str, ...]) -> bool:
    for holder in holders:
        kind, _, name = holder.rpartition(":")
        if {"kind": d.kind, "provider": d.provider}.get(kind, d.host) == name:
            return True
    return False


def holds(formula: z3.BoolRef) -> bool:
    """Whether some time, caller and course of events make it true."""
    solver = z3.Solver()
    solver.add(formula)
    return solver.check() == z3.sat


def oracles(world: World, found: AgreementSet) -> list[Oracle]:
    """One a model, of anybody."""
    return [Oracle(world, found, model, anybody()) for model in world.models]


def e01(found: AgreementSet, made: list[Oracle]) -> set[tuple[str, ...]]:
    """The pairs of exclusives that overlap."""
    exclusives = [c for c in found.clauses if isinstance(c, Exclusive)]
    return {
        (a.id, b.id)
        for a, b in combinations(exclusives, 2)
        if not set(several(a.holder)) & set(several(b.holder)) and not _ranked(found, a, b)
        if any(holds(_overlap(o, a, b)) for o in made)
    }


def _overlap(o: Oracle, a: Exclusive, b: Exclusive) -> z3.BoolRef:
    common = [d for d in o.places if _held(d, several(a.holder)) and _held(d, several(b.holder))]
    both = [z3.And(o.serves(d), o.stands(a, d).may, o.stands(b, d).may) for d in o.places]
    return z3.And(z3.Or(both), z3.Not(z3.Or([o.serves(d) for d in common])))


def _ranked(found: AgreementSet, a: Clause, b: Clause) -> bool:
    for one, other in ((a, b), (b, a)):
        if other.id in (one.amends, one.except_of):
            return True
        later, earlier = one.id.split("/")[0], other.id.split("/")[0]
        if any(a.id == later and earlier in a.supersedes for a in found.agreements):
            return True
    return False


def e02(found: AgreementSet, made: list[Oracle]) -> set[tuple[str, ...]]:
    """The grants and listings inside another's exclusive."""
    given = [c for c in found.clauses if isinstance(c, (Grant, Listing))]
    exclusives = [c for c in found.clauses if isinstance(c, Exclusive)]
    return {
        (g.id, x.id)
        for g, x in product(given, exclusives)
        if any(
            holds(z3.And(o.serves(d), o.in_force(g, d).may, o.rejects(x, d).may))
            for o in made
            for d in o.places
        )
    }


def e03(world: World, found: AgreementSet) -> set[str]:
    """The models that nobody may use anywhere on some date since their release."""
    shut: set[str] = set()
    used = {name for c in found.clauses for name in c.scope.labels or {}}
    used |= (
        {"enrolled"} if any(isinstance(c, Grant) and c.enrolment for c in found.clauses) else set()
    )
    outs = {out for c in found.clauses if isinstance(c, Exclusive) for out in c.carve_outs}
    used |= {"operator"} if "first_party" in outs else set()
    used |= {"us_government"} if "us_government" in outs else set()
    values = [(None, *LABELS[name]) if name in used else (None,) for name in LABELS]
    projects = (None, *PROJECTS) if any(c.scope.project for c in found.clauses) else (None,)
    for model in world.models:
        solver = z3.Solver()
        solver.add(_is_out(Oracle(world, found, model, anybody())))
        for project, interface, *chosen in product(projects, INTERFACES, *values):
            asker = spelled(project, dict(zip(LABELS, chosen, strict=True)), interface)
            one = Oracle(world, found, model, asker)
            solver.add([one.denied(d) for d in one.places if interface in d.interfaces])
            if solver.check() == z3.unsat:
                break
        else:
            shut.add(model.name)
    return shut


def _is_out(o: Oracle) -> z3.BoolRef:
    if o.model.released is not None:
        return o.time >= day(o.model.released)
    listings = [c for c in found_listings(o) if any(holds(o.place(c, d).may) for d in o.places)]
    starts = [c.from_.after if isinstance(c.from_, Between) else c.from_ for c in listings]
    if not starts or None in starts:
        return TRUE
    return o.time >= min(day(start) for start in starts if start is not None)


def found_listings(o: Oracle) -> list[Clause]:
    """The listings of the oracle's set."""
    return [c for c in o.set.clauses if isinstance(c, Listing)]


def e09(found: AgreementSet, made: list[Oracle]) -> set[tuple[str, ...]]:
    """First refusals whose holder exclusives bar, and pairs that wait for each other."""
    refusals = [c for c in found.clauses if isinstance(c, FirstRefusal)]
    exclusives = [c for c in found.clauses if isinstance(c, Exclusive)]
    stuck: set[tuple[str, ...]] = set()
    for o in made:
        for r in refusals:
            if holds(z3.And(_exists(o, r), _all_of_holder(o, r, exclusives), _others(o, r))):
                stuck.add((r.id,))
        for a, b in combinations(refusals, 2):
            each = [_exists(o, a), _exists(o, b)]
            if holds(z3.And(*each, _all_of_holder(o, a, [b]), _all_of_holder(o, b, [a]))):
                stuck.add((a.id, b.id))
    return stuck


def _theirs(o: Oracle, r: FirstRefusal) -> list[Deployment]:
    return [d for d in o.places if _held(d, several(r.holder))]


def _exists(o: Oracle, r: FirstRefusal) -> z3.BoolRef:
    return z3.Or([o.serves(d) for d in _theirs(o, r)])


def _all_of_holder(o: Oracle, r: FirstRefusal, by: Iterable[Clause]) -> z3.BoolRef:
    barring = tuple(by)
    return z3.And(
        [
            z3.Or(z3.Not(o.serves(d)), *(o.rejects(c, d).sure for c in barring))
            for d in _theirs(o, r)
        ]
    )


def _others(o: Oracle, r: FirstRefusal) -> z3.BoolRef:
    others = [d for d in o.places if not _held(d, several(r.holder))]
    return z3.Or([z3.And(o.serves(d), o.stands(r, d).sure) for d in others])


def e10(found: AgreementSet, made: list[Oracle]) -> set[tuple[str, str]]:
    """The demands that nothing meets, each with the model."""
    demands = [c for c in found.clauses if isinstance(c, Residency) and not c.offered]
    return {(c.id, o.model.name) for o in made for c in demands if holds(_unmet(o, c))}


def _unmet(o: Oracle, c: Residency) -> z3.BoolRef:
    spoken = [(d, z3.And(o.serves(d), o.in_force(c, d).may)) for d in o.places]
    return z3.And(
        z3.Or([here for _, here in spoken]),
        *(z3.Implies(here, o.rejects(c, d).sure) for d, here in spoken),
    )


def e17(found: AgreementSet) -> bool:
    """Whether no order ranks every agreement over what it supersedes, and clauses alike.

    A clause that is amended ranks over who amends it, where its agreement supersedes theirs.
    """
    over = [(f"agreement {a.id}", f"agreement {b}") for a in found.agreements for b in a.supersedes]
    over += [(c.id, b) for c in found.clauses for b in (c.amends, c.except_of) if b is not None]
    replaced = {(a.id, b) for a in found.agreements for b in a.supersedes}
    over += [
        (c.amends, c.id)
        for c in found.clauses
        if c.amends is not None and (c.amends.partition("/")[0], c.agreement) in replaced
    ]
    return not holds(z3.And([z3.Int(a) > z3.Int(b) for a, b in over]))
