"""E15: a revenue share whose cap has no period to count in, or whose period has no cap.

Decides no request, so that no question shows it.

>>> [finding.code for finding in uncapped_shares(survey)]
['E15']
"""

from collections.abc import Iterator

from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.windows import windows
from detente.agreements.clauses.revenue_share import RevenueShare


def uncapped_shares(survey: Survey) -> Iterator[CheckFinding]:
    """One finding a share with `cap` or `cap_basis` alone."""
    live = windows(survey.agreements)
    for clause in survey.agreements.clauses:
        if not isinstance(clause, RevenueShare):
            continue
        if (clause.cap is None) == (clause.cap_basis is None):
            continue
        if clause.cap is not None:
            problem = f"a cap of {clause.cap} {clause.currency} but no `cap_basis`"
        else:
            problem = f"a `cap_basis` (`{clause.cap_basis}`) but no `cap`"
        yield CheckFinding(
            code="E15",
            message=(
                f"revenue share `{clause.id}` has {problem}, so that nobody can tell how much is "
                f"owed at most; give both or neither"
            ),
            clauses=(clause.id,),
            place=survey.agreements.places.get(clause.id),
            periods=(live[clause.id].period,),
            fact=f"`{clause.id}` has {problem}",
        )
