"""E08: a first refusal that leaves open what counts as a refusal.

Without `signals` no answer is one, without `respond_within` and `default` no silence. Of new
capacity only silence can be in doubt: an answer is an entry of the register. Where silence is
no refusal (`default = "blocked"`), no window is asked for.

>>> [finding.clauses for finding in undischargeable(survey)]
[('a/rofr',)]
"""

from collections.abc import Iterator

from detente.agreements.checking.crossings import possible, standing
from detente.agreements.checking.domain import Period, callers_of
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Spot, Survey
from detente.agreements.clauses.first_refusal import FirstRefusal
from detente.agreements.moment import earliest
from detente.canonical.question import Question


def undischargeable(survey: Survey) -> Iterator[CheckFinding]:
    """A finding for each first refusal that lacks a way to be refused."""
    for clause in survey.agreements.clauses:
        lacking = _lacking(clause) if isinstance(clause, FirstRefusal) else ""
        if isinstance(clause, FirstRefusal) and lacking:
            message = (
                f"first refusal `{clause.id}` has no {lacking}, so that nobody can tell when its "
                f"holder has refused; add what is missing"
            )
            start = None if clause.from_ is None else earliest(clause.from_)
            yield CheckFinding(
                code="E08",
                message=message,
                clauses=(clause.id,),
                place=survey.agreements.places.get(clause.id),
                periods=(Period(from_=start, until=None),),
                witness=_waiting(survey, clause),
            )


def _lacking(clause: FirstRefusal) -> str:
    needed = {
        "signals": clause.subject == "capacity" or bool(clause.signals),
        "respond_within": clause.respond_within is not None or clause.default == "blocked",
        "default": clause.default is not None,
    }
    return ", ".join(f"`{name}`" for name, given in needed.items() if not given)


def _waiting(survey: Survey, clause: FirstRefusal) -> Question | None:
    """A question in which somebody waits for the holder's refusal."""
    for ground in survey.grounds:
        entry = ground.entries.get(clause.id)
        if entry is None:
            continue
        near = ground.only(ground.with_exceptions(clause.id))
        for interface in near.interfaces:
            for caller in callers_of((clause,)):
                for period in near.periods_of(entry):
                    spot = Spot(interface=interface, period=period, caller=caller)
                    swept = near.swept(spot)
                    found = standing(swept, clause.id)
                    if found is not None and possible(found.rejects) & swept.asked.serving:
                        return near.question(spot)
    return None
