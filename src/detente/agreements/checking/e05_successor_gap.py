"""E05: a successor begins after what it supersedes has ended, so that for a while neither holds.

An agreement ends with its own `until`; one that has none, with the last of its clauses, if each
of them ends. Of several successors the first counts. Dates that are only known to lie between
two others leave a gap where they cannot meet.

>>> [finding.fact for finding in successor_gaps(survey)]
['`a` ends on 2026-01-01, and `b` begins on 2026-02-01']
"""

from collections.abc import Iterator
from datetime import datetime

from detente.agreements.agreement import Agreement, AgreementSet
from detente.agreements.checking.domain import Caller, Period
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Spot, Survey
from detente.agreements.clause import Clause
from detente.agreements.moment import earliest, in_words, latest
from detente.canonical.question import Question


def successor_gaps(survey: Survey) -> Iterator[CheckFinding]:
    """A finding for each agreement whose successor comes too late."""
    ends = _ends(survey.agreements)
    for agreement in survey.agreements.agreements:
        end = ends.get(agreement.id)
        first = _first_successor(survey.agreements, agreement)
        if end is None or first is None:
            continue
        successor, begins = first
        if begins <= end:
            continue
        gap = Period(from_=end, until=begins)
        yield CheckFinding(
            code="E05",
            message=(
                f"agreement `{successor.id}` supersedes `{agreement.id}` but begins after it has "
                f"ended; let it begin by {in_words(end)}, or prolong `{agreement.id}`"
            ),
            clauses=tuple(c.id for c in survey.agreements.clauses if c.agreement == agreement.id),
            place=survey.agreements.places.get(successor.id),
            periods=(gap,),
            witness=_witness(survey, agreement, gap),
            fact=(
                f"`{agreement.id}` ends on {in_words(end)}, "
                f"and `{successor.id}` begins on {in_words(begins)}"
            ),
        )


def _ends(agreements: AgreementSet) -> dict[str, datetime]:
    """When each agreement is over for certain, where it ever is."""
    clauses: dict[str, list[Clause]] = {}
    for clause in agreements.clauses:
        clauses.setdefault(clause.agreement, []).append(clause)
    ends: dict[str, datetime] = {}
    for agreement in agreements.agreements:
        last = [clause.until for clause in clauses.get(agreement.id, ())]
        if agreement.until is not None:
            ends[agreement.id] = latest(agreement.until)
        elif last and None not in last:
            ends[agreement.id] = max(latest(until) for until in last if until is not None)
    return ends


def _first_successor(
    agreements: AgreementSet, agreement: Agreement
) -> tuple[Agreement, datetime] | None:
    """The successor that can begin first, and when."""
    begins = [
        (earliest(successor.from_), successor.id, successor)
        for successor in agreements.successors_of(agreement.id)
        if successor.from_ is not None
    ]
    if not begins:
        return None
    first, _, successor = min(begins, key=lambda item: item[:2])
    return successor, first


def _witness(survey: Survey, agreement: Agreement, gap: Period) -> Question | None:
    """A question in the gap about what the ended agreement spoke of."""
    for ground in survey.grounds:
        for entry in ground.plan.entries:
            if entry.clause.agreement == agreement.id and ground.interfaces:
                spot = Spot(interface=ground.interfaces[0], period=gap, caller=Caller())
                return ground.question(spot)
    return None
