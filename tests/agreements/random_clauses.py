"""Random clauses of every type: few names and few days, so that they meet.

All draw from a `Random`. Which agreement a clause stands in, and what it refers to, is for
`strategies` to say.

>>> exclusive(Random(1)).type
'exclusive'
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final, TypeVar

import msgspec

from detente.agreements.clause import Clause
from detente.agreements.clauses.attest import Attest
from detente.agreements.clauses.capacity import Capacity
from detente.agreements.clauses.commit import Commit
from detente.agreements.clauses.covenant import Covenant
from detente.agreements.clauses.discount import Discount
from detente.agreements.clauses.exclusive import CarveOut, Exclusive
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.clauses.forbid import Forbid
from detente.agreements.clauses.grant import Grant
from detente.agreements.clauses.hold import Hold
from detente.agreements.clauses.listing import Listing
from detente.agreements.clauses.prefer import Prefer
from detente.agreements.clauses.price import Price
from detente.agreements.clauses.residency import Residency
from detente.agreements.clauses.retention import Retention
from detente.agreements.clauses.revenue_share import RevenueShare
from detente.agreements.clauses.term import Term
from detente.agreements.clauses.threshold import Threshold
from detente.agreements.moment import Between, Moment
from detente.agreements.scope import Scope
from detente.canonical.failure import RefusalSignal
from detente.canonical.model import RETENTION_MODES, Interface

T = TypeVar("T")
Kind = Callable[[Random], Clause]

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


def threshold(r: Random) -> Clause:
    """A threshold that closes or opens."""
    return Threshold(
        id="x",
        event=r.choice(("agi", "escaped")),
        party=r.choice(HOLDERS),
        declared_by=rarely(r, 3, r.choice(("board", ("board", "panel")))),
        verified_by=rarely(r, 2, r.choice(("panel", ("panel", "court")))),
        affects=r.choice(("released_after", "all")),
        effect=r.choice(("closes", "opens")),
    )


ZONES: Final = (("eu",), ("eu", "eu-*"), ("eu-?",), ("*",), ("us", "eu"))


def residency(r: Random) -> Clause:
    """A demand for zones."""
    which = r.choice(("process", "store", "both"))
    return Residency(
        id="x",
        process=None if which == "store" else r.choice(ZONES),
        store=None if which == "process" else r.choice(ZONES),
    )


def residency_offered(r: Random) -> Clause:
    """An offer of zones."""
    return msgspec.structs.replace(residency(r), offered=True)


def retention(r: Random) -> Clause:
    """A demand, now and then an offer."""
    return Retention(id="x", mode=r.choice(RETENTION_MODES))


def retention_offered(r: Random) -> Clause:
    """An offer to keep no more."""
    return Retention(id="x", mode=r.choice(RETENTION_MODES), offered=True)


def attest(r: Random) -> Clause:
    """A demand for a document."""
    return Attest(id="x", document=r.choice(("soc2", "baa")))


def attest_offered(r: Random) -> Clause:
    """A document offered, now and then one that expires."""
    document, expires = r.choice(("soc2", "baa")), rarely(r, 2, r.choice(DAYS))
    return Attest(id="x", document=document, offered=True, expires=expires)


def capacity(r: Random) -> Clause:
    """Provisioned capacity, often with bounds to its overflow."""
    return Capacity(
        id="x",
        size=Decimal(1),
        unit="ptu",
        spill_to=rarely(r, 2, tuple(some(r, HOLDERS, 2))),
        spill_zone=rarely(r, 2, r.choice(ZONES)),
    )


def commit(r: Random) -> Clause:
    """A commitment, now and then to be taken elsewhere than in its scope."""
    return Commit(id="x", amount=Decimal(1), eligible=rarely(r, 3, scope(r)))


def prefer(r: Random) -> Clause:
    """A preference for up to three holders."""
    return Prefer(id="x", order=tuple(some(r, HOLDERS, 3)) or ("host:microsoft",))


def term(r: Random) -> Clause:
    """A clause that decides nothing, of one of five types."""
    return r.choice(
        (
            Price(id="x", meter="input", amount=Decimal(1)),
            Discount(id="x", percent=Decimal(5)),
            RevenueShare(id="x", payer="openai", payee="microsoft", rate=Decimal(20)),
            Covenant(id="x", party="microsoft", text="good faith"),
            Term(id="x", notice_days=90),
        )
    )


PROHIBITIONS: Final[tuple[Kind, ...]] = (
    *(exclusive, first_refusal, hold, forbid, threshold),
    *(residency, retention, attest, capacity),
)
OFFERINGS: Final[tuple[Kind, ...]] = (residency_offered, retention_offered, attest_offered)
RIVALS: Final[tuple[Kind, ...]] = (exclusive, exclusive, first_refusal, first_refusal, grant)
PERMITTING: Final[tuple[Kind, ...]] = (grant, grant, listing, listing)
RESERVING: Final[tuple[Kind, ...]] = (exclusive, exclusive, first_refusal, first_refusal, hold)
PLACING: Final[tuple[Kind, ...]] = (capacity, commit, prefer, prefer)
DEMANDING: Final[tuple[Kind, ...]] = (residency, retention, attest, *OFFERINGS)
KINDS: Final[tuple[tuple[Kind, ...], ...]] = (
    (*PERMITTING, *RESERVING),
    (*PERMITTING, *RESERVING, forbid, threshold),
    (*PERMITTING, *DEMANDING),
    (*PLACING, *PLACING, first_refusal, exclusive, grant, listing),
    (*PERMITTING, *RESERVING, *PLACING, *DEMANDING, threshold, term),
)
"""Which types are drawn from together; in a set of few clauses, few types meet often."""
