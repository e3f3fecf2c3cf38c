"""What policies say is compiled once for each class of requests."""

import pytest

from detente.canonical.guardrail import DataRule, DeploymentFacts, Policy
from detente.canonical.model import Deployment, Model
from detente.canonical.world import World
from detente.guardrails import rulebook
from detente.guardrails.rulebook import Rulebook

OWN_ONLY = Policy(
    name="own",
    labels=(("data", "confidential"),),
    data=(DataRule(deployments=DeploymentFacts(hosts=("own",))), DataRule(input="block")),
)
FLAG = Policy(name="flag", models=("p/m",), detectors=("email",), data=(DataRule(input="flag"),))
FINDS = {"email": ("email",), "secret": ("secret",)}
CONFIDENTIAL = (("data", "confidential"),)


def deployment(name: str, host: str, spillover: str | None = None) -> Deployment:
    return Deployment(
        id=f"x/{name}",
        model="p/m",
        provider="x",
        kind="openai",
        upstream_id=name,
        host=host,
        spillover=None if spillover is None else f"x/{spillover}",
    )


WORLD = World(
    models=(
        Model(name="p/m", publisher="p"),
        Model(name="p/n", publisher="p", retention_required="full"),
    ),
    deployments=(
        deployment("a", "own", "b"),
        deployment("b", "own", "c"),
        deployment("c", "cloud", "a"),
        deployment("d", "own"),
    ),
)


def test_nobody_governed_costs_nothing_and_says_none() -> None:
    book = Rulebook((OWN_ONLY, FLAG), WORLD, FINDS)
    assert book.governed("p/n") is None
    assert not book.is_empty
    empty = Rulebook((), WORLD, FINDS)
    assert empty.is_empty
    assert empty.governed("p/m") is None


def test_a_class_of_requests_is_compiled_once() -> None:
    book = Rulebook((OWN_ONLY, FLAG), WORLD, FINDS)
    found = book.governed("p/m", "shop", CONFIDENTIAL)
    assert found is not None
    assert found.policies == (OWN_ONLY, FLAG)
    assert found is book.governed("p/m", "shop", CONFIDENTIAL)
    assert found is book.governed("p/m", "office", (*CONFIDENTIAL, ("team", "x")))
    other = book.governed("p/m")
    assert other is not None
    assert other.policies == (FLAG,)
    assert (other.detectors, found.detectors) == ({"email"}, set(FINDS))


def test_overflow_is_followed_to_its_end_and_circles_end() -> None:
    found = Rulebook((OWN_ONLY,), WORLD, FINDS).governed("p/m", None, CONFIDENTIAL)
    assert found is not None
    told = {name: one.of("email", "input").treatment for name, one in found.treatments.items()}
    assert told == {"x/a": "block", "x/b": "block", "x/c": "block", "x/d": "allow"}


def test_duties_are_those_of_the_deployments_that_are_tried() -> None:
    found = Rulebook((OWN_ONLY,), WORLD, FINDS).governed("p/m", None, CONFIDENTIAL)
    assert found is not None
    duties = found.duties_of(("x/d", "x/c", "x/a"))
    assert [duty.deployments for duty in duties] == [("x/d",), ("x/c", "x/a")]
    assert found.treatments["x/a"] is found.treatments["x/b"]


def test_what_a_publisher_has_kept_is_known_of_the_model() -> None:
    rule = DataRule(deployments=DeploymentFacts(retention_at_most="none"))
    policy = Policy(name="zero", data=(rule, DataRule(input="mask")))
    kept = Deployment(
        id="x/n",
        model="p/n",
        provider="x",
        kind="openai",
        upstream_id="n",
        host="x",
        retention="none",
    )
    world = World(models=WORLD.models, deployments=(kept,))
    found = Rulebook((policy,), world, FINDS).governed("p/n")
    assert found is not None
    assert found.treatments["x/n"].of("email", "input").treatment == "mask"


def test_made_up_labels_cost_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "CLASSES_MAX", 4)
    book = Rulebook((FLAG,), WORLD, FINDS)
    for number in range(9):
        found = book.governed("p/m", None, (("made", str(number)),))
        assert found is not None
        assert found.policies == (FLAG,)
    assert len(book._classes) <= 4  # pyright: ignore[reportPrivateUsage] -- the bound is the point


def test_a_remote_detector_is_a_place_of_its_own() -> None:
    """Rules speak of it as of a deployment: by its own facts, and by where it may be passed on."""
    service = Deployment(
        id="s/moderation", model="", provider="s", kind="openai", upstream_id="m", host="cloud"
    )
    remote = {"service": service, "guard": deployment("a", "own", "b"), "unwanted": service}
    finds = {**FINDS, **dict.fromkeys(remote, ("hate",))}
    policy = Policy(
        name="p",
        detectors=("service", "guard"),
        data=(DataRule(deployments=DeploymentFacts(hosts=("own",))), DataRule(input="block")),
    )
    found = Rulebook((policy,), WORLD, finds, remote).governed("p/m")
    assert found is not None
    assert set(found.remote) == {"service", "guard"}
    assert found.remote["service"].of("email", "input").treatment == "block"
    assert found.remote["guard"] is found.treatments["x/a"]  # it spills to what is not its own
    assert found.treatments["x/d"].of("email", "input").treatment == "allow"
    assert found.remote["service"] in found.treatments.values()


def test_who_is_asked_nobody_has_no_remote_places() -> None:
    found = Rulebook((FLAG,), WORLD, FINDS).governed("p/m")
    assert found is not None
    assert found.remote == {}
