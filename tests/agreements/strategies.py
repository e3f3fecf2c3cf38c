"""Random worlds, agreements and questions: small, and crowded so that rules meet.

Dates come from a few days and the seconds around them, names from a handful, so that clauses
overlap, contradict, except, amend and supersede each other, and facts are often missing. All
draw from a `Random`: with `use_true_random=True` thousands of cases take seconds, with `False`
a failing one shrinks.

>>> @given(cases)
... def test_something(case: tuple[World, Parts, Question]) -> None: ...
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar, cast

import msgspec
from hypothesis import strategies as st

from detente.agreements import Agreement, AgreementSet
from detente.agreements.clause import Clause
from detente.agreements.clauses.exclusive import CarveOut, Exclusive
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.clauses.forbid import Forbid
from detente.agreements.clauses.grant import Grant
from detente.agreements.clauses.hold import Hold
from detente.agreements.clauses.listing import Listing
from detente.agreements.moment import Between, Moment, earliest, latest
from detente.agreements.scope import Scope
from detente.canonical.failure import RefusalSignal
from detente.canonical.model import Deployment, Interface, Model
from detente.canonical.price import Price
from detente.canonical.question import Event, HolderRefusal, Labels, Question, labels_of
from detente.canonical.world import World

T = TypeVar("T")
Parts = tuple[tuple[Agreement, tuple[Clause, ...]], ...]

DAYS = tuple(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=d) for d in (0, 1, 2, 3, 5, 8, 9))
MODEL = "openai/gpt-4"
HOLDERS = ("host:microsoft", "microsoft", "kind:azure", "provider:azure-2", "host:amazon", "google")
PLACES = (
    ("openai", "openai", "microsoft", None),
    ("openai-eu", "openai", "openai", "eu-1"),
    ("azure", "azure", "microsoft", "us-1"),
    ("azure-2", "azure", "microsoft", None),
    ("aws", "openai_compatible", "amazon", "us-1"),
    ("aws-eu", "openai_compatible", "amazon", "eu-1"),
    ("google", "openai_compatible", "google", None),
)
LABELS = {
    "enrolled": ("p", "p q", "q"),
    "us_government": ("true", "false"),
    "operator": ("openai", "shop"),
    "data": ("internal", "public"),
}
FIELDS: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("publisher", ("openai", ("openai", "xai"), "xai")),
    ("model", ("openai/*", MODEL, "*claude*", "openai/gpt-?")),
    ("interface", ("stateless_api", ("stateless_api", "embedding"), "stateful_runtime")),
    ("provider", ("azure", "azure*", "kind:openai", "provider:aws*", ("aws", "google"))),
    ("host", ("microsoft", ("amazon", "google"), "a*")),
    ("region", ("us-1", "eu-*", ("us-1", "eu-1"))),
    ("zone", ("eu", "us")),
    ("tier", ("standard", "priority")),
    ("project", ("shop", "s*", "lab")),
    ("labels", ({"data": "internal"}, {"data": ("internal", "public")}, {"operator": "openai"})),
)
INTERFACES: tuple[tuple[Interface, ...], ...] = (
    ("stateless_api",),
    ("stateless_api", "stateful_runtime"),
)
CARVE_OUTS: tuple[tuple[CarveOut, ...], ...] = (
    (),
    ("first_party",),
    ("open_weights",),
    ("us_government",),
    ("first_party", "open_weights", "us_government"),
)
SIGNALS: tuple[tuple[RefusalSignal, ...], ...] = ((), ("429",), ("429", "503"), ("429", "timeout"))


def one_in(r: Random, n: int) -> bool:
    """True once in `n` times."""
    return r.randrange(n) == 0


def rarely(r: Random, n: int, value: T) -> T | None:
    """`value` once in `n` times, else nothing."""
    return value if one_in(r, n) else None


def some(r: Random, values: Sequence[T], at_most: int) -> list[T]:
    """Up to `at_most` of `values`, each once."""
    return r.sample(values, r.randint(0, min(at_most, len(values))))


def moment(r: Random) -> Moment:
    """A day, or two between which it lies."""
    first = r.choice(DAYS)
    if not one_in(r, 4):
        return first
    return Between(after=first, before=first + timedelta(days=r.choice((1, 2, 5))))


def scope(r: Random) -> Scope:
    """A scope with at most two fields."""
    return msgspec.convert(
        {name: r.choice(values) for name, values in r.sample(FIELDS, r.choice((0, 0, 1, 1, 2)))},
        Scope,
    )


def grant(r: Random) -> Clause:
    """A grant, now and then for the enrolled only."""
    return Grant(id="x", enrolment=rarely(r, 3, r.choice(("p", "q"))))


def listing(r: Random) -> Clause:
    """A listing, now and then in some regions only."""
    return Listing(id="x", regions=rarely(r, 3, r.choice(("us-1", ("us-1", "eu-1")))))


def exclusive(r: Random) -> Clause:
    """An exclusive with some carve-outs."""
    return Exclusive(id="x", holder=r.choice(HOLDERS), carve_outs=r.choice(CARVE_OUTS))


def first_refusal(r: Random) -> Clause:
    """A first refusal, now and then incomplete."""
    return FirstRefusal(
        id="x",
        holder=r.choice(HOLDERS),
        subject=r.choice(("request", "request", "request", "capacity")),
        signals=r.choice(SIGNALS),
        respond_within=rarely(r, 2, r.choice(("2s", "500ms"))),
        default=r.choice((None, "refused", "refused", "blocked")),
        connective=r.choice(("or", "or", "and")),
    )


def hold(r: Random) -> Clause:
    """A hold by listings, release or date."""
    return Hold(
        id="x",
        leader=r.choice(HOLDERS),
        follower=r.choice(HOLDERS),
        lag_days=r.choice((0, 1, 3)),
        anchor=r.choice(("listing", "listing", "release")),
        anchor_date=rarely(r, 4, moment(r)),
        escape=rarely(r, 3, "escaped"),
    )


def forbid(r: Random) -> Clause:
    """A prohibition of all that is in scope."""
    del r
    return Forbid(id="x")


PROHIBITIONS = (exclusive, first_refusal, hold, forbid)
RIVALS = (exclusive, exclusive, first_refusal, first_refusal, grant)
KINDS = (grant, grant, listing, listing, exclusive, exclusive, first_refusal, first_refusal, hold)


def clause(r: Random, agreement: str, index: int, others: Sequence[str], *, rivals: bool) -> Clause:
    """A clause of any type under its full id, as a loaded set holds it.

    With `rivals` one that reserves, seldom limited by scope or dates.
    """
    kinds = RIVALS if rivals else (*KINDS, forbid) if one_in(r, 3) else KINDS
    target = r.choice(others) if others else None
    often = 4 if rivals else 1
    return msgspec.structs.replace(
        r.choice(kinds)(r),
        id=f"{agreement}/c{index}",
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
            clause(r, name, i, [id for id in ids if id != f"{name}/c{i}"], rivals=rivals)
            for i in range(r.randint(0, 3))
        )
        found.append((agreement, own))
    return loadable(tuple(found))


def loadable(found: Parts) -> Parts:
    """Without what files may not say: names of nothing, dates that cross."""
    roles = {clause.id: clause.role for _, own in found for clause in own}

    def kept(agreement: Agreement, c: Clause) -> Clause:
        if agreement.from_ is not None:
            c = msgspec.structs.replace(c, from_=agreement.from_, until=None)
        excepts = c.except_of if roles.get(c.except_of or "") == "prohibition" else None
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
            processing_zone=rarely(r, 2, "eu"),
            interfaces=r.choice(INTERFACES),
            offer=rarely(r, 2, "o-1"),
        )
        for provider, kind, host, region in r.sample(PLACES, r.randint(1, 4))
    )
    model = Model(
        name=MODEL,
        publisher="openai",
        released=rarely(r, 2, r.choice(DAYS)),
        open_weights=one_in(r, 3),
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
    )


def instant(r: Random) -> datetime:
    """On a boundary, or a second beside it."""
    return r.choice(DAYS) + timedelta(seconds=r.choice((-1, 0, 0, 1)))


def labels(r: Random) -> Labels:
    """Up to two labels."""
    return labels_of({name: r.choice(LABELS[name]) for name in some(r, sorted(LABELS), 2)})


def question(r: Random, asked: World) -> Question:
    """A question about the world's model, at an instant on or beside a boundary."""
    at = instant(r)
    events = tuple(
        Event(name=name, occurred_at=r.choice(DAYS), recorded_at=r.choice(DAYS))
        for name in some(r, ("agi", "escaped"), 1)
    )
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
    asked = question(r, found)
    if rivals:
        found = msgspec.structs.replace(found, default="permit")
        known = msgspec.structs.replace(asked, known_at=asked.at, providers=None, region=None)
        asked = msgspec.structs.replace(known, interface="stateless_api")
        if one_in(r, 2):
            asked = msgspec.structs.replace(asked, refusals=refusals(r, found))
    return found, parts(r, rivals=rivals), asked


randoms = st.randoms(use_true_random=True)
cases = randoms.map(case)
scopes = randoms.map(scope)
grants = randoms.map(grant)
prohibitions = st.tuples(randoms, st.sampled_from(PROHIBITIONS)).map(
    lambda drawn: drawn[1](drawn[0])
)
