"""What `detente check` finds of policies on content, with what agreements say beside them.

Joins the two rooms that know nothing of each other: `guardrails.checking`, and the plain evaluator
of agreements. Prints nothing.

>>> [finding.code for finding in policy_checks(setup, at)]
['E25']
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from detente.agreements import reference
from detente.agreements.check import CheckFinding
from detente.canonical.decision import Decision
from detente.canonical.guardrail import Policy
from detente.canonical.question import Question, labels_of
from detente.cli.kept_checks import kept_checks
from detente.guardrails.checking import Caller, policy_findings, words_for
from detente.guardrails.policy import Treatments, governing, wanted
from detente.guardrails.risk import RISKS
from detente.guardrails.rulebook import governed_by
from detente.wiring import Setup, blind_detectors, finds_of, remote_places_of


def policy_checks(setup: Setup, at: datetime) -> tuple[CheckFinding, ...]:
    """Everything that is found; what agreements say is asked as of `at`."""
    policies = setup.policies
    if not policies:
        return ()
    finds = finds_of(setup)
    callers = _callers(setup)
    told = frozenset(
        label for one in setup.configuration.identity.values() for label in one.labels.values()
    )
    own = (
        CheckFinding(
            code=one.code,
            message=one.message,
            configured=("guardrails", "policies", one.policy, *one.at),
        )
        for one in policy_findings(
            policies, setup.world, finds, callers, told, remote=remote_places_of(setup)
        )
    )
    asked = _Asked(setup=setup, callers=callers, at=at)
    return (*own, *_blind(setup), *_excluding(asked, finds), *kept_checks(setup))


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the agreements are asked for, and when."""

    setup: Setup
    callers: tuple[Caller, ...]
    at: datetime


def _callers(setup: Setup) -> tuple[Caller, ...]:
    """Everybody who may call, as far as the configuration knows."""
    configuration = setup.configuration
    found = [Caller(labels=setup.labels_of_project(None))]
    found += [
        Caller(project=name, labels=setup.labels_of_project(name))
        for name in configuration.projects
    ]
    for key in configuration.keys.values():
        labels = {**dict(setup.labels_of_project(key.project)), **key.labels}
        found.append(Caller(project=key.project, labels=labels_of(labels)))
    for identity in configuration.identity.values():
        projects = {*identity.projects.values(), *filter(None, (identity.project,))}
        found += [Caller(project=p, labels=setup.labels_of_project(p)) for p in sorted(projects)]
    return tuple(dict.fromkeys(found))


def _blind(setup: Setup) -> Iterator[CheckFinding]:
    """Detectors that a policy asks and that cannot look."""
    for name, error in blind_detectors(setup).items():
        yield CheckFinding(
            code="E24",
            message=f"detector `{name}` cannot look, and policies ask it: {error}",
            configured=("guardrails", "detectors", name),
        )


def _excluding(asked: _Asked, finds: Mapping[str, tuple[str, ...]]) -> Iterator[CheckFinding]:
    """Policies that block everywhere where agreements leave a caller to go."""
    for policy in asked.setup.policies:
        looking = wanted((policy,), finds)
        found = (c for name in finds if name in looking for c in finds[name])
        categories = tuple(dict.fromkeys(c for c in found if c not in RISKS))
        for model in asked.setup.world.models:
            excluded = _first_excluded(asked, policy, model.name, categories)
            if excluded is not None:
                yield excluded


def _first_excluded(
    asked: _Asked, policy: Policy, model: str, categories: tuple[str, ...]
) -> CheckFinding | None:
    """What the first caller shows who may only go where the policy blocks."""
    setup = asked.setup
    treatments = governed_by((policy,), model, setup.world, {}).treatments
    mixed = [category for category in categories if _is_mixed(category, treatments)]
    if not mixed:
        return None
    for caller in asked.callers:
        if not governing((policy,), model=model, project=caller.project, labels=caller.labels):
            continue
        question = Question(
            model=model,
            at=asked.at,
            known_at=asked.at,
            project=caller.project,
            labels=caller.labels,
            events=setup.events,
            offers=setup.offers,
        )
        decision = reference.decide(setup.world, setup.agreements, question)
        shut = [c for c in mixed if _is_shut(c, treatments, decision)]
        if shut:
            return _told(policy, question, decision, shut, treatments)
    return None


def _told(
    policy: Policy,
    question: Question,
    decision: Decision,
    shut: list[str],
    treatments: Mapping[str, Treatments],
) -> CheckFinding:
    passing = sorted(
        name for name, one in treatments.items() if one.of(shut[0], "input").treatment != "block"
    )
    clauses = tuple(
        dict.fromkeys(
            clause
            for verdict in decision.verdicts
            if verdict.deployment in passing
            for clause in verdict.clauses
        )
    )
    where = " or ".join(f"`{name}`" for name in passing)
    left = " or ".join(f"`{name}`" for name in decision.order)
    who = "anybody" if question.project is None else f"project `{question.project}`"
    return CheckFinding(
        code="E26",
        message=f"policy `{policy.name}` lets {words_for(shut)} of `{question.model}` pass only at "
        f"{where}, and agreements leave {who} only {left}; narrow one of them, or configure a "
        "deployment that both allow",
        clauses=clauses,
        configured=("guardrails", "policies", policy.name),
        witness=msgspec.structs.replace(question, events=(), offers=()),
    )


def _is_mixed(category: str, treatments: Mapping[str, Treatments]) -> bool:
    """Whether it is blocked at some deployment and not at another."""
    return len({one.of(category, "input").treatment == "block" for one in treatments.values()}) > 1


def _is_shut(category: str, treatments: Mapping[str, Treatments], decision: Decision) -> bool:
    """Whether a caller may go somewhere, and only to where it is blocked."""
    return bool(decision.order) and all(
        treatments[name].of(category, "input").treatment == "block" for name in decision.order
    )
