"""Who is governed, which rule decides, and that nothing makes policies together milder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.guardrail import (
    GROUPS,
    TREATMENTS,
    DataRule,
    DeploymentFacts,
    Policy,
    Stage,
    Treatment,
)
from detente.canonical.model import Deployment, RetentionMode
from detente.guardrails.policy import (
    ALLOWED,
    Applied,
    bounds_of,
    compiled,
    facts_hold,
    governing,
    treatment_of,
    wanted,
)


def place(
    provider: str = "cloud",
    *,
    host: str = "cloud",
    region: str | None = None,
    zone: str | None = None,
    retention: RetentionMode | None = None,
) -> Deployment:
    return Deployment(
        id=f"{provider}/m",
        model="p/m",
        provider=provider,
        kind="openai",
        upstream_id="m",
        host=host,
        region=region,
        processing_zone=zone,
        retention=retention,
    )


OWN = place("own", host="own", retention="none")
CLOUD = place("cloud", retention="abuse_monitoring")


@pytest.mark.parametrize(
    ("policy", "governs"),
    [
        (Policy(name="p"), True),
        (Policy(name="p", labels=(("data", "confidential"),)), True),
        (Policy(name="p", labels=(("data", "public"),)), False),
        (Policy(name="p", labels=(("data", "confidential"), ("team", "x"))), False),
        (Policy(name="p", projects=("shop",)), True),
        (Policy(name="p", projects=("sh*", "x")), True),
        (Policy(name="p", projects=("sh?p",)), False),  # `*` is the only sign
        (Policy(name="p", projects=("sh[o]p",)), False),
        (Policy(name="p", models=("openai/*",)), True),
        (Policy(name="p", models=("anthropic/*",)), False),
        (Policy(name="p", projects=("shop",), models=("anthropic/*",)), False),
    ],
)
def test_a_policy_governs_where_every_condition_holds(policy: Policy, *, governs: bool) -> None:
    labels = (("data", "confidential"), ("region", "eu"))
    found = governing((policy,), model="openai/gpt", project="shop", labels=labels)
    assert found == ((policy,) if governs else ())


def test_a_caller_without_a_project_is_of_none() -> None:
    policy = Policy(name="p", projects=("*",))
    assert governing((policy,), model="m/m", project=None, labels=()) == ()


@pytest.mark.parametrize(
    ("facts", "deployment", "holds"),
    [
        (DeploymentFacts(), place(), True),
        (DeploymentFacts(hosts=("own", "lab-*")), OWN, True),
        (DeploymentFacts(hosts=("lab-*",)), OWN, False),
        (DeploymentFacts(providers=("own",), hosts=("cloud",)), OWN, False),
        (DeploymentFacts(regions=("*",)), place(), False),  # a fact that is missing fits nothing
        (DeploymentFacts(regions=("eu-*",)), place(region="eu-central-1"), True),
        (DeploymentFacts(zones=("eu",)), place(zone="eu"), True),
        (DeploymentFacts(zones=("eu",)), place(region="eu"), False),
        (DeploymentFacts(retention_at_most="full"), place(), False),
        (DeploymentFacts(retention_at_most="flagged_only"), place(retention="none"), True),
        (DeploymentFacts(retention_at_most="flagged_only"), CLOUD, False),
        (DeploymentFacts(retention_at_most="abuse_monitoring"), CLOUD, True),
    ],
)
def test_facts_hold_where_each_is_known_and_fits(
    facts: DeploymentFacts, deployment: Deployment, *, holds: bool
) -> None:
    assert facts_hold(facts, deployment) is holds


def test_what_a_publisher_has_kept_counts_whatever_is_configured() -> None:
    facts = DeploymentFacts(retention_at_most="none")
    assert facts_hold(facts, OWN)
    assert not facts_hold(facts, OWN, "abuse_monitoring")
    policy = Policy(name="p", data=(DataRule(deployments=facts), DataRule(input="block")))
    assert compiled((policy,), OWN).of("email", "input") == ALLOWED
    kept = compiled((policy,), OWN, required="abuse_monitoring")
    assert kept.of("email", "input").treatment == "block"


RULES = (
    DataRule(categories=("personal",), deployments=DeploymentFacts(hosts=("own",)), input="flag"),
    DataRule(categories=("email",), input="pseudonymise", output="mask", look_alike=True),
    DataRule(categories=("personal",), input="mask"),
    DataRule(categories=("secrets",), input="block", output="block"),
)
POLICY = Policy(name="p", data=RULES)


@pytest.mark.parametrize(
    ("category", "deployment", "stage", "treatment"),
    [
        ("email", OWN, "input", "flag"),
        ("email", OWN, "output", "allow"),
        ("email", CLOUD, "input", "pseudonymise"),
        ("email", CLOUD, "output", "mask"),
        ("phone", CLOUD, "input", "mask"),
        ("secret", CLOUD, "output", "block"),
        ("staff_number", CLOUD, "input", "allow"),  # no rule speaks of it
    ],
)
def test_the_first_rule_that_speaks_of_both_decides(
    category: str, deployment: Deployment, stage: Stage, treatment: Treatment
) -> None:
    found = treatment_of((POLICY,), category, deployment, stage)
    assert found.treatment == treatment
    assert found.policy == ("" if treatment == "allow" else "p")
    assert compiled((POLICY,), deployment).of(category, stage) == found


def test_a_look_alike_is_a_way_to_pseudonymise() -> None:
    assert treatment_of((POLICY,), "email", CLOUD, "input").look_alike
    assert not treatment_of((POLICY,), "email", CLOUD, "output").look_alike


def test_of_several_policies_the_strictest_counts_and_the_first_of_equals() -> None:
    mild = Policy(name="mild", data=(DataRule(input="flag", output="mask"),))
    strict = Policy(name="strict", data=(DataRule(input="block", output="mask"),))
    for several in ((mild, strict), (strict, mild)):
        assert treatment_of(several, "email", CLOUD, "input").policy == "strict"
        assert treatment_of(several, "email", CLOUD, "output").policy == several[0].name


def test_rules_on_data_never_speak_of_content_risks() -> None:
    policy = Policy(name="p", data=(DataRule(input="block", output="block"),))
    for stage in ("input", "output"):
        assert treatment_of((policy,), "prompt_attack", CLOUD, stage) == ALLOWED
        assert compiled((policy,), CLOUD).of("prompt_attack", stage) == ALLOWED
        assert compiled((policy,), CLOUD).of("made_up", stage).treatment == "block"


def test_where_a_platform_passes_requests_on_the_stricter_of_both_counts() -> None:
    eu = DataRule(deployments=DeploymentFacts(zones=("eu",)), input="allow", output="mask")
    policy = Policy(name="p", data=(eu, DataRule(input="block")))
    here, there = place(zone="eu"), place(zone="global")
    assert compiled((policy,), here).of("email", "input").treatment == "allow"
    spilling = compiled((policy,), here, spills_to=(there,))
    assert spilling.of("email", "input").treatment == "block"
    assert spilling.of("email", "output").treatment == "mask"


def test_bounds_are_the_strictest_and_the_shortest() -> None:
    mild = Policy(
        name="a",
        on_failure="flag",
        on_unread="allow",
        on_kept_history="remember",
        timeout_ms=10,
        output_delay_ms=900,
    )
    strict = Policy(name="b", timeout_ms=20, output_delay_ms=5)
    both = bounds_of((mild, strict))
    assert (both.on_failure, both.on_unread, both.on_kept_history) == ("block", "block", "refuse")
    assert (both.timeout_ms, both.output_delay_ms) == (10, 5)
    alone = bounds_of((mild,))
    assert (alone.on_failure, alone.on_unread, alone.on_kept_history) == (
        "flag",
        "allow",
        "remember",
    )


def test_detectors_are_named_or_come_with_the_group_of_what_they_find() -> None:
    finds = {"email": ("email",), "secret": ("secret",), "staff": ("person",), "ref": ("ref_no",)}
    assert wanted((Policy(name="p"),), finds) == set(finds)
    assert wanted((Policy(name="p", detectors=("ref",)),), finds) == {"ref"}
    several = (Policy(name="p", detectors=("ref",)), Policy(name="q", detectors=("personal",)))
    assert wanted(several, finds) == {"ref", "email", "staff"}
    assert wanted((*several, Policy(name="all")), finds) == set(finds)


CATEGORIES = ("email", "phone", "secret", "staff_number")
WORDS = st.sampled_from((*CATEGORIES, *GROUPS))
TREATMENT = st.sampled_from(TREATMENTS)
RULE = st.builds(
    DataRule,
    categories=st.lists(WORDS, max_size=2).map(tuple),
    deployments=st.builds(
        DeploymentFacts,
        hosts=st.sampled_from(((), ("own",), ("*",))),
        retention_at_most=st.sampled_from((None, "none", "full")),
    ),
    input=TREATMENT,
    output=TREATMENT,
    look_alike=st.booleans(),
)
POLICIES = st.lists(
    st.builds(Policy, name=st.sampled_from("abc"), data=st.lists(RULE, max_size=4).map(tuple)),
    max_size=3,
).map(tuple)
STAGE: st.SearchStrategy[Stage] = st.sampled_from(("input", "output"))


@given(POLICIES, st.sampled_from(CATEGORIES), st.sampled_from((OWN, CLOUD)), STAGE)
def test_what_is_compiled_is_what_is_asked(
    policies: tuple[Policy, ...], category: str, deployment: Deployment, stage: Stage
) -> None:
    found = compiled(policies, deployment).of(category, stage)
    assert found == treatment_of(policies, category, deployment, stage)


@given(POLICIES, POLICIES, st.sampled_from(CATEGORIES), st.sampled_from((OWN, CLOUD)), STAGE)
def test_another_policy_never_makes_it_milder(
    some: tuple[Policy, ...],
    more: tuple[Policy, ...],
    category: str,
    deployment: Deployment,
    stage: Stage,
) -> None:
    def rank(found: Applied) -> int:
        return TREATMENTS.index(found.treatment)

    alone = treatment_of(some, category, deployment, stage)
    assert rank(treatment_of((*some, *more), category, deployment, stage)) >= rank(alone)
