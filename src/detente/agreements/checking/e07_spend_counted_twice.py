"""E07: what is spent at one deployment counts for two commitments of different agreements.

Two commitments of one agreement may overlap (a total, and a part of it). Only commitments that
measure the same, are in force together and speak of one caller meet.

>>> [finding.code for finding in spend_counted_twice(survey)]
['E07']
"""

from collections.abc import Iterator

from detente.agreements.checking.domain import Caller
from detente.agreements.checking.places import Places, caller_in, interfaces_in
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.windows import Window, instant_in, windows
from detente.agreements.checking.witness import question_about
from detente.agreements.clauses.commit import Commit
from detente.canonical.model import Deployment, Interface


def spend_counted_twice(survey: Survey) -> Iterator[CheckFinding]:
    """One finding a pair of commitments, with the first deployment that both count."""
    places, live = Places(survey.world), windows(survey.agreements)
    counted: dict[str, list[tuple[Commit, Deployment]]] = {}
    for clause in survey.agreements.clauses:
        if isinstance(clause, Commit) and live[clause.id]:
            for deployment in places.of(clause.takes):
                counted.setdefault(deployment.id, []).append((clause, deployment))
    told: set[tuple[str, str]] = set()
    for commits in counted.values():
        for index, (first, deployment) in enumerate(commits):
            for second, _ in commits[index + 1 :]:
                together = live[first.id].meet(live[second.id])
                caller = _caller(first, second, deployment)
                if not together or caller is None or (first.id, second.id) in told:
                    continue
                told.add((first.id, second.id))
                yield _finding(
                    survey, first, second, deployment=deployment, together=together, caller=caller
                )


def _caller(first: Commit, second: Commit, d: Deployment) -> Caller | None:
    """Somebody whose use of `d` counts for both, None where nobody's does."""
    if first.agreement == second.agreement or first.measure != second.measure:
        return None
    if not _shared(first, second, d):
        return None
    return caller_in(first.takes, second.takes)


def _shared(first: Commit, second: Commit, d: Deployment) -> list[Interface]:
    both = frozenset(interfaces_in(second.takes, d))
    return [interface for interface in interfaces_in(first.takes, d) if interface in both]


def _finding(
    survey: Survey,
    first: Commit,
    second: Commit,
    *,
    deployment: Deployment,
    together: Window,
    caller: Caller,
) -> CheckFinding:
    interface = _shared(first, second, deployment)[0]
    what = {"money": "spent", "tokens": "used", "requests": "asked"}[first.measure]
    return CheckFinding(
        code="E07",
        message=(
            f"what is {what} at `{deployment.id}` counts for `{first.id}` and for `{second.id}`; "
            f"narrow what is `eligible` for one of them"
        ),
        clauses=(first.id, second.id),
        place=survey.agreements.places.get(first.id),
        model=deployment.model,
        periods=(together.period,),
        witness=question_about(
            deployment,
            at=instant_in(together),
            known_at=survey.known_at,
            caller=caller,
            interface=interface,
        ),
    )
