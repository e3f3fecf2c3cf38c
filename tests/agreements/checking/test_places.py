"""Which deployments and callers scopes and holders speak of."""

import msgspec
import pytest

from detente.agreements.checking.domain import Caller
from detente.agreements.checking.places import (
    Places,
    belongs,
    caller_in,
    interfaces_in,
    is_name,
    within,
)
from detente.agreements.matching import speaks_of_caller, speaks_of_place
from detente.agreements.scope import Scope
from detente.canonical.question import Question, labels_of
from tests.agreements.checking.worlds import day, place, world

WORLD = world(
    msgspec.structs.replace(place("north", "big", region="n-1"), processing_zone="eu", tier="flex"),
    place("south", "big", model="lab/two", interfaces=("embedding",)),
    place("west", "small", model="other/three"),
)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), ("north", "south", "west")),
        (Scope(publisher="lab"), ("north", "south")),
        (Scope(model="lab/one"), ("north",)),
        (Scope(model=("lab/*", "nothing")), ("north", "south")),
        (Scope(model="nothing"), ()),
        (Scope(host="b*"), ("north", "south")),
        (Scope(region="n-?"), ("north",)),
        (Scope(zone="eu"), ("north",)),
        (Scope(tier="flex"), ("north",)),
        (Scope(provider=("provider:west", "north")), ("north", "west")),
        (Scope(provider="kind:openai_compatible"), ("north", "south", "west")),
        (Scope(provider="kind:azure"), ()),
        (Scope(interface="embedding"), ("south",)),
        (Scope(project="a", labels={"x": "y"}), ("north", "south", "west")),
    ],
)
def test_a_scope_s_deployments_are_those_that_the_evaluator_is_sure_of(
    scope: Scope, expected: tuple[str, ...]
) -> None:
    places = Places(WORLD)
    assert tuple(d.provider for d in places.of(scope)) == expected
    for deployment in WORLD.deployments:
        sure = any(
            speaks_of_place(
                scope,
                places.models[deployment.model],
                Question(
                    model=deployment.model,
                    at=day("2026-01-01"),
                    known_at=day("2026-01-01"),
                    interface=interface,
                ),
                deployment,
            )
            is True
            for interface in deployment.interfaces
        )
        assert sure == (deployment.provider in expected)


def test_holders() -> None:
    north = WORLD.deployments[0]
    assert belongs(north, "big")
    assert belongs(north, ("host:none", "host:big"))
    assert belongs(north, "provider:north")
    assert belongs(north, "kind:openai_compatible")
    assert not belongs(north, ("host:north", "provider:big", "kind:big"))


def test_zones_interfaces_and_names() -> None:
    assert within("eu-west", ("us", "eu-*"))
    assert not within(None, "*")
    assert interfaces_in(Scope(interface="embedding"), WORLD.deployments[0]) == ()
    assert interfaces_in(Scope(), WORLD.deployments[1]) == ("embedding",)
    assert is_name("lab/one")
    assert not is_name("lab/*")
    assert not is_name("lab/on?")


def test_a_caller_of_whom_all_scopes_speak() -> None:
    scopes = (
        Scope(project=("shop-*", "other"), labels={"data": ("a", "b")}),
        Scope(project="*-eu", labels={"data": "b", "team": "x"}),
    )
    caller = caller_in(*scopes)
    assert caller is not None
    question = Question(
        model="lab/one",
        at=day("2026-01-01"),
        known_at=day("2026-01-01"),
        project=caller.project,
        labels=caller.labels,
    )
    assert all(speaks_of_caller(scope, question, question.labels) for scope in scopes)


def test_nobody_is_two_callers_at_once() -> None:
    assert caller_in(Scope(project="a"), Scope(project="b")) is None
    assert caller_in(Scope(labels={"x": "1"}), Scope(labels={"x": "2"})) is None
    assert caller_in() == Caller()


def test_enrolled_callers() -> None:
    assert caller_in(Scope(), enrolments=("b", "a")) == Caller(
        labels=labels_of({"enrolled": "a b"})
    )
