"""Random worlds, agreements and questions: small, and crowded so that rules meet.

Dates come from a few days and the seconds around them, names from a handful, so that clauses
overlap, contradict, except, amend and supersede each other, and facts are often missing. All
draw from a `Random`: with `use_true_random=True` thousands of cases take seconds, with `False`
a failing one shrinks.

>>> @given(cases)
... def test_something(case: tuple[World, Parts, Question]) -> None: ...
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Literal, cast

import msgspec
from hypothesis import strategies as st

from detente.agreements import Agreement, AgreementSet
from detente.agreements.clause import Clause
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.moment import earliest, latest
from detente.agreements.scope import Scope
from detente.canonical.model import RETENTION_MODES, Attestation, Deployment, Model
from detente.canonical.price import Price
from detente.canonical.question import Event, HolderRefusal, Labels, Offer, Question, labels_of
from detente.canonical.snapshot import Snapshot
from detente.canonical.world import World
from tests.agreements.random_clauses import (
    DAYS,
    INTERFACES,
    KINDS,
    LABELS,
    MODEL,
    OFFERINGS,
    PLACES,
    PROHIBITIONS,
    RIVALS,
    Kind,
    grant,
    moment,
    one_in,
    rarely,
    scope,
    some,
)

Parts = tuple[tuple[Agreement, tuple[Clause, ...]], ...]


def clause(
    r: Random, id: str, others: Sequence[str], kinds: Sequence[Kind], *, rivals: bool
) -> Clause:
    """A clause of one of those types under its full id, as a loaded set holds it.

    With `rivals` one that reserves, seldom limited by scope or dates.
    """
    target = r.choice(others) if others else None
    often = 4 if rivals else 1
    return msgspec.structs.replace(
        r.choice(kinds)(r),
        id=id,
        scope=Scope() if rivals and not one_in(r, 4) else scope(r),
        from_=rarely(r, 3 * often, moment(r)),
        until=rarely(r, 4 * often, moment(r)),
        recorded_at=DAYS[0] if rivals or one_in(r, 2) else r.choice(DAYS),
        ends_on=rarely(r, 8, "agi"),
        except_of=rarely(r, 4, target),
        amends=rarely(r, 12, target),
    )


def parts(r: Random, *, rivals: bool) -> Parts:
    """Up to three agreements with up to three clauses each."""
    names = ("a", "b", "c")[: r.randint(1, 3)]
    ids = [f"{name}/c{i}" for name in names for i in range(3)]
    kinds = RIVALS if rivals else r.choice(KINDS)
    found: list[tuple[Agreement, tuple[Clause, ...]]] = []
    for name in names:
        others = [other for other in names if other != name]
        supersedes = bool(others) and one_in(r, 5)
        agreement = Agreement(
            id=name,
            recorded_at=DAYS[0] if one_in(r, 2) else r.choice(DAYS),
            from_=moment(r) if supersedes else None,
            supersedes=(r.choice(others),) if supersedes else (),
        )
        own = tuple(
            clause(r, id, [other for other in ids if other != id], kinds, rivals=rivals)
            for id in (f"{name}/c{i}" for i in range(r.randint(0, 3)))
        )
        found.append((agreement, own))
    return loadable(tuple(found))


def loadable(found: Parts) -> Parts:
    """Without what files may not say: names of nothing, dates that cross."""
    roles = {clause.id: clause.role for _, own in found for clause in own}

    def kept(agreement: Agreement, c: Clause) -> Clause:
        if agreement.from_ is not None:
            c = msgspec.structs.replace(c, from_=agreement.from_, until=None)
        named = c.excepts and roles.get(c.except_of or "") == "prohibition"
        excepts = c.except_of if named else None
        amends = c.amends if c.amends in roles else None
        inverted = c.from_ and c.until and earliest(c.from_) >= latest(c.until)
        until = None if inverted else c.until
        return msgspec.structs.replace(c, except_of=excepts, amends=amends, until=until)

    return tuple((agreement, tuple(kept(agreement, c) for c in own)) for agreement, own in found)


def files_of(found: Parts) -> list[tuple[str, bytes]]:
    """The parts as files, in their order; names are the agreements'."""
    return [
        (f"{agreement.id}.toml", (_toml(agreement) + "".join(map(_clause_toml, own))).encode())
        for agreement, own in found
    ]


def _toml(value: msgspec.Struct) -> str:
    tree = msgspec.to_builtins(value, builtin_types=(datetime,))
    return "".join(
        f"{key.rstrip('_')} = {_inline(item)}\n" for key, item in tree.items() if item is not None
    )


def _clause_toml(clause: Clause) -> str:
    return "[[clause]]\n" + _toml(msgspec.structs.replace(clause, id=clause.id.partition("/")[2]))


def _inline(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return f"{{ {', '.join(f'{key} = {_inline(item)}' for key, item in items)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, cast('list[object]', value)))}]"
    return msgspec.json.encode(value).decode()


def agreement_set(found: Parts, *more: Clause) -> AgreementSet:
    """The set of those parts, with further clauses of an agreement of their own."""
    extra = Agreement(id="extra", recorded_at=DAYS[0])
    loaded = [clause for _, own in found for clause in own] + list(more)
    return AgreementSet(
        agreements=tuple(sorted([a for a, _ in found] + [extra] * bool(more), key=lambda a: a.id)),
        clauses=tuple(sorted(loaded, key=lambda c: c.id)),
    )


def world(r: Random) -> World:
    """One model that is asked for, at up to four of seven places, and one that is not."""
    deployments = tuple(
        Deployment(
            id=f"{provider}/gpt-4",
            model=MODEL,
            provider=provider,
            kind=kind,
            upstream_id="gpt-4",
            host=host,
            region=region,
            tier=rarely(r, 2, "standard"),
            processing_zone=rarely(r, 2, r.choice(("eu", "eu-1", "us"))),
            storage_zone=rarely(r, 2, r.choice(("eu", "eu-1", "us"))),
            retention=rarely(r, 2, r.choice(RETENTION_MODES)),
            attestations=tuple(
                Attestation(name=name, expires=rarely(r, 2, r.choice(DAYS)))
                for name in some(r, ("soc2", "baa"), 2)
            ),
            interfaces=r.choice(INTERFACES),
            offer=rarely(r, 2, r.choice(("o-1", "o-2"))),
        )
        for provider, kind, host, region in r.sample(PLACES, r.randint(1, 4))
    )
    model = Model(
        name=MODEL,
        publisher="openai",
        released=rarely(r, 2, r.choice(DAYS)),
        open_weights=one_in(r, 3),
        retention_required=rarely(r, 4, r.choice(RETENTION_MODES)),
    )
    return World(
        models=(model, Model(name="xai/grok", publisher="xai")),
        deployments=deployments,
        default="deny" if one_in(r, 3) else "permit",
        cost_prices=tuple(price(r) for _ in range(r.randint(0, 2))),
    )


def price(r: Random) -> Price:
    """A price row with patterns, dates, and now and then a meter that is not known."""
    meters = {"uncached_input_tokens": Decimal(r.randint(1, 3))}
    if not one_in(r, 4):
        meters["visible_output_tokens"] = Decimal(r.randint(1, 3))
    return Price(
        id="row",
        model=r.choice((MODEL, "openai/*", "*")),
        provider=r.choice(("*", "azure*", "openai", "aws")),
        meters=meters,
        source="invented",
        from_=rarely(r, 2, r.choice(DAYS)),
        until=rarely(r, 2, r.choice(DAYS)),
        deployment=rarely(r, 2, f"{r.choice(PLACES)[0]}/gpt-4"),
    )


def instant(r: Random) -> datetime:
    """On a boundary, or a second beside it."""
    return r.choice(DAYS) + timedelta(seconds=r.choice((-1, 0, 0, 1)))


def labels(r: Random) -> Labels:
    """Up to two labels."""
    return labels_of({name: r.choice(LABELS[name]) for name in some(r, sorted(LABELS), 2)})


def event(r: Random, name: str) -> Event:
    """An event, often of nobody's saying."""
    return Event(
        name=name,
        occurred_at=r.choice(DAYS),
        recorded_at=r.choice(DAYS),
        declared_by=rarely(r, 2, r.choice(("board", "press"))),
        verified_by=rarely(r, 2, r.choice(("panel", "press"))),
    )


def offers(r: Random, found: Parts) -> tuple[Offer, ...]:
    """Offers under the set's first refusals on capacity, now and then under another clause."""
    clauses = [c for _, own in found for c in own]
    ids = [c.id for c in clauses if isinstance(c, FirstRefusal) and c.subject == "capacity"]
    return tuple(
        offer(r, name, r.choice(ids or ["a/c0"])) for name in some(r, ("o-1", "o-2"), 2) if ids
    )


def offer(r: Random, name: str, clause: str) -> Offer:
    """An offer, often answered."""
    answers: tuple[Literal["accepted", "refused"], ...] = ("accepted", "refused")
    opened = r.choice(DAYS[:4])
    answer = r.choice(answers) if one_in(r, 2) else None
    answered = max(opened, instant(r))
    return Offer(
        name=name,
        clause=clause,
        opened_at=opened,
        recorded_at=opened if one_in(r, 2) else r.choice(DAYS),
        answer=answer,
        answered_at=answered if answer else None,
        answer_recorded_at=max(answered, r.choice(DAYS)) if answer else None,
    )


def question(r: Random, asked: World, found: Parts) -> Question:
    """A question about the world's model, at an instant on or beside a boundary."""
    at = instant(r)
    events = tuple(event(r, name) for name in some(r, ("agi", "escaped"), 1))
    return Question(
        model=MODEL,
        at=at,
        known_at=at if one_in(r, 2) else instant(r),
        interface="stateful_runtime" if one_in(r, 5) else "stateless_api",
        project=rarely(r, 2, "shop"),
        labels=labels(r),
        header_labels=labels(r) if one_in(r, 2) else (),
        providers=rarely(r, 8, r.choice((("azure", "aws"), ("openai",)))),
        region=rarely(r, 12, "us-1"),
        events=events,
        offers=offers(r, found),
        refusals=refusals(r, asked) if one_in(r, 3) else (),
    )


def refusals(r: Random, asked: World) -> tuple[HolderRefusal, ...]:
    """Recorded refusals of the world's deployments."""
    return tuple(
        HolderRefusal(
            deployment=deployment.id,
            signal=r.choice(("429", "503", "timeout")),
            waited_ms=r.choice((0, 500, 2000)),
        )
        for deployment in some(r, asked.deployments, 3)
    )


def case(r: Random) -> tuple[World, Parts, Question]:
    """A world, its agreements, and a question; one in three is about rivals and refusals."""
    found, rivals = world(r), one_in(r, 3)
    agreed = parts(r, rivals=rivals)
    asked = question(r, found, agreed)
    types = {c.type for _, own in agreed for c in own}
    if rivals or (not types & {"grant", "listing"} and not one_in(r, 4)):
        found = msgspec.structs.replace(found, default="permit")
    if rivals or ("capacity" in types and not one_in(r, 3)):
        known = msgspec.structs.replace(asked, known_at=asked.at, providers=None, region=None)
        asked = msgspec.structs.replace(known, interface="stateless_api")
        if one_in(r, 2):
            asked = msgspec.structs.replace(asked, refusals=refusals(r, found))
    return found, agreed, asked


def snapshot(r: Random, asked: World) -> Snapshot:
    """What may have been measured of the world's deployments."""
    names = [d.id for d in asked.deployments]
    return Snapshot(
        taken_at=DAYS[0],
        behind=tuple(sorted(some(r, [f"{a}/c{i}" for a in "abc" for i in range(3)], 6))),
        latency_ms={name: r.choice((128, 256, 512)) for name in some(r, names, 4)},
        scarce=tuple(sorted(some(r, names, 2))),
    )


randoms = st.randoms(use_true_random=True)
cases = randoms.map(case)
scopes = randoms.map(scope)
grants = randoms.map(grant)
prohibitions = st.tuples(randoms, st.sampled_from(PROHIBITIONS)).map(
    lambda drawn: drawn[1](drawn[0])
)
offerings = st.tuples(randoms, st.sampled_from(OFFERINGS)).map(lambda drawn: drawn[1](drawn[0]))
