"""E20: notice that binds for longer than a drill shows an exit to take.

Reads reports of drills (`detente drill`). Only the last drill of each who was cut out counts, and
only one in which everything came to be served elsewhere: what never moved shows no exit. Whoever
was cut out is a party of an agreement if it is among `parties`, or its machines' host is.

>>> [finding.code for finding in long_notices(survey)]
['E20']
"""

from collections.abc import Iterator
from typing import Final

from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.windows import windows
from detente.agreements.clauses.term import Term
from detente.canonical.drill import DrillReport
from detente.canonical.world import World

DAY_S: Final = 86_400


def long_notices(survey: Survey) -> Iterator[CheckFinding]:
    """One finding a `term` and drill."""
    last: dict[str, DrillReport] = {}
    for drill in sorted(survey.drills, key=lambda drill: drill.at):
        if drill.mode == "live" or drill.exit_takes_s is not None:
            last[drill.without] = drill  # on recorded traffic no time is measured
    agreements = survey.agreements
    live = windows(agreements)
    for clause in agreements.clauses:
        agreement = agreements.agreement(clause.agreement)
        if not isinstance(clause, Term) or not clause.notice_days or agreement is None:
            continue
        for drill in last.values():
            if drill.exit_takes_s is None or not _names(survey.world, drill.without) & set(
                agreement.parties
            ):
                continue
            if clause.notice_days * DAY_S > drill.exit_takes_s:
                yield CheckFinding(
                    code="E20",
                    message=(
                        f"term `{clause.id}` asks for {clause.notice_days} days of notice, while "
                        f"the drill without `{drill.without}` on {drill.at.date().isoformat()} "
                        f"shows that leaving takes {_duration(drill.exit_takes_s)}; negotiate a "
                        f"shorter notice"
                    ),
                    clauses=(clause.id,),
                    place=agreements.places.get(clause.id),
                    periods=(live[clause.id].period,),
                    fact=(
                        f"{clause.notice_days} days of notice against "
                        f"{_duration(drill.exit_takes_s)} of exit"
                    ),
                )


def _names(world: World, without: str) -> set[str]:
    """What whoever was cut out may be called among the parties of an agreement."""
    kind, _, name = without.rpartition(":")
    names = {without, name}
    if kind == "provider":
        names |= {d.host for d in world.deployments if d.provider == name}
    return names


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.3g} s"
    if seconds < 2 * 3_600:
        return f"{seconds / 60:.3g} minutes"
    return f"{seconds / 3_600:.3g} hours" if seconds < 2 * DAY_S else f"{seconds / DAY_S:.3g} days"
