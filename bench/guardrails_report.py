"""The detectors' part of the table: a look at 2 KB, clean and dense, beside what was promised.

Pure, like `report`. Example: `looks(measured).rows[0].figure`.
"""

from typing import Final

from bench.guardrails import DUE_EVENTS, Looks
from bench.report import Row, Section, table

CLEAN_US_TARGET: Final = 400.0
DENSE_US_TARGET: Final = 1_500.0
EVENT_US_TARGET: Final = 12.0


def looks(found: Looks) -> Section:
    """What all default detectors take together, and each alone."""
    rows = (
        Row(
            what="default detectors, one region's rules, 2 KB in which nothing is found: CPU",
            figure=f"{found.clean_us:.0f} µs",
            target=f"≤ {CLEAN_US_TARGET:g} µs",
            met=found.clean_us <= CLEAN_US_TARGET,
        ),
        Row(
            what=f"the same, 2 KB with {found.dense_findings} findings: CPU",
            figure=f"{found.dense_us:.0f} µs",
            target=f"≤ {DENSE_US_TARGET:g} µs",
            met=found.dense_us <= DENSE_US_TARGET,
        ),
        Row(
            what="with every country's numbers of citizens: CPU, clean and dense",
            figure=f"{found.clean_every_us:.0f} and {found.dense_every_us:.0f} µs",
        ),
        Row(
            what="an answer that streams, deltas of 4 or 5 characters: CPU per event",
            figure=f"{found.event_us:.1f} µs",
            target=f"≤ {EVENT_US_TARGET:g} µs",
            met=found.event_us <= EVENT_US_TARGET,
        ),
        Row(
            what="the same, with every country's numbers of citizens: CPU per event",
            figure=f"{found.event_every_us:.1f} µs",
            target=f"≤ {EVENT_US_TARGET:g} µs",
            met=found.event_every_us <= EVENT_US_TARGET,
        ),
        Row(
            what=f"one region's rules, what waits is due every {DUE_EVENTS} deltas; dense text; "
            "arguments in JSON: CPU per event",
            figure=f"{found.event_due_us:.1f}, {found.event_dense_us:.1f} and "
            f"{found.event_call_us:.1f} µs",
        ),
    )
    lines = [
        (name, f"{clean:.0f}", f"{dense:.0f}") for name, (clean, dense) in found.each_us.items()
    ]
    return Section(
        title="looking for personal data and secrets",
        rows=rows,
        details=table(("µs", "clean", "dense"), lines),
    )
