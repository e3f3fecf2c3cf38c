"""Many agreements as values, of every clause type, such as a company of many suppliers has.

Contradictory here and there, as contracts are: what is measured is deciding, not checking.
Everything is drawn from a seed, so that every run gets the same.

>>> world, agreements = many_agreements(agreements=20, clauses=500, models=30, seed=1)
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

import msgspec

from detente.agreements import Agreement, AgreementSet, Clause
from detente.agreements.clauses.attest import Attest
from detente.agreements.clauses.capacity import Capacity
from detente.agreements.clauses.commit import Commit
from detente.agreements.clauses.covenant import Covenant
from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.clauses.forbid import Forbid
from detente.agreements.clauses.grant import Grant
from detente.agreements.clauses.hold import Hold
from detente.agreements.clauses.listing import Listing
from detente.agreements.clauses.prefer import Prefer
from detente.agreements.clauses.price import Price
from detente.agreements.clauses.residency import Residency
from detente.agreements.clauses.retention import Retention
from detente.agreements.clauses.term import Term
from detente.agreements.scope import Scope, Words
from detente.canonical.model import Attestation, Deployment, Model
from detente.canonical.world import World

PUBLISHERS: Final = tuple(f"publisher-{n:02}" for n in range(12))
PROVIDERS: Final = (
    ("azure-eu", "azure", "microsoft", "swedencentral", "eu"),
    ("azure-us", "azure", "microsoft", "eastus2", "us"),
    ("bedrock-eu", "bedrock", "amazon", "eu-central-1", "eu"),
    ("bedrock-us", "bedrock", "amazon", "us-east-2", "us"),
    ("vertex", "vertex", "google", "europe-west4", "eu"),
    ("direct", "openai_compatible", "publisher", "us", "us"),
)
HOLDERS: Final = ("host:microsoft", "host:amazon", "host:google", "provider:direct")
TENANTS: Final = 200
"""Values of the label by which projects are told apart: one clause speaks of one."""
FIRST: Final = datetime(2024, 1, 1, tzinfo=UTC)


def many_agreements(
    *, agreements: int = 200, clauses: int = 5_000, models: int = 300, seed: int = 1
) -> tuple[World, AgreementSet]:
    """A world of so many models, and agreements about them; one clause in ten about all."""
    r = Random(seed)
    world = _world(r, models)
    names = [f"contract-{n:03}" for n in range(agreements)]
    drawn = [
        _clause(r, f"{names[n % agreements]}/c{n // agreements:02}", world.models)
        for n in range(clauses)
    ]
    return world, AgreementSet(
        agreements=tuple(Agreement(id=name, recorded_at=FIRST) for name in names),
        clauses=tuple(sorted(drawn, key=lambda c: c.id)),
        fingerprints=tuple((name, f"{n:064x}") for n, name in enumerate(names)),
    )


def _world(r: Random, count: int) -> World:
    found: list[Deployment] = []
    named = [f"{r.choice(PUBLISHERS)}/model-{n:03}" for n in range(count)]
    for name in named:
        for provider, kind, host, region, zone in r.sample(PROVIDERS, r.randint(2, 4)):
            found.append(
                Deployment(
                    id=f"{provider}/{name.partition('/')[2]}",
                    model=name,
                    provider=provider,
                    kind=kind,
                    upstream_id=name,
                    host=host,
                    region=region,
                    processing_zone=zone,
                    storage_zone=zone,
                    retention="none" if r.randrange(2) else "abuse_monitoring",
                    attestations=(Attestation(name="soc2"),),
                )
            )
    released = [FIRST - timedelta(days=r.randrange(700)) for _ in named]
    return World(
        models=tuple(
            Model(name=name, publisher=name.partition("/")[0], released=day)
            for name, day in zip(named, released, strict=True)
        ),
        deployments=tuple(found),
    )


def _clause(r: Random, id: str, models: tuple[Model, ...]) -> Clause:
    """A clause of any type; a year old at most, or of the years to come."""
    kind = r.choices(*zip(*_KINDS, strict=True))[0]
    start = FIRST + timedelta(days=r.randrange(36) * 30)
    return msgspec.structs.replace(
        kind(r),
        id=id,
        scope=_scope(r, models, kind),
        from_=start,
        until=start + timedelta(days=365 * r.randint(1, 4)),
        recorded_at=FIRST,
        quote="as agreed between the parties",
    )


def _scope(r: Random, models: tuple[Model, ...], kind: Callable[[Random], Clause]) -> Scope:
    model = r.choice(models)
    labels: dict[str, Words] = {"tenant": f"t{r.randrange(TENANTS)}"}
    provider = r.choice(PROVIDERS)[0]
    if r.randrange(10) == 0:
        return Scope(labels=labels, provider=None if r.randrange(2) else provider)
    if kind in (_forbid, _exclusive):
        return Scope(model=model.name, labels=labels)
    match r.randrange(4):
        case 0:
            return Scope(model=model.name)
        case 1:
            return Scope(model=f"{model.publisher}/*-{model.name[-2:]}")
        case 2:
            return Scope(publisher=model.publisher, provider=provider, labels=labels)
        case _:
            return Scope(model=model.name, provider=provider)


def _forbid(r: Random) -> Clause:
    return Forbid(id="x", reason=f"rule {r.randrange(100)}")


def _exclusive(r: Random) -> Clause:
    return Exclusive(id="x", holder=r.choice(HOLDERS))


_KINDS: Final[tuple[tuple[Callable[[Random], Clause], int], ...]] = (
    (lambda _: Grant(id="x"), 20),
    (lambda _: Listing(id="x"), 16),
    (_forbid, 6),
    (_exclusive, 4),
    (
        lambda r: FirstRefusal(
            id="x",
            holder=r.choice(HOLDERS),
            signals=("429", "503"),
            respond_within="2s",
            default="refused",
        ),
        4,
    ),
    (lambda r: Hold(id="x", leader="provider:direct", follower=r.choice(HOLDERS), lag_days=7), 6),
    (lambda _: Residency(id="x", process=("eu", "us"), store=("eu", "us")), 6),
    (lambda _: Retention(id="x", mode="abuse_monitoring"), 4),
    (lambda _: Attest(id="x", document="soc2"), 4),
    (lambda r: Prefer(id="x", order=tuple(r.sample(HOLDERS, 2))), 6),
    (lambda r: Commit(id="x", amount=Decimal(r.randrange(1, 10) * 100_000)), 4),
    (lambda _: Capacity(id="x", size=Decimal(100), unit="ptu", spill_zone=("eu", "us")), 4),
    (lambda r: Price(id="x", meter="input", amount=Decimal(r.randrange(1, 9))), 8),
    (lambda _: Covenant(id="x", party="publisher", text="good faith"), 4),
    (lambda _: Term(id="x", notice_days=90), 4),
)
"""Clause types with how often each is drawn."""
