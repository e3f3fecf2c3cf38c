"""Why a request failed: the clause with its words, the missing deployment, the nearest change."""

from datetime import UTC, datetime

from detente.agreements import load
from detente.canonical.decision import Decision, Reason, Verdict
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question
from detente.canonical.world import World
from detente.replay.blame import cause_of, grouped
from detente.replay.evidence import Cause
from detente.replay.terms import Terms

AGREEMENTS = load(
    [
        (
            "a.toml",
            b"""
id = "a"
title = "One cloud"
parties = ["x", "y"]
from = 2020-01-01
recorded_at = 2020-01-01
source = "the test's own"

[[clause]]
id = "only"
type = "exclusive"
holder = "host:one"
until = 2027-06-01
quote = "the sole cloud"
""",
        )
    ]
)
AT = datetime(2026, 1, 1, tzinfo=UTC)
ONLY = Reason(rule="exclusive", text="only one", clause="a/only", change="from 2027-01-01")
NO_GRANT = Reason(rule="no_grant", text="no grant", change="with a grant")
NARROWED = Reason(rule="narrowed", text="the request named others")


def denied(deployment: str, *reasons: Reason) -> Verdict:
    return Verdict(deployment=deployment, outcome="deny", reasons=reasons)


def place(provider: str, host: str = "elsewhere") -> Deployment:
    return Deployment(
        id=f"{provider}/m", model="a/m", provider=provider, kind="k", upstream_id="m", host=host
    )


def cause(
    *verdicts: Verdict, met: dict[str, str] | None = None, places: tuple[Deployment, ...] = ()
) -> Cause:
    decision = Decision(id="d", outcome="allow", order=(), verdicts=verdicts)
    world = World(
        models=(Model(name="a/m", publisher="a"),), deployments=(place("gone", "one"), *places)
    )
    terms = Terms(world=world, agreements=AGREEMENTS, without="provider:gone")
    question = Question(model="a/m", at=AT, known_at=AT)
    return cause_of(decision, question, met=met or {}, terms=terms)


GONE = Verdict(deployment="gone/m", outcome="allow")


def test_the_clause_and_its_words() -> None:
    found = cause(GONE, denied("two/m", ONLY))
    assert found.text == "`a/m` has no other deployment that may serve it: `a/only`"
    assert found.change == "from 2027-01-01, at `two/m`"
    assert (found.clauses, found.obstacles[0].quote) == (("a/only",), "the sole cloud")


def test_a_missing_deployment() -> None:
    found = cause(GONE)
    assert found.text == "`a/m` has no other deployment"
    assert found.change == "with a deployment of `a/m` elsewhere"
    assert found.obstacles == ()


def test_everything_has_to_turn_and_the_nearest_comes_first() -> None:
    found = cause(denied("three/m", ONLY, NO_GRANT), denied("two/m", ONLY), GONE)
    assert [o.deployment for o in found.obstacles] == ["two/m", "three/m", "three/m"]
    assert found.change == "from 2027-01-01, at `two/m`"
    both = cause(denied("three/m", ONLY, NO_GRANT))
    assert both.change == "from 2027-01-01 and with a grant, at `three/m`"


def test_where_one_reason_cannot_turn_nothing_is_promised() -> None:
    assert cause(denied("two/m", ONLY, NARROWED)).change is None


def test_who_was_asked_and_failed_as_well() -> None:
    found = cause(Verdict(deployment="two/m", outcome="allow"), met={"two/m": "429"})
    assert found.obstacles[0].rule == "failed"
    assert "`429`" in found.text
    assert found.change == "once it serves again, at `two/m`"


def test_who_was_allowed_and_never_asked() -> None:
    found = cause(Verdict(deployment="two/m", outcome="allow"))
    assert found.obstacles[0].rule == "untried"
    assert "limits.attempts_max" in (found.change or "")


def test_groups_stand_worst_first_with_whose_they_were() -> None:
    rare, often = cause(GONE), cause(GONE, denied("two/m", ONLY))
    found = grouped({rare: 2, often: 40}, {often: {"shop", "desk"}})
    assert [(each.requests, each.projects) for each in found] == [(40, ("desk", "shop")), (2, ())]


def test_the_nearest_change_is_the_agreements_own_where_they_know_one() -> None:
    found = cause(GONE, denied("two/m", ONLY), places=(place("two"),))
    assert found.change == "from 2027-06-01"
