"""Contradictions and gaps in a set of agreements, each with a question that shows it.

Asks the plain evaluator about every period between two boundary dates, every class of callers
and every course of events that the clauses can tell apart (`checking.domain`). What is wrong
with a file itself is `load`'s to say.

>>> [finding.code for finding in check(world, agreements)]
['E02']
"""

from detente.agreements.agreement import AgreementSet, Place
from detente.agreements.checking.crossings import inside_exclusives, overlapping_exclusives
from detente.agreements.checking.gaps import models_without_deployment, undischargeable
from detente.agreements.checking.report import CheckFinding, Code, Severity
from detente.canonical.world import World

__all__ = ["CheckFinding", "Code", "Severity", "check"]


def check(world: World, agreements: AgreementSet) -> tuple[CheckFinding, ...]:
    """Everything that is found, by file and line, then by code."""
    found = [
        *overlapping_exclusives(world, agreements),
        *inside_exclusives(world, agreements),
        *models_without_deployment(world, agreements),
        *undischargeable(world, agreements),
    ]
    return tuple(sorted(found, key=_by_place))


def _by_place(finding: CheckFinding) -> tuple[str, int, str, tuple[str, ...]]:
    place = finding.place or Place(file="", line=0)
    return (place.file, place.line, finding.code, finding.clauses)
