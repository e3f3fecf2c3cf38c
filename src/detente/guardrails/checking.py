"""Policies that cannot do what they say: found offline, from what is configured alone.

Speaks of what no request is needed to see: a policy that governs nobody, a rule that never acts, a
model that is closed, a fact that is missing and lets data past a rule. What agreements say is not
known here.

>>> [finding.code for finding in policy_findings(policies, world, finds, callers)]
['E22']
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

import msgspec

from detente.canonical.guardrail import (
    GROUPS,
    TREATMENTS,
    DataRule,
    Policy,
    RiskRule,
    Stage,
    Treatment,
)
from detente.canonical.model import Deployment, RetentionMode
from detente.canonical.question import Labels
from detente.canonical.world import World
from detente.guardrails.policy import (
    facts_hold,
    fits_any,
    governing,
    may_hold,
    speaks_of,
    treatment_of,
    wanted,
)
from detente.guardrails.risk import RISKS

STAGES: Final[tuple[Stage, ...]] = ("input", "output")
UNNAMED: Final = ""
"""Stands for every category that no rule names."""


class PolicyFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a policy; `at` is where it stands below the policy's table."""

    code: Literal["E21", "E22", "E23", "E25", "E29"]
    policy: str
    message: str
    at: tuple[str | int, ...] = ()


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may call: a project, None for any other, and the labels that count."""

    project: str | None = None
    labels: Labels = ()


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One policy, the deployments of the models that it governs, and what may be found there.

    `required` is what publishers have kept, by model; `remote` are the places of detectors that are
    asked over the network, by their names: they see content as well.
    """

    policy: Policy
    places: tuple[Deployment, ...]
    categories: tuple[str, ...]
    required: Mapping[str, RetentionMode | None]
    remote: Mapping[str, Deployment] = {}

    @property
    def everywhere(self) -> tuple[Deployment, ...]:
        """All that content may get to."""
        return (*self.places, *self.remote.values())

    def holds(self, rule: DataRule, place: Deployment) -> bool:
        """Whether `rule` speaks of `place`."""
        return facts_hold(rule.deployments, place, self.required.get(place.model))

    def decides(self, category: str, place: Deployment, also: int = -1) -> DataRule | None:
        """The first rule that speaks of both, where rule number `also` spoke of `place` too."""
        for number, rule in enumerate(self.policy.data):
            if speaks_of(rule, category) and (number == also or self.holds(rule, place)):
                return rule
        return None


def policy_findings(
    policies: tuple[Policy, ...],
    world: World,
    finds: Mapping[str, tuple[str, ...]],
    callers: Iterable[Caller],
    told_labels: frozenset[str] = frozenset(),
    *,
    remote: Mapping[str, Deployment] | None = None,
) -> Iterator[PolicyFinding]:
    """Everything that is found, policy by policy.

    `finds` are the categories of each detector by name; `callers` those that the configuration
    knows; `told_labels` the names of labels that tokens give, whose values nobody knows here;
    `remote` where detectors are that are asked over the network.
    """
    known = tuple(callers)
    found = wanted(policies, finds)
    looked_for = tuple(
        dict.fromkeys(c for name in finds if name in found for c in finds[name] if c not in RISKS)
    )
    asked = {name: place for name, place in (remote or {}).items() if name in found}
    for policy in policies:
        yield from _governs_nobody(policy, world, known, told_labels)
        models = [m for m in world.models if not policy.models or fits_any(m.name, policy.models)]
        case = Case(
            policy=policy,
            places=tuple(d for m in models for d in world.deployments_of(m.name)),
            categories=(*looked_for, UNNAMED),
            required={m.name: m.retention_required for m in world.models},
            remote=asked,
        )
        for number, rule in enumerate(policy.data):
            yield from _idle_rule(case, number, rule)
            yield from _escapes(case, number, rule)
        yield from _idle_risks(policy)
        yield from _unshown(case)
        for model in models:
            yield from _closed(case, model.name)


def _governs_nobody(
    policy: Policy, world: World, callers: tuple[Caller, ...], told: frozenset[str]
) -> Iterator[PolicyFinding]:
    names = [model.name for model in world.models]
    if policy.models and not any(fits_any(name, policy.models) for name in names):
        wanted_models = ", ".join(f"`{word}`" for word in policy.models)
        yield PolicyFinding(
            code="E21",
            policy=policy.name,
            message=f"policy `{policy.name}` governs no configured model: none is {wanted_models}; "
            "correct `models`, or configure one",
            at=("models",),
        )
        return
    certain = tuple(label for label in policy.labels if label[0] not in told)
    asked = msgspec.structs.replace(policy, labels=certain, models=())
    if not policy.labels and not policy.projects:
        return
    for caller in callers:
        if governing((asked,), model="", project=caller.project, labels=caller.labels):
            return
    labels = " and ".join(f"`{name}={value}`" for name, value in policy.labels)
    carried = f" carries {labels}" if labels else ""
    among = "no project that it names" if policy.projects else "no project or key"
    said = f"{among} is configured" if not carried else f"{among}{carried}"
    yield PolicyFinding(
        code="E21",
        policy=policy.name,
        message=f"policy `{policy.name}` governs no caller that is configured: {said}; give a key "
        "or project what it asks for, or know that only keys of the store, and requests that carry "
        "labels of their own, can be governed",
        at=("labels",) if labels else ("projects",),
    )


def _idle_rule(case: Case, number: int, rule: DataRule) -> Iterator[PolicyFinding]:
    why = _why_idle(case, number, rule)
    if why is not None:
        yield PolicyFinding(
            code="E22",
            policy=case.policy.name,
            message=f"rule {number + 1} of policy `{case.policy.name}` never acts: {why}",
            at=("data", number),
        )


def _why_idle(case: Case, number: int, rule: DataRule) -> str | None:
    """Why no request is treated otherwise for `rule`, None where one may be."""
    names = [c for c in case.categories if speaks_of(rule, c)]
    if not names:
        named = ", ".join(f"`{word}`" for word in rule.categories)
        return f"no detector that a policy asks finds {named}; add one to `detectors`"
    places = [place for place in case.everywhere if case.holds(rule, place)]
    if not places and not any(may_hold(rule.deployments, place) for place in case.everywhere):
        return "no deployment of the models that are governed is as it says; correct `deployments`"
    pairs = [(c, p) for c in names for p in places]
    decided = [(c, p) for c, p in pairs if case.decides(c, p) is rule]
    if pairs and not decided:
        return "rules before it decide everything that it speaks of; move it before them"
    later = msgspec.structs.replace(case.policy, data=case.policy.data[number + 1 :])
    rest = msgspec.structs.replace(case, policy=later)
    if decided and all(_is_same(rule, rest.decides(c, p)) for c, p in decided):
        other = "the rules after it say the same" if later.data else "without it, all of it passes"
        return f"{other}; remove it, or add a last rule for all other deployments"
    return None


def _idle_risks(policy: Policy) -> Iterator[PolicyFinding]:
    """Rules on risks that come behind one which speaks of all that they speak of."""
    for number, rule in enumerate(policy.risks):
        if any(_covers(before, rule) for before in policy.risks[:number]):
            yield PolicyFinding(
                code="E22",
                policy=policy.name,
                message=f"rule {number + 1} on risks of policy `{policy.name}` never acts: a rule "
                "before it decides everything that it speaks of; move it before that",
                at=("risks", number),
            )


def _covers(before: RiskRule, rule: RiskRule) -> bool:
    return (
        (
            not before.categories
            or (bool(rule.categories) and {*rule.categories} <= {*before.categories})
        )
        and (not before.stages or (bool(rule.stages) and {*rule.stages} <= {*before.stages}))
        and before.severity_at_least <= rule.severity_at_least
    )


def _is_same(rule: DataRule, other: DataRule | None) -> bool:
    """Whether the other says the same; where there is none, that all is allowed."""
    other = other or DataRule()
    return (rule.input, rule.output, rule.look_alike) == (
        other.input,
        other.output,
        other.look_alike,
    )


def _escapes(case: Case, number: int, rule: DataRule) -> Iterator[PolicyFinding]:
    """Deployments that a strict rule would speak of if somebody supplied a fact of theirs."""
    for place in case.everywhere:
        if case.holds(rule, place) or not may_hold(rule.deployments, place):
            continue
        for category in (c for c in case.categories if speaks_of(rule, c)):
            now, then = case.decides(category, place), case.decides(category, place, also=number)
            if then is rule and any(_rank(then, s) > _rank(now, s) for s in STAGES):
                missing = " and ".join(_missing(rule, place))
                yield PolicyFinding(
                    code="E25",
                    policy=case.policy.name,
                    message=f"rule {number + 1} of policy `{case.policy.name}` does not speak of "
                    f"`{place.id}`, of which nobody said the {missing}, so that what it would hold "
                    "back passes there; say it, or write a rule for where it may pass",
                    at=("data", number),
                )
                break


def _rank(rule: DataRule | None, stage: Stage) -> int:
    treatment: Treatment = "allow"
    if rule is not None:
        treatment = rule.input if stage == "input" else rule.output
    return TREATMENTS.index(treatment)


def _missing(rule: DataRule, place: Deployment) -> Iterator[str]:
    facts = rule.deployments
    if facts.regions and place.region is None:
        yield "region"
    if facts.zones and place.processing_zone is None:
        yield "processing zone"
    if facts.retention_at_most is not None and place.retention is None:
        yield "retention"


def _unshown(case: Case) -> Iterator[PolicyFinding]:
    """Detectors that may not see what deployments get, so that they fail for it."""
    for name, place in case.remote.items():
        shut = [
            category
            for category in case.categories
            if category != UNNAMED
            and _is_blocked(case, category, place)
            and any(not _is_blocked(case, category, other) for other in case.places)
        ]
        if shut:
            outcome = "are refused" if case.policy.on_failure == "block" else "go on without it"
            yield PolicyFinding(
                code="E29",
                policy=case.policy.name,
                message=f"policy `{case.policy.name}` blocks {words_for(shut)} at `{place.id}`, "
                f"where detector `{name}` would look, so that requests with it {outcome}; let it "
                "see stand-ins there, or ask a detector that may see it",
            )


def _closed(case: Case, model: str) -> Iterator[PolicyFinding]:
    """A model that data cannot reach, though a rule of the policy would let it pass somewhere."""
    places = [place for place in case.places if place.model == model]
    shut = [
        category
        for category in case.categories
        if places
        and category != UNNAMED
        and all(_is_blocked(case, category, place) for place in places)
        and any(speaks_of(rule, category) and rule.input != "block" for rule in case.policy.data)
    ]
    if shut:
        yield PolicyFinding(
            code="E23",
            policy=case.policy.name,
            message=f"policy `{case.policy.name}` blocks {words_for(shut)} at every deployment of "
            f"`{model}`, and none is as its milder rules say; configure one that is, or leave the "
            "model out of `models`",
        )


def _is_blocked(case: Case, category: str, place: Deployment) -> bool:
    required = case.required.get(place.model)
    found = treatment_of((case.policy,), category, place, "input", required)
    return found.treatment == "block"


def words_for(categories: Iterable[str]) -> str:
    """Categories in words; a whole group by its name where all that is in question is of it."""
    names = list(categories)
    groups = {g: [c for c in names if c in members] for g, members in GROUPS.items()}
    told = [f"`{group}`" for group, inside in groups.items() if len(inside) > 1]
    grouped = {c for inside in groups.values() if len(inside) > 1 for c in inside}
    told += [f"`{name}`" for name in names if name not in grouped]
    return ", ".join(told)
