"""Why a request failed in a drill: which clause stands in the way, or which deployment is missing.

Reads the last decision that was made for it, and asks the agreements once more for the nearest
change: of the deployments that were not cut out alone, by what is known today. Only those can be to
blame.

>>> cause_of(decision, question, met={}, terms=terms).text
'`openai/gpt-4` has no other deployment that may serve it: ...'
"""

from collections.abc import Mapping, Set

import msgspec

from detente.agreements import AgreementSet, reference
from detente.canonical.decision import Decision, Reason, Verdict
from detente.canonical.question import Question
from detente.replay.evidence import Cause, Obstacle
from detente.replay.terms import Terms

CLAUSELESS_LAST = {"narrowed": 2, "dialect": 2}
"""Reasons that say that a deployment was no candidate at all stand behind all others."""


def cause_of(
    decision: Decision, question: Question, *, met: Mapping[str, str], terms: Terms
) -> Cause:
    """The cause of one request's failure: `decision` was the last, the answer to `question`.

    `terms` say who is cut out; `met` is what the others said that were asked (`429`, `timeout`,
    …), by id.
    """
    gone, model = terms.gone, question.model
    found = [
        _obstacles(verdict, met=met, agreements=terms.agreements)
        for verdict in decision.verdicts
        if verdict.deployment not in gone
    ]
    found.sort(key=_distance)
    return Cause(
        model=model,
        requests=1,
        projects=(),
        text=_sentence(model, found),
        change=_tried_out(question, terms) or _change(model, found),
        obstacles=tuple(obstacle for each in found for obstacle in each),
    )


def _tried_out(question: Question, terms: Terms) -> str | None:
    """The nearest change that would let one of the others serve, as the agreements say."""
    places = terms.world.deployments_of(question.model)
    others = tuple(sorted({place.provider for place in places if place.id not in terms.gone}))
    asked = others if question.providers is None else question.providers
    narrowed = msgspec.structs.replace(
        question,
        providers=tuple(name for name in others if name in asked),
        known_at=max(question.known_at, terms.known_from()),
    )
    return reference.decide(terms.world, terms.agreements, narrowed).change


def _obstacles(
    verdict: Verdict, *, met: Mapping[str, str], agreements: AgreementSet
) -> tuple[Obstacle, ...]:
    name = verdict.deployment
    if name in met:
        text = f"it was asked, and failed as well (`{met[name]}`)"
        change = "once it serves again"
        return (Obstacle(deployment=name, rule="failed", text=text, change=change),)
    if verdict.outcome == "allow":
        text = "it may be used, and could not be asked: the request's dialect or its tries ran out"
        change = "with more `limits.attempts_max`, or a deployment that speaks the dialect"
        return (Obstacle(deployment=name, rule="untried", text=text, change=change),)
    return tuple(_obstacle(name, reason, agreements) for reason in verdict.reasons)


def _obstacle(deployment: str, reason: Reason, agreements: AgreementSet) -> Obstacle:
    clause = None if reason.clause is None else agreements.clause(reason.clause)
    return Obstacle(
        deployment=deployment,
        rule=reason.rule,
        text=reason.text,
        clause=reason.clause,
        quote=None if clause is None else clause.quote,
        change=reason.change,
        missing=reason.missing,
    )


def _distance(obstacles: tuple[Obstacle, ...]) -> tuple[int, int, int, str]:
    """How far a deployment is from serving: no candidate last, then by what cannot be changed."""
    far = max((CLAUSELESS_LAST.get(o.rule, 0) for o in obstacles), default=1)
    fixed = sum(o.change is None for o in obstacles)
    return far, fixed, len(obstacles), obstacles[0].deployment if obstacles else ""


def _sentence(model: str, found: list[tuple[Obstacle, ...]]) -> str:
    others = [each for each in found if each]
    if not others:
        return f"`{model}` has no other deployment"
    clauses = list(dict.fromkeys(o.clause for each in others for o in each if o.clause is not None))
    if clauses:
        by = ", ".join(f"`{clause}`" for clause in clauses)
        return f"`{model}` has no other deployment that may serve it: {by}"
    nearest = others[0][0]
    return f"`{model}` has no other deployment that serves: `{nearest.deployment}`: {nearest.text}"


def _change(model: str, found: list[tuple[Obstacle, ...]]) -> str | None:
    """The nearest change: all that has to turn for the deployment that is nearest to serving."""
    others = [each for each in found if each]
    if not others:
        return f"with a deployment of `{model}` elsewhere"
    nearest = others[0]
    changes = dict.fromkeys(o.change for o in nearest if o.change is not None)
    if any(o.change is None for o in nearest):
        return None
    return f"{' and '.join(changes)}, at `{nearest[0].deployment}`"


def grouped(causes: Mapping[Cause, int], projects: Mapping[Cause, Set[str]]) -> tuple[Cause, ...]:
    """Causes with how many requests each took and whose, worst first."""
    return tuple(
        msgspec.structs.replace(
            cause, requests=requests, projects=tuple(sorted(projects.get(cause, ())))
        )
        for cause, requests in sorted(
            causes.items(), key=lambda pair: (-pair[1], pair[0].model, pair[0].text)
        )
    )
