"""E14: a threshold that names nobody who has to verify its event.

Anybody's word then closes models, or opens them; the register takes any verifier.

>>> [finding.code for finding in unverified_thresholds(survey)]
['E14']
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from detente.agreements import reference
from detente.agreements.checking.domain import LONG_AGO
from detente.agreements.checking.places import Places, belongs, caller_in
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.windows import BEGINNING, Window, windows
from detente.agreements.checking.witness import ANYBODY, question_about
from detente.agreements.clauses.threshold import Threshold
from detente.agreements.scope import words
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Event, Question

TRIED_MAX: Final = 8
"""Deployments tried for a question that shows it; the finding stands without one."""


def unverified_thresholds(survey: Survey) -> Iterator[CheckFinding]:
    """One finding a threshold without `verified_by`."""
    live = windows(survey.agreements)
    places = Places(survey.world)
    for clause in survey.agreements.clauses:
        if not isinstance(clause, Threshold) or words(clause.verified_by):
            continue
        does = "closes" if clause.effect == "closes" else "opens"
        yield CheckFinding(
            code="E14",
            message=(
                f"threshold `{clause.id}` names nobody who verifies `{clause.event}`, so that "
                f"anybody's word {does} models; give `verified_by`"
            ),
            clauses=(clause.id,),
            place=survey.agreements.places.get(clause.id),
            periods=(live[clause.id].period,),
            witness=_witness(places, survey, clause, live[clause.id]),
        )


def _witness(places: Places, survey: Survey, clause: Threshold, window: Window) -> Question | None:
    """A question that the clause decides, on the word of nobody in particular."""
    theirs = (d for d in places.of(clause.scope) if belongs(d, clause.party))
    for deployment in islice(theirs, TRIED_MAX):
        model = places.models[deployment.model]
        question = _question(survey, clause, window, deployment, model)
        if question.at not in window:
            continue
        verdicts = reference.decide(survey.world, survey.agreements, question).verdicts
        if any(v.deployment == deployment.id and clause.id in v.clauses for v in verdicts):
            return question
    return None


def _question(
    survey: Survey,
    clause: Threshold,
    window: Window,
    deployment: Deployment,
    model: Model,
) -> Question:
    """The first day on which the model is out and the clause holds, after the event."""
    begun = LONG_AGO if window.since == BEGINNING else window.since
    at = max(begun, model.released or begun)
    # An event of the release's own instant counts as before it.
    happened = min(at, model.released) if model.released else at
    return question_about(
        deployment,
        at=at,
        known_at=survey.known_at,
        caller=caller_in(clause.scope) or ANYBODY,
        events=(Event(name=clause.event, occurred_at=happened, recorded_at=happened),)
        if clause.effect == "closes"
        else (),
    )
