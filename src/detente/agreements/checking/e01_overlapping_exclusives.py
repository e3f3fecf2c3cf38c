"""E01: two exclusives of different holders speak of the same deployment at the same time.

Found where both stand, or may stand for all that is known: exceptions, carve-outs, events and
written precedence are taken into account. Who belongs to both holders is in nobody's way.

>>> [finding.clauses for finding in overlapping_exclusives(survey)]
[('a/api', 'b/api')]
"""

from collections.abc import Iterator

from detente.agreements.checking.crossings import Crossings, Pair, possible, standing
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.scope import words
from detente.agreements.sweep import Swept


def overlapping_exclusives(survey: Survey) -> Iterator[CheckFinding]:
    """A finding for each two exclusives that overlap anywhere."""
    crossings = Crossings()
    for ground in survey.grounds:
        exclusives = [
            (entry, possible(entry.reach.where))
            for entry in ground.deciding
            if isinstance(entry.clause, Exclusive)
        ]
        for index, (first, _) in enumerate(exclusives):
            crossings.across(ground, [first], exclusives[index + 1 :], _overlap)
    for crossing in crossings.found():
        a_id, b_id = crossing.clauses
        message = (
            f"exclusives `{a_id}` and `{b_id}` overlap and have different holders; narrow the "
            f"`scope` or the dates of one, or write which one yields (`except_of`, `amends`)"
        )
        yield crossing.finding("E01", message, survey)


def _overlap(swept: Swept, pair: Pair) -> int:
    a, b = (entry.clause for entry in pair)
    assert isinstance(a, Exclusive)
    assert isinstance(b, Exclusive)
    if frozenset((a.id, b.id)) in swept.model.ranked or set(words(a.holder)) & set(words(b.holder)):
        return 0
    plan, serving = swept.model.plan, swept.asked.serving
    first, second = standing(swept, a.id), standing(swept, b.id)
    if plan.held(a.holder) & plan.held(b.holder) & serving or first is None or second is None:
        return 0
    return possible(first.stands) & possible(second.stands) & serving
