"""Which policies govern a request, and what they make of what is found, deployment by deployment.

What the words of a policy mean (`canonical.guardrail`), exactly:

- A policy *governs* a request where its caller has all of `labels`, is of one of `projects` and
  asks for one of `models`; what is left out is no condition, and a caller without a project is of
  none. Labels that come with the request itself count as well: another policy can only restrict.
- A *rule* speaks of a category where it names the category or its group, or none; and of a
  deployment where every fact that it gives is known of the deployment and fits. A fact that nobody
  supplied fits nothing.
- The *first* rule of a policy that speaks of both decides; where none does, the policy allows. Of
  several policies the *strictest* treatment counts, whichever of them looks for the category; of
  equally strict ones the first policy's.
- A deployment that may pass a request on to another by itself (`spillover`) is treated as both
  demand: the stricter of the two.
- Content risks (`prompt_attack` and the others) are not data: rules on data never speak of them.

Nothing here looks at content or knows a detector.

>>> treatment_of((Policy(name="all", data=(DataRule(input="mask"),)),), "email", own, "input")
Applied(treatment='mask', policy='all', look_alike=False)
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Final, Literal

import msgspec

from detente.canonical.guardrail import (
    GROUPS,
    TREATMENTS,
    DataRule,
    DeploymentFacts,
    Policy,
    Stage,
    Treatment,
)
from detente.canonical.model import RETENTION_MODES, Deployment, RetentionMode
from detente.canonical.question import Labels
from detente.guardrails.risk import RISKS


class Applied(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What becomes of a finding, and the policy that says so; no policy where none minds it."""

    treatment: Treatment = "allow"
    policy: str = ""
    look_alike: bool = False


ALLOWED: Final = Applied()


class Treatments(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of every category at one deployment: compiled, so that to ask is a look-up.

    `input` and `output` have the categories that rules name, `others_input` and `others_output`
    are for all others.
    """

    input: Mapping[str, Applied]
    output: Mapping[str, Applied]
    others_input: Applied = ALLOWED
    others_output: Applied = ALLOWED

    def of(self, category: str, stage: Stage) -> Applied:
        """What becomes of a finding of `category`."""
        if category in RISKS:
            return ALLOWED
        if stage == "input":
            return self.input.get(category, self.others_input)
        return self.output.get(category, self.others_output)

    @property
    def makes_stand_ins(self) -> bool:
        """Whether something may leave as a stand-in, which has to be put back."""
        several = (*self.input.values(), self.others_input)
        return any(one.treatment == "pseudonymise" for one in several)


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What several policies together say besides rules: the strictest of each, the shortest."""

    on_failure: Literal["block", "flag"]
    on_unread: Literal["block", "flag", "allow"]
    on_kept_history: Literal["refuse", "remember"]
    timeout_ms: int
    output_delay_ms: int


def governing(
    policies: Iterable[Policy], *, model: str, project: str | None, labels: Labels
) -> tuple[Policy, ...]:
    """The policies that govern a request for the canonical name `model`.

    `labels` are the caller's and the request's own; a name may occur with several values.
    """
    return tuple(policy for policy in policies if _governs(policy, model, project, labels))


def facts_hold(
    facts: DeploymentFacts, deployment: Deployment, required: RetentionMode | None = None
) -> bool:
    """Whether a rule speaks of `deployment`: each fact that it gives is known and fits.

    `required` is what the model's publisher has platforms keep at least, whatever they offer.
    """
    return (
        _fits(deployment.host, facts.hosts)
        and _fits(deployment.provider, facts.providers)
        and _fits(deployment.region, facts.regions)
        and _fits(deployment.processing_zone, facts.zones)
        and (
            facts.retention_at_most is None
            or _keeps_at_most(facts.retention_at_most, deployment.retention, required)
        )
    )


def may_hold(facts: DeploymentFacts, deployment: Deployment) -> bool:
    """Whether a rule would speak of `deployment` if facts that nobody supplied fitted."""
    supplied = DeploymentFacts(
        hosts=facts.hosts,
        providers=facts.providers,
        regions=() if deployment.region is None else facts.regions,
        zones=() if deployment.processing_zone is None else facts.zones,
        retention_at_most=None if deployment.retention is None else facts.retention_at_most,
    )
    return facts_hold(supplied, deployment)


def treatment_of(
    policies: Iterable[Policy],
    category: str,
    deployment: Deployment,
    stage: Stage,
    required: RetentionMode | None = None,
) -> Applied:
    """What becomes of a finding of `category` at `deployment` under policies that all govern."""
    if category in RISKS:
        return ALLOWED
    return _strictest(
        _by_policy(policy, category, deployment, stage, required) for policy in policies
    )


def compiled(
    policies: tuple[Policy, ...],
    deployment: Deployment,
    *,
    spills_to: tuple[Deployment, ...] = (),
    required: RetentionMode | None = None,
) -> Treatments:
    """The treatments of every category at `deployment`, and at where it passes requests on to."""
    places = (deployment, *spills_to)

    def applied(category: str, stage: Stage) -> Applied:
        return _strictest(
            treatment_of(policies, category, place, stage, required) for place in places
        )

    named = named_categories(policies)
    return Treatments(
        input={category: applied(category, "input") for category in named},
        output={category: applied(category, "output") for category in named},
        others_input=applied("", "input"),
        others_output=applied("", "output"),
    )


def bounds_of(policies: tuple[Policy, ...]) -> Bounds:
    """What some policies say together; at least one is given."""
    unread = [policy.on_unread for policy in policies]
    return Bounds(
        on_failure="block" if any(p.on_failure == "block" for p in policies) else "flag",
        on_unread="block" if "block" in unread else "flag" if "flag" in unread else "allow",
        on_kept_history=(
            "refuse" if any(p.on_kept_history == "refuse" for p in policies) else "remember"
        ),
        timeout_ms=min(policy.timeout_ms for policy in policies),
        output_delay_ms=min(policy.output_delay_ms for policy in policies),
    )


def wanted(policies: Iterable[Policy], finds: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """The names of the detectors that some of the policies want, of those in `finds` (the
    categories of each, by name); all of them where a policy names none."""
    names: set[str] = set()
    for policy in policies:
        if not policy.detectors:
            return frozenset(finds)
        for word in policy.detectors:
            group = GROUPS.get(word, ())
            names.update(
                name
                for name, categories in finds.items()
                if name == word or any(category in group for category in categories)
            )
    return frozenset(names)


def speaks_of(rule: DataRule, category: str) -> bool:
    """Whether a rule names `category` or its group, or no category at all."""
    return not rule.categories or any(
        category == word or category in GROUPS.get(word, ()) for word in rule.categories
    )


def named_categories(policies: Iterable[Policy]) -> tuple[str, ...]:
    """Every category that some rule names, groups spelled out."""
    words = (word for policy in policies for rule in policy.data for word in rule.categories)
    return tuple(dict.fromkeys(name for word in words for name in GROUPS.get(word, (word,))))


def fits_any(word: str, patterns: Iterable[str]) -> bool:
    """Whether `word` is one of `patterns`, where `*` is any run of characters."""
    return any(fnmatchcase(word, _as_glob(pattern)) for pattern in patterns)


def _as_glob(pattern: str) -> str:
    return pattern.replace("[", "[[]").replace("?", "[?]")


def _governs(policy: Policy, model: str, project: str | None, labels: Labels) -> bool:
    return (
        all(label in labels for label in policy.labels)
        and _fits(project, policy.projects)
        and _fits(model, policy.models)
    )


def _fits(fact: str | None, patterns: tuple[str, ...]) -> bool:
    return not patterns or (fact is not None and fits_any(fact, patterns))


def _keeps_at_most(
    most: RetentionMode, kept: RetentionMode | None, required: RetentionMode | None
) -> bool:
    allowed = RETENTION_MODES[: RETENTION_MODES.index(most) + 1]
    return kept in allowed and (required is None or required in allowed)


def _by_policy(
    policy: Policy,
    category: str,
    deployment: Deployment,
    stage: Stage,
    required: RetentionMode | None,
) -> Applied:
    for rule in policy.data:
        if speaks_of(rule, category) and facts_hold(rule.deployments, deployment, required):
            treatment = rule.input if stage == "input" else rule.output
            look_alike = rule.look_alike and treatment == "pseudonymise"
            return Applied(treatment=treatment, policy=policy.name, look_alike=look_alike)
    return ALLOWED


def _strictest(several: Iterable[Applied]) -> Applied:
    worst = ALLOWED
    for one in several:
        if TREATMENTS.index(one.treatment) > TREATMENTS.index(worst.treatment):
            worst = one
    return worst
