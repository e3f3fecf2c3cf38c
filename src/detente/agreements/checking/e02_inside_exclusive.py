"""E02: a grant or a listing of what another holder's exclusive closes. A warning.

What a platform lists may really stand there all the same; the reader should know that it
cannot be used. Found where both may be in force for all that is known.

>>> [finding.clauses for finding in inside_exclusives(survey)]
[('bedrock/openai', 'azure/api')]
"""

from collections.abc import Iterator

from detente.agreements.checking.crossings import Crossings, Pair, possible, standing
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.clauses.exclusive import Exclusive
from detente.agreements.sweep import Swept


def inside_exclusives(survey: Survey) -> Iterator[CheckFinding]:
    """A finding for each grant or listing inside another's exclusive."""
    crossings = Crossings()
    for ground in survey.grounds:
        given = [e for e in ground.deciding if e.clause.role in ("grant", "listing")]
        exclusives = [(e, e.clause) for e in ground.deciding if isinstance(e.clause, Exclusive)]
        closed = [
            (entry, possible(entry.reach.where) & ~ground.plan.plan.held(exclusive.holder))
            for entry, exclusive in exclusives
        ]
        crossings.across(ground, given, closed, _inside)
    types = {clause.id: clause.type for clause in survey.agreements.clauses}
    for crossing in crossings.found():
        given_id, exclusive_id = crossing.clauses
        message = (
            f"{types[given_id]} `{given_id}` stands inside the exclusive `{exclusive_id}` of "
            f"another holder, which closes it; change the dates or the `scope`, or write an "
            f"exception (`except_of`)"
        )
        yield crossing.finding("E02", message, survey)


def _inside(swept: Swept, pair: Pair) -> int:
    given, exclusive = (entry.clause.id for entry in pair)
    closing = standing(swept, exclusive)
    if closing is None or given not in swept.helping:
        return 0
    where = swept.helping[given][1]
    return possible(where) & possible(closing.rejects) & swept.asked.serving
