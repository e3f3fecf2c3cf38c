"""What is wrong with policies is found, and what is right is not."""

from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.guardrail import (
    TREATMENTS,
    DataRule,
    DeploymentFacts,
    Policy,
    RiskRule,
)
from detente.canonical.model import Deployment, Model, RetentionMode
from detente.canonical.world import World
from detente.guardrails.checking import (
    STAGES,
    Caller,
    PolicyFinding,
    policy_findings,
    words_for,
)
from detente.guardrails.policy import treatment_of

FINDS = {"email": ("email",), "phone": ("phone",), "secret": ("secret",), "x": ("prompt_attack",)}
CALLERS = (Caller(project="shop", labels=(("data", "confidential"),)), Caller())


def place(
    name: str,
    host: str,
    *,
    model: str = "p/m",
    region: str | None = None,
    retention: RetentionMode | None = None,
) -> Deployment:
    return Deployment(
        id=f"{name}/m",
        model=model,
        provider=name,
        kind="openai",
        upstream_id="m",
        host=host,
        region=region,
        retention=retention,
    )


WORLD = World(
    models=(
        Model(name="p/m", publisher="p"),
        Model(name="p/cloud", publisher="p"),
        Model(name="p/empty", publisher="p"),
    ),
    deployments=(
        place("own", "own", region="home", retention="none"),
        place("azure", "microsoft", region="eu", retention="abuse_monitoring"),
        place("direct", "lab"),
        place("aws", "amazon", model="p/cloud", region="us"),
    ),
)
OWN = DeploymentFacts(hosts=("own",))
EVERYWHERE = DataRule(input="mask")


def found(*data: DataRule, world: World = WORLD, **conditions: tuple[str, ...]) -> list[str]:
    """The codes and places of what is found of one policy."""
    policy = Policy(name="p", data=data, models=conditions.get("models", ()))
    return [f"{one.code} {one.at}" for one in told(policy, world=world)]


def told(*policies: Policy, world: World = WORLD) -> tuple[PolicyFinding, ...]:
    return tuple(policy_findings(policies, world, FINDS, CALLERS))


def test_a_sound_policy_has_no_finding() -> None:
    rules = (
        DataRule(categories=("personal",), deployments=OWN, input="flag"),
        DataRule(categories=("personal",), input="pseudonymise"),
        DataRule(categories=("secrets",), input="block"),
    )
    assert found(*rules) == []
    assert told() == ()


@pytest.mark.parametrize(
    ("policy", "governs"),
    [
        (Policy(name="p", labels=(("data", "confidential"),), data=(EVERYWHERE,)), True),
        (Policy(name="p", labels=(("data", "secret"),), data=(EVERYWHERE,)), False),
        (Policy(name="p", projects=("sh*",), data=(EVERYWHERE,)), True),
        (Policy(name="p", projects=("claims-*",), data=(EVERYWHERE,)), False),
        (Policy(name="p", models=("p/*",), data=(EVERYWHERE,)), True),
        (Policy(name="p", models=("q/*",), data=(EVERYWHERE,)), False),
    ],
)
def test_a_policy_that_governs_nobody(policy: Policy, *, governs: bool) -> None:
    assert [one.code for one in told(policy) if one.code == "E21"] == ([] if governs else ["E21"])


def test_labels_that_tokens_give_may_have_any_value() -> None:
    policy = Policy(name="p", labels=(("data", "secret"),), data=(EVERYWHERE,))
    assert [one.code for one in told(policy)] == ["E21"]
    assert not list(policy_findings((policy,), WORLD, FINDS, CALLERS, frozenset({"data"})))


def test_a_rule_behind_one_that_says_all_of_it() -> None:
    flag = DataRule(categories=("email",), input="flag")
    assert found(EVERYWHERE, flag) == ["E22 ('data', 1)"]
    assert found(flag, EVERYWHERE) == []
    personal = DataRule(categories=("personal",), input="block")
    phone = DataRule(categories=("phone",), input="flag")
    assert found(flag, phone, personal) == ["E22 ('data', 2)"]  # nothing else personal is found
    assert found(DataRule(deployments=OWN, input="flag"), EVERYWHERE) == []
    on_own = DataRule(deployments=OWN, input="flag")
    assert found(on_own, DataRule(deployments=OWN, input="block"), EVERYWHERE) == [
        "E22 ('data', 1)"
    ]


def test_a_rule_that_speaks_of_no_deployment() -> None:
    nowhere = DataRule(deployments=DeploymentFacts(hosts=("lab-*",)), input="flag")
    assert found(nowhere, EVERYWHERE) == ["E22 ('data', 0)"]
    at_own = DataRule(deployments=OWN, input="flag")
    assert found(at_own, EVERYWHERE, models=("p/cloud",)) == ["E22 ('data', 0)"]


def test_a_rule_of_what_nobody_looks_for() -> None:
    iban = DataRule(categories=("iban",), input="block")
    (finding,) = told(Policy(name="p", data=(iban,)))
    assert finding.code == "E22"
    assert "no detector that a policy asks finds `iban`" in finding.message
    email = DataRule(categories=("email",), input="block")
    narrow = Policy(name="p", detectors=("secret",), data=(email,))
    assert [one.code for one in told(narrow)] == ["E22"]
    other = Policy(name="q", detectors=("email",), data=(email,))  # what one finds, all judge
    assert told(narrow, other) == ()


def test_a_rule_without_which_nothing_changes() -> None:
    allowed = DataRule(categories=("personal",), deployments=OWN)
    (finding,) = told(Policy(name="p", data=(allowed,)))
    assert "without it, all of it passes" in finding.message
    assert found(allowed, EVERYWHERE) == []
    assert found(DataRule(categories=("email",), input="mask"), EVERYWHERE) == ["E22 ('data', 0)"]


def test_a_rule_on_risks_behind_one_that_says_all_of_it() -> None:
    block = RiskRule(categories=("hate", "violence"), severity_at_least=2, treatment="block")
    flag = RiskRule(categories=("hate",), severity_at_least=3, treatment="flag")
    mild = RiskRule(categories=("hate",), treatment="flag")
    answers = RiskRule(stages=("output",), treatment="flag")
    anything = RiskRule(treatment="flag")

    def hidden(*risks: RiskRule) -> list[str | int]:
        return [one.at[1] for one in told(Policy(name="p", risks=risks))]

    assert hidden(block, flag) == [1]
    assert hidden(block, mild, anything) == []
    assert hidden(answers, anything, block) == [2]
    assert hidden(block, answers) == []


def test_a_fact_that_nobody_said_lets_data_past_a_strict_rule() -> None:
    barred = DataRule(deployments=DeploymentFacts(regions=("us", "eu")), input="block")
    assert found(barred) == ["E25 ('data', 0)"]
    (finding,) = told(Policy(name="p", data=(barred,)))
    assert "`direct/m`, of which nobody said the region" in finding.message
    assert found(barred, EVERYWHERE, models=("p/m",)) == ["E25 ('data', 0)"]
    assert found(barred, DataRule(input="block", output="mask")) == []  # as strict without it
    elsewhere = DeploymentFacts(hosts=("amazon",), regions=("us",))
    assert found(DataRule(deployments=elsewhere, input="block")) == []  # it is somebody else's
    both = DeploymentFacts(zones=("us",), retention_at_most="full", hosts=("lab",))
    (finding,) = told(Policy(name="p", data=(DataRule(deployments=both, output="mask"),)))
    assert "the processing zone and retention" in finding.message


def test_a_model_without_the_deployment_that_a_policy_wants() -> None:
    own = DataRule(categories=("personal",), deployments=OWN, input="flag")
    block = DataRule(input="block")
    (finding,) = told(Policy(name="p", data=(own, block)))
    assert finding.code == "E23"
    assert "blocks `personal` at every deployment of `p/cloud`" in finding.message
    assert found(own, block, models=("p/m",)) == []
    assert found(block) == []  # that nothing passes is what it says


def test_groups_are_told_by_their_name() -> None:
    assert words_for(["email", "staff", "phone"]) == "`personal`, `staff`"
    assert words_for(["email", "secret"]) == "`email`, `secret`"


CATEGORIES = ("email", "phone", "secret", "made_up")
RULE = st.builds(
    DataRule,
    categories=st.lists(st.sampled_from(("email", "phone", "personal", "secret")), max_size=2).map(
        tuple
    ),
    deployments=st.builds(
        DeploymentFacts,
        hosts=st.sampled_from(((), ("own",), ("microsoft", "amazon"), ("*",))),
        regions=st.sampled_from(((), ("eu", "us"), ("*",))),
        retention_at_most=st.sampled_from((None, None, "none", "full")),
    ),
    input=st.sampled_from(TREATMENTS),
    output=st.sampled_from(TREATMENTS),
)


@given(st.lists(RULE, max_size=4).map(tuple))
def test_without_a_rule_that_never_acts_everything_is_treated_alike(
    rules: tuple[DataRule, ...],
) -> None:
    policy = Policy(name="p", data=rules)
    for finding in told(policy):
        if finding.code != "E22":
            continue
        number = finding.at[1]
        assert isinstance(number, int)
        less = Policy(name="p", data=(*rules[:number], *rules[number + 1 :]))
        for category, deployment, stage in product(CATEGORIES, WORLD.deployments, STAGES):
            before = treatment_of((policy,), category, deployment, stage)
            assert treatment_of((less,), category, deployment, stage) == before


@given(st.lists(RULE, max_size=4).map(tuple))
def test_a_policy_without_a_missing_fact_found_gets_no_stricter_by_any_fact(
    rules: tuple[DataRule, ...],
) -> None:
    policy = Policy(name="p", data=rules)
    if any(finding.code == "E25" for finding in told(policy)):
        return
    direct = next(d for d in WORLD.deployments if d.region is None)
    for region, kept in product(("eu", "us", "elsewhere"), ("none", "full")):
        supplied = msgspec.structs.replace(direct, region=region, retention=kept)
        for category, stage in product(CATEGORIES, STAGES):
            now = treatment_of((policy,), category, direct, stage).treatment
            then = treatment_of((policy,), category, supplied, stage).treatment
            assert TREATMENTS.index(then) <= TREATMENTS.index(now)
