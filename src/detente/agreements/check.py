"""Contradictions and gaps in a set of agreements, each with what shows it.

Sweeps every period between two boundary dates, every class of callers and every course of events
that the clauses can tell apart (`checking.survey`); nothing is sampled. What is wrong with a file
itself is `load`'s to say. A new code is a file in `checking/` and a line here.

>>> [finding.code for finding in check(world, agreements)]
['E02']
"""

from collections.abc import Callable, Iterator
from typing import Final

from detente.agreements.agreement import AgreementSet, Place
from detente.agreements.checking.e01_overlapping_exclusives import overlapping_exclusives
from detente.agreements.checking.e02_inside_exclusive import inside_exclusives
from detente.agreements.checking.e03_no_deployment import models_without_deployment
from detente.agreements.checking.e08_undischargeable import undischargeable
from detente.agreements.checking.report import CheckFinding, Code, Severity
from detente.agreements.checking.survey import Survey
from detente.canonical.drill import DrillReport
from detente.canonical.world import World

__all__ = ["FINDERS", "CheckFinding", "Code", "Finder", "Severity", "check"]

Finder = Callable[[Survey], Iterator[CheckFinding]]
"""Finds everything of one code."""

FINDERS: Final[tuple[Finder, ...]] = (
    overlapping_exclusives,
    inside_exclusives,
    models_without_deployment,
    undischargeable,
)
"""One for each code, in the order of the codes."""


def check(
    world: World, agreements: AgreementSet, drills: tuple[DrillReport, ...] = ()
) -> tuple[CheckFinding, ...]:
    """Everything that is found, by file and line, then by code; `drills` are reports of drills."""
    survey = Survey(world, agreements, drills)
    found = [finding for finder in FINDERS for finding in finder(survey)]
    return tuple(sorted(found, key=_by_place))


def _by_place(finding: CheckFinding) -> tuple[str, int, str, tuple[str, ...], str]:
    place = finding.place or Place(file="", line=0)
    return (place.file, place.line, finding.code, finding.clauses, finding.model or "")
