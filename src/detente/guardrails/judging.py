"""What becomes of everything that was found in one text, on its way to or from one deployment.

Joins what detectors say (`screening`) with what policies say (`policy`). Findings that overlap
become one: it reaches over all that any policy wants changed, and the strictest of them counts.
Changes no text; content risks are `risk`'s.

>>> judged(screen.look("to ann@example.com"), treatments, "input")[0].applied.treatment
'pseudonymise'
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

import msgspec

from detente.canonical.guardrail import TREATMENTS, Stage
from detente.guardrails.policy import Applied, Treatments
from detente.guardrails.risk import RISKS
from detente.guardrails.screening import Found, Looked

PASSING: Final = ("allow", "flag")
"""Treatments that leave text as it is."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A finding and what becomes of it."""

    found: Found
    applied: Applied


def judged(looked: Looked, treatments: Treatments, stage: Stage) -> tuple[Judged, ...]:
    """What becomes of each finding of data, in the order of the text; what is allowed is untold.

    What is to be changed does not overlap with anything else that is told.
    """
    told = [*_judged(looked.found, treatments, stage), *_judged(looked.beaten, treatments, stage)]
    kept = list(_joined([one for one in told if one.applied.treatment not in PASSING]))
    starts = [one.found.start for one in kept]
    for one in told:  # the longest first, as `Looked` has them
        if one.applied.treatment != "flag":
            continue
        at = bisect_left(starts, one.found.end)  # what is kept is apart: only its last can reach in
        if not at or kept[at - 1].found.end <= one.found.start:
            kept.insert(at, one)
            starts.insert(at, one.found.start)
    return tuple(kept)


def _judged(found: tuple[Found, ...], treatments: Treatments, stage: Stage) -> Iterator[Judged]:
    for one in found:
        if one.category not in RISKS:
            yield Judged(found=one, applied=treatments.of(one.category, stage))


def _joined(several: list[Judged]) -> Iterator[Judged]:
    """Those that hang together as one: as long as all of them, as strict as the strictest."""
    group: list[Judged] = []
    reached = 0
    for one in sorted(several, key=lambda one: one.found.start):
        if group and one.found.start >= reached:
            yield _one(group)
            group = []
        group.append(one)
        reached = max(reached, one.found.end)
    if group:
        yield _one(group)


def _one(group: list[Judged]) -> Judged:
    if len(group) == 1:
        return group[0]
    strictest = max(group, key=_strictness)
    start = min(one.found.start for one in group)
    end = max(one.found.end for one in group)
    if (start, end) == (strictest.found.start, strictest.found.end):
        return strictest
    return Judged(  # which no longer is of its category's form
        found=msgspec.structs.replace(strictest.found, start=start, end=end),
        applied=msgspec.structs.replace(strictest.applied, look_alike=False),
    )


def _strictness(one: Judged) -> tuple[int, int]:
    return TREATMENTS.index(one.applied.treatment), one.found.end - one.found.start
