"""Random small sets for the checks: a few agreements that often contradict each other.

Two models at a few places, dates from one week, names from a handful; every clause type whose
part in E01, E02, E03, E09, E10 and E17 an independent oracle has to know.
"""

from datetime import UTC, datetime, timedelta
from random import Random

import msgspec

from detente.agreements import Agreement, AgreementSet
from detente.agreements.clause import Clause
from detente.agreements.clauses.exclusive import CarveOut, Exclusive
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.clauses.forbid import Forbid
from detente.agreements.clauses.grant import Grant
from detente.agreements.clauses.listing import Listing
from detente.agreements.clauses.residency import Residency
from detente.agreements.moment import Between, Moment, earliest, latest
from detente.agreements.scope import Scope
from detente.canonical.model import Deployment, Model
from detente.canonical.world import World

DAYS = tuple(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=d) for d in range(7))
PLACES = (
    ("openai", "openai", "microsoft", "us"),
    ("azure", "azure", "microsoft", "eu"),
    ("azure-2", "azure", "microsoft", None),
    ("aws", "openai_compatible", "amazon", "us"),
    ("lab", "openai_compatible", "lab", None),
)
HOLDERS = ("host:microsoft", "amazon", "kind:azure", "provider:azure-2", ("amazon", "lab"))
CARVE_OUTS: tuple[tuple[CarveOut, ...], ...] = (
    (),
    (),
    ("first_party",),
    ("open_weights",),
    ("us_government",),
)
FIELDS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("publisher", ("lab", ("lab", "rival"), "rival")),
    ("model", ("lab/*", "lab/one", "lab/t?o")),
    ("interface", ("stateless_api", "embedding")),
    ("provider", ("azure", "azure*", "kind:azure", ("aws", "lab"))),
    ("host", ("microsoft", ("amazon", "lab"))),
    ("zone", ("eu", "us")),
    ("project", ("shop", "s*", "bank")),
    ("labels", ({"data": "a"}, {"data": ("a", "b")}, {"enrolled": "p q"}, {"operator": "lab"})),
)


def one_in(r: Random, n: int) -> bool:
    """True once in `n` times."""
    return r.randrange(n) == 0


def moment(r: Random) -> Moment:
    """A day, now and then one of two."""
    first = r.choice(DAYS)
    return Between(after=first, before=first + timedelta(days=2)) if one_in(r, 5) else first


def scope(r: Random) -> Scope:
    """A scope with at most two fields, most often none."""
    chosen = r.sample(FIELDS, r.choice((0, 0, 0, 1, 1, 2)))
    return msgspec.convert({name: r.choice(values) for name, values in chosen}, Scope)


def bare_clause(r: Random) -> Clause:
    """A clause of some type, without what all types share."""
    kind = r.choice(
        ("grant", "listing", "exclusive", "exclusive", "refusal", "forbid", "residency")
    )
    match kind:
        case "grant":
            return Grant(id="x", enrolment=r.choice((None, None, "p", "q")))
        case "listing":
            return Listing(id="x")
        case "exclusive":
            return Exclusive(id="x", holder=r.choice(HOLDERS), carve_outs=r.choice(CARVE_OUTS))
        case "refusal":
            return FirstRefusal(
                id="x",
                holder=r.choice(HOLDERS),
                signals=("429",),
                respond_within="2s",
                default="refused",
            )
        case "residency":
            return Residency(id="x", process=r.choice(("eu", "us")), offered=one_in(r, 3))
        case _:
            return Forbid(id="x")


def clause(r: Random, id: str, others: list[str]) -> Clause:
    """A clause under its full id, which may name one of `others`."""
    from_ = moment(r) if one_in(r, 2) else None
    until = moment(r) if one_in(r, 3) else None
    if from_ is not None and until is not None and earliest(from_) >= latest(until):
        until = None
    return msgspec.structs.replace(
        bare_clause(r),
        id=id,
        scope=scope(r),
        from_=from_,
        until=until,
        recorded_at=DAYS[0],
        ends_on="agi" if one_in(r, 8) else None,
        except_of=r.choice(others) if one_in(r, 4) else None,
        amends=r.choice(others) if one_in(r, 10) else None,
    )


def small_set(r: Random) -> tuple[World, AgreementSet]:
    """A world with one or two models, and up to three agreements about them."""
    names = ("a", "b", "c")[: r.randint(1, 3)]
    agreements: list[Agreement] = []
    clauses: list[Clause] = []
    ids = [f"{name}/{n}" for name in names for n in range(r.randint(1, 3))]
    for name in names:
        superseded = [other for other in names if other != name and one_in(r, 6)]
        agreements.append(
            Agreement(
                id=name,
                recorded_at=DAYS[0],
                from_=moment(r) if superseded else None,
                supersedes=tuple(superseded),
            )
        )
    clauses = [clause(r, id, [other for other in ids if other != id] or [id]) for id in ids]
    roles = {c.id: c.role for c in clauses}
    clauses = [_allowed(c, roles) for c in clauses]
    found = AgreementSet(agreements=tuple(agreements), clauses=tuple(clauses))
    return _world(r), found


def _allowed(c: Clause, roles: dict[str, str]) -> Clause:
    """Without what files may not say: an exception to nothing that forbids, or to itself."""
    excepts = c.except_of if roles.get(c.except_of or "") == "prohibition" else None
    return msgspec.structs.replace(
        c,
        except_of=None if excepts == c.id else excepts,
        amends=None if c.amends == c.id else c.amends,
    )


def _world(r: Random) -> World:
    models = tuple(
        Model(
            name=name,
            publisher="lab",
            released=r.choice(DAYS) if one_in(r, 2) else None,
            open_weights=one_in(r, 3),
        )
        for name in ("lab/one", "lab/two")[: r.randint(1, 2)]
    )
    deployments = tuple(
        Deployment(
            id=f"{provider}/{model.name}",
            model=model.name,
            provider=provider,
            kind=kind,
            upstream_id=model.name,
            host=host,
            processing_zone=zone,
            interfaces=r.choice((("stateless_api",), ("stateless_api", "embedding"))),
        )
        for model in models
        for provider, kind, host, zone in r.sample(PLACES, r.randint(1, 3))
    )
    return World(models=models, deployments=deployments, default=r.choice(("permit", "deny")))
