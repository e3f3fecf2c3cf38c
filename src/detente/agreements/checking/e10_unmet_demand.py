"""E10: a residency, retention or attestation that no deployment of a model in its scope meets.

On some date, for some caller, the demand speaks of deployments of the model and rejects every
one that it speaks of, for certain: a zone that nobody supplied may be the right one, and what an
exception lets out has a way. Offers that meet the demand count while they are in force. Retention
that the model's publisher rules out altogether is E18's.

>>> [(finding.clauses, finding.model) for finding in unmet_demands(survey)]
[(('house/eu',), 'openai/gpt-5.5')]
"""

from collections.abc import Iterator
from itertools import product

from detente.agreements.checking.crossings import Crossings, possible, standing
from detente.agreements.checking.domain import callers, courses
from detente.agreements.checking.e18_mandated_retention import is_ruled_out
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Ground, Spot, Survey
from detente.agreements.clauses.attest import Attest
from detente.agreements.clauses.residency import Residency
from detente.agreements.clauses.retention import Retention
from detente.agreements.model_plan import Entry

Demand = Residency | Retention | Attest


def unmet_demands(survey: Survey) -> Iterator[CheckFinding]:
    """A finding for each demand and model."""
    for ground in survey.grounds:
        for entry in ground.deciding:
            clause = entry.clause
            if not isinstance(clause, Demand) or clause.offered:
                continue
            if isinstance(clause, Retention) and is_ruled_out(clause, ground.model):
                continue
            crossings = Crossings()
            crossings.note(ground, (clause.id,), _unmet(ground, entry, clause))
            for crossing in crossings.found():
                message = (
                    f"no deployment of `{ground.model.name}` meets the {clause.type} "
                    f"`{clause.id}`; configure one that does, or narrow its `scope`"
                )
                yield crossing.finding("E10", message, survey)


def _unmet(ground: Ground, entry: Entry, clause: Demand) -> Iterator[Spot]:
    """The spots at which the demand rejects all that it speaks of."""
    offers = [
        e.clause.id
        for e in ground.deciding
        if isinstance(e.clause, Demand) and e.clause.type == clause.type and e.clause.offered
    ]
    near = ground.only(ground.with_exceptions(clause.id) | frozenset(offers))
    clauses = [e.clause for e in near.deciding]
    # Offers may meet a demand, or tell for certain that it is not met; so all classes are asked.
    asked = tuple(product(courses(clauses), tuple(callers(clauses, ground.model))))
    for interface in near.interfaces:
        for period in near.periods_of(entry):
            spots = (
                Spot(interface=interface, period=period, caller=caller, course=course)
                for course, caller in asked
            )
            found = next((spot for spot in spots if _rejects_all(near, spot, clause)), None)
            if found is not None:
                yield found


def _rejects_all(ground: Ground, spot: Spot, clause: Demand) -> bool:
    swept = ground.swept(spot)
    found = standing(swept, clause.id)
    if found is None:
        return False
    spoken_of = possible(found.in_force) & swept.asked.serving
    return bool(spoken_of) and not spoken_of & ~found.rejects.yes
