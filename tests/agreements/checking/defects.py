"""One defect for each code, injected at random into a clean set.

Each changes a set so that one thing is wrong with it, and tells what a check has to say of it.

>>> DEFECTS["E14"](clean_set(7)).clauses
('horizon/agi',)
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from detente.agreements.moment import in_words
from detente.canonical.drill import DrillReport
from detente.canonical.model import Attestation, Deployment
from tests.agreements.checking.clean_sets import BEGIN, ENDS, ORDERED, CleanSet, changed
from tests.agreements.checking.worlds import day


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a check has to say of an injected defect.

    `clauses` are named by the finding, the first of them where it stands; `place` is the clause
    or agreement where it stands if that is another, `configured` what stands in the
    configuration. A finding of any other code has to be among `implied`. `cited` are clauses
    that the answer to the witness cites, None where no question can show the defect.
    """

    code: str
    clauses: tuple[str, ...] = ()
    place: str | None = None
    configured: tuple[str, ...] = ()
    said: str = ""
    implied: frozenset[str] = frozenset()
    cited: tuple[str, ...] | None = None
    outcomes: frozenset[str] = frozenset()


def overlapping_exclusives(made: CleanSet) -> Expected:
    """E01: for some weeks, two hosts alone may carry a model."""
    model = made.of_role("plain").name
    first, second, *_ = made.deployments_of(model)
    since = made.days(ORDERED, 10, 300)
    for id, d, begins, lasts in (("one", first, since, 40), ("two", second, since, 30)):
        _exclusive(made, id, d, begins + timedelta(days=5 * (id == "two")), lasts)
    return Expected(
        code="E01",
        clauses=("one/api", "two/api"),
        implied=frozenset(("E02", "E03")),
        cited=("one/api", "two/api"),
        outcomes=frozenset(("conflict",)),
    )


def inside_exclusive(made: CleanSet) -> Expected:
    """E02: an exclusive of what others were granted."""
    model = made.of_role("plain").name
    holder, other, *_ = made.deployments_of(model)
    _exclusive(made, "one", holder, made.days(ORDERED, 10, 300), 40)
    name = f"{other.provider}-terms/use-{other.id.partition('/')[2]}"
    return Expected(code="E02", clauses=(name, "one/api"), cited=("one/api",))


def no_deployment(made: CleanSet) -> Expected:
    """E03: a model is forbidden to all, for some weeks."""
    since = made.days(ORDERED, 10, 300)
    model = made.of_role(made.chance.choice(("plain", "kept", "hold"))).name
    clause = {
        "id": "pause",
        "type": "forbid",
        "scope": {"model": model},
        "from": since,
        "until": since + timedelta(days=20),
    }
    made.agreement("regulator", clause)
    return Expected(
        code="E03",
        clauses=("regulator/pause",),
        said=model,
        cited=("regulator/pause",),
        outcomes=frozenset(("deny",)),
    )


def expired_grant(made: CleanSet) -> Expected:
    """E04: a grant ends, its listing does not."""
    model = made.of_role(made.chance.choice(("plain", "kept"))).name
    d = made.deployments_of(model)[1]
    name = d.id.partition("/")[2]
    grant, listing = (f"{d.provider}-terms/{kind}-{name}" for kind in ("use", "list"))
    ended = made.clause(grant)["until"] = made.days(ORDERED, 100, 700)
    return Expected(
        code="E04",
        clauses=(grant, listing),
        said=in_words(ended),
        cited=(),
        outcomes=frozenset(("deny",)),
    )


def successor_gap(made: CleanSet) -> Expected:
    """E05: last year's agreement ends some days before this year's begins."""
    names = [n for n in made.agreements if n.endswith("-2025")]
    old = made.chance.choice(sorted(names))
    made.agreements[old]["until"] = made.days(ORDERED, -60, -1)
    new = old.replace("2025", "2026")
    return Expected(code="E05", clauses=(f"{old}/faith",), place=new, cited=None)


def unburnable(made: CleanSet) -> Expected:
    """E06: a commitment to more than all forecast use costs."""
    id, commit = made.chance.choice(made.clauses("commit"))
    commit["amount"] = 10**10 + made.chance.randint(0, 10**10)
    return Expected(code="E06", clauses=(id,), said="USD", cited=())


def counted_twice(made: CleanSet) -> Expected:
    """E07: a reseller's commitment counts what is spent at another's host."""
    id, commit = made.chance.choice(made.clauses("commit"))
    clause = {"id": "volume", "type": "commit", "amount": 10, "eligible": commit["eligible"]}
    since = made.days(ORDERED, 0, 300)
    made.agreement("reseller", clause, **{"from": since, "until": since + timedelta(days=365)})
    return Expected(
        code="E07",
        clauses=(min(id, "reseller/volume"), max(id, "reseller/volume")),
        cited=(),
        outcomes=frozenset(("allow", "deny")),
    )


def undischargeable(made: CleanSet) -> Expected:
    """E08: a first refusal without signals, or that leaves silence open."""
    id, clause = made.chance.choice(made.clauses("first_refusal"))
    key = made.chance.choice(("signals", "respond_within", "default"))
    del clause[key]
    return Expected(code="E08", clauses=(id,), said=f"`{key}`", cited=(id,))


def deadlock(made: CleanSet) -> Expected:
    """E09: an exclusive closes what a first refusal promises, or two wait for each other."""
    id, refusal = made.chance.choice(made.clauses("first_refusal"))
    other = made.deployments_of(refusal["scope"]["model"])[1]
    if made.chance.random() < 0.5:
        _exclusive(made, "one", other, made.days(ORDERED, 10, 300), 40)
        return Expected(
            code="E09",
            clauses=(id, "one/api"),
            implied=frozenset(("E02",)),
            cited=("one/api",),
        )
    twin = {**refusal, "id": "twin", "holder": f"provider:{other.provider}"}
    made.agreement("second", twin, **{"from": made.days(ORDERED, 10, 300)})
    return Expected(
        code="E09",
        clauses=(id, "second/twin"),
        implied=frozenset(("E03",)),
        cited=(id, "second/twin"),
        outcomes=frozenset(("conflict", "deny")),
    )


def unmet_demand(made: CleanSet) -> Expected:
    """E10: what nobody offers is demanded."""
    id, key, value = made.chance.choice(
        [
            ("house/europe", "process", "mars"),
            ("house/europe", "store", ["moon-*"]),
            ("house/soc2", "document", "fedramp_high"),
        ]
    )
    made.clause(id)[key] = value
    return Expected(code="E10", clauses=(id,), cited=(id,), outcomes=frozenset(("deny",)))


def spill(made: CleanSet) -> Expected:
    """E11: overflow may leave, or is sent, where it must not."""
    id, capacity = made.chance.choice(made.clauses("capacity"))
    far = made.deployments_of(capacity["scope"]["model"])[1]
    if made.chance.random() < 0.5:
        capacity["spill_to"] = [f"provider:{far.provider}"]
    if made.chance.random() < 0.5 or "spill_to" not in capacity:
        del capacity["spill_zone"]
    return Expected(code="E11", clauses=(id,), cited=())


def lapse(made: CleanSet) -> Expected:
    """E12: a document expires within the term for which it is demanded."""
    demand = made.clause("house/soc2")
    model = made.chance.choice(demand["scope"]["model"])
    d = made.chance.choice(made.deployments_of(model)[:2])
    expires = made.days(ORDERED, 30, 600)
    if made.chance.random() < 0.5:
        made.deployments[d.id] = changed(d, attestations=(_soc2(expires),))
        clauses: tuple[str, ...] = ("house/soc2",)
    else:
        made.deployments[d.id] = changed(d, attestations=())
        offer = {
            "id": "report",
            "type": "attest",
            "offered": True,
            "document": "soc2",
            "scope": {"provider": d.provider, "model": d.model},
            "expires": expires,
        }
        made.agreement("auditor", offer)
        clauses = ("house/soc2", "auditor/report")
    return Expected(code="E12", clauses=clauses, said=in_words(expires), cited=("house/soc2",))


def outliving_hold(made: CleanSet) -> Expected:
    """E13: a follower waits until after its last listing has ended.

    Where the host carried nothing else, nothing is left to spend there.
    """
    id, hold = made.chance.choice(made.clauses("hold"))
    follower = made.deployments_of(hold["scope"]["model"])[1]
    listing = f"{follower.provider}-terms/list-{follower.id.partition('/')[2]}"
    since: datetime = made.clause(listing)["from"]
    lasts = made.chance.randint(20, 200)
    made.clause(listing)["until"] = since + timedelta(days=lasts)
    hold["lag_days"] = lasts + made.chance.randint(0, 100)
    return Expected(
        code="E13",
        clauses=(id, listing),
        said=in_words(since + timedelta(days=lasts)),
        implied=frozenset(("E06",)),
        cited=(id,),
        outcomes=frozenset(("deny",)),
    )


def unverified(made: CleanSet) -> Expected:
    """E14: a threshold loses its verifier."""
    id, threshold = made.chance.choice(made.clauses("threshold"))
    del threshold["verified_by"]
    return Expected(code="E14", clauses=(id,), said="`agi`", cited=(id,))


def uncapped(made: CleanSet) -> Expected:
    """E15: a cap without its period, or a period without its cap."""
    id, share = made.chance.choice(made.clauses("revenue_share"))
    del share[made.chance.choice(("cap", "cap_basis"))]
    return Expected(code="E15", clauses=(id,))


def price_mismatch(made: CleanSet) -> Expected:
    """E16: prices with a gap, an overlap, or in another currency."""
    prices = [id for id, _ in made.clauses("price") if id.endswith("/early")]
    early = made.chance.choice(prices)
    late = early.replace("/early", "/late")
    match made.chance.choice(("gap", "overlap", "currency")):
        case "gap":
            made.clause(late)["from"] += timedelta(days=made.chance.randint(1, 60))
            said = "no price between"
        case "overlap":
            made.clause(late)["from"] -= timedelta(days=made.chance.randint(1, 25))
            said = "different prices"
        case _:
            made.clause(late)["currency"] = "EUR"
            return Expected(code="E16", clauses=(late,), said="usd_per_unit")
    return Expected(code="E16", clauses=(early, late), said=said)


def cycle(made: CleanSet) -> Expected:
    """E17: agreements that supersede, or clauses that amend, each other."""
    if made.chance.random() < 0.5:
        for id, other in (("one", "two"), ("two", "three"), ("three", "one")):
            made.agreement(id, _faith("faith"), supersedes=other, parties=["shop"])
        return Expected(
            code="E17",
            clauses=("one/faith", "three/faith", "two/faith"),
            place="one",
            said="circle",
        )
    made.agreement("one", _faith("x") | {"amends": "two/y"}, parties=["shop"])
    made.agreement("two", _faith("y") | {"amends": "one/x"}, parties=["shop"])
    return Expected(code="E17", clauses=("one/x", "two/y"), said="circle")


def mandated(made: CleanSet) -> Expected:
    """E18: zero retention of a model whose publisher requires more."""
    model = made.of_role("kept").name
    made.agreement(
        "policy",
        {
            "id": "zero",
            "type": "retention",
            "mode": made.chance.choice(("none", "flagged_only")),
            "scope": {"model": model, "labels": {"data": "health"}},
        },
    )
    return Expected(code="E18", clauses=("policy/zero",), said=model, cited=("policy/zero",))


def shared_host(made: CleanSet) -> Expected:
    """E19: a second provider on the machines of one that is there."""
    d = made.chance.choice(list(made.deployments.values()))
    again = changed(
        d, id=f"{d.provider}-too/{d.id.partition('/')[2]}", provider=f"{d.provider}-too"
    )
    made.deployments[again.id] = again
    return Expected(code="E19", configured=("providers", again.provider), said=f"`{d.host}`")


def long_notice(made: CleanSet) -> Expected:
    """E20: a drill shows that leaving takes seconds."""
    id, _ = made.chance.choice(made.clauses("term"))
    provider = id.partition("-")[0]
    host = next(d.host for d in made.deployments.values() if d.provider == provider)
    made.drills.append(
        DrillReport(
            without=made.chance.choice((f"provider:{provider}", f"host:{host}")),
            at=day("2026-03-01"),
            mode="live",
            requests=50,
            moved=50,
            failed=0,
            exit_takes_s=made.chance.uniform(0.5, 3_600),
        )
    )
    return Expected(code="E20", clauses=(id,), said="days of notice")


DEFECTS: Final[dict[str, Callable[[CleanSet], Expected]]] = {
    "E01": overlapping_exclusives,
    "E02": inside_exclusive,
    "E03": no_deployment,
    "E04": expired_grant,
    "E05": successor_gap,
    "E06": unburnable,
    "E07": counted_twice,
    "E08": undischargeable,
    "E09": deadlock,
    "E10": unmet_demand,
    "E11": spill,
    "E12": lapse,
    "E13": outliving_hold,
    "E14": unverified,
    "E15": uncapped,
    "E16": price_mismatch,
    "E17": cycle,
    "E18": mandated,
    "E19": shared_host,
    "E20": long_notice,
}
"""An injector for every code."""


def _exclusive(made: CleanSet, id: str, d: Deployment, since: datetime, days: int) -> None:
    """An agreement by which, for so many days, only the deployment's host may carry its model."""
    clause: dict[str, Any] = {
        "id": "api",
        "type": "exclusive",
        "holder": f"host:{d.host}",
        "scope": {"model": d.model},
    }
    made.agreement(id, clause, **{"from": since, "until": since + timedelta(days=days)})


def _faith(id: str) -> dict[str, Any]:
    return {"id": id, "type": "covenant", "party": "shop", "text": "In good faith."}


def _soc2(expires: datetime) -> Attestation:
    assert BEGIN < expires < ENDS
    return Attestation(name="soc2", expires=expires)
