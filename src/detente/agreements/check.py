"""Contradictions and gaps in a set of agreements, each with what shows it.

Sweeps every period between two boundary dates, every class of callers and every course of events
that the clauses can tell apart (`checking.survey`); nothing is sampled. What is wrong with a file
itself is `load`'s to say. A new code is a file in `checking/` and a line here.

>>> [finding.code for finding in check(world, agreements)]
['E02']
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Final

from detente.agreements.agreement import AgreementSet, Place
from detente.agreements.checking.e01_overlapping_exclusives import overlapping_exclusives
from detente.agreements.checking.e02_inside_exclusive import inside_exclusives
from detente.agreements.checking.e03_no_deployment import models_without_deployment
from detente.agreements.checking.e04_expired_grants import expired_grants
from detente.agreements.checking.e05_successor_gap import successor_gaps
from detente.agreements.checking.e06_unburnable_commitments import unburnable_commitments
from detente.agreements.checking.e07_spend_counted_twice import spend_counted_twice
from detente.agreements.checking.e08_undischargeable import undischargeable
from detente.agreements.checking.e09_deadlock import deadlocks
from detente.agreements.checking.e10_unmet_demand import unmet_demands
from detente.agreements.checking.e11_spill_leaves_zone import spill_leaves_zone
from detente.agreements.checking.e12_lapsing_attestations import lapsing_attestations
from detente.agreements.checking.e13_outliving_holds import outliving_holds
from detente.agreements.checking.e14_unverified_thresholds import unverified_thresholds
from detente.agreements.checking.e15_uncapped_shares import uncapped_shares
from detente.agreements.checking.e16_price_mismatches import price_mismatches
from detente.agreements.checking.e17_cycles import cycles
from detente.agreements.checking.e18_mandated_retention import mandated_retentions
from detente.agreements.checking.e19_shared_host import shared_hosts
from detente.agreements.checking.e20_long_notices import long_notices
from detente.agreements.checking.report import CheckFinding, Code, Severity
from detente.agreements.checking.survey import Survey
from detente.agreements.checking.w01_names_of_nothing import names_of_nothing
from detente.canonical.drill import DrillReport
from detente.canonical.world import World

__all__ = ["FINDERS", "CheckFinding", "Code", "Finder", "Severity", "check"]

Finder = Callable[[Survey], Iterator[CheckFinding]]
"""Finds everything of one code."""

FINDERS: Final[tuple[Finder, ...]] = (
    overlapping_exclusives,
    inside_exclusives,
    models_without_deployment,
    expired_grants,
    successor_gaps,
    unburnable_commitments,
    spend_counted_twice,
    undischargeable,
    deadlocks,
    unmet_demands,
    spill_leaves_zone,
    lapsing_attestations,
    outliving_holds,
    unverified_thresholds,
    uncapped_shares,
    price_mismatches,
    cycles,
    mandated_retentions,
    shared_hosts,
    long_notices,
)
"""One for each code, in the order of the codes; W01 wants to know the projects as well."""


def check(
    world: World,
    agreements: AgreementSet,
    drills: tuple[DrillReport, ...] = (),
    told: Callable[[int, int], None] | None = None,
    projects: Collection[str] | None = None,
) -> tuple[CheckFinding, ...]:
    """Everything that is found, by file and line, then by code; `drills` are reports of drills.

    `told` hears how many codes of how many were looked for. `projects` are the configured ones,
    None where those are not known.
    """
    survey = Survey(world, agreements, drills)
    found: list[CheckFinding] = []
    finders = (*FINDERS, partial(names_of_nothing, projects=projects))
    for count, finder in enumerate(finders, 1):
        found.extend(finder(survey))
        if told is not None:
            told(count, len(finders))
    return tuple(sorted(found, key=_by_place))


def _by_place(finding: CheckFinding) -> tuple[str, int, str, tuple[str, ...], str]:
    place = finding.place or Place(file="", line=0)
    return (place.file, place.line, finding.code, finding.clauses, finding.model or "")
