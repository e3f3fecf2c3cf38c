"""The replays' part of the table: seconds and memory, beside what was promised for ten million.

Pure, like `report`. Example: `replays(measured).rows[0].figure`.
"""

from typing import Final

from bench.report import Row, Section, table
from bench.whatif import Replays

SECONDS_TARGET: Final = 60.0
REQUESTS_TARGET: Final = 10_000_000
MEMORY_MB_TARGET: Final = 500.0


def replays(found: Replays) -> Section:
    """How long each replay took; a shorter ledger is held to its share of the time."""
    target_s = SECONDS_TARGET * found.requests / REQUESTS_TARGET
    rows = [
        Row(
            what=f"{found.requests:,} requests replayed, {run.what} ({run.mode})",
            figure=f"{run.wall_s:.1f} s",
            target=f"≤ {target_s:g} s",
            met=run.wall_s <= target_s,
        )
        for run in found.runs
    ]
    unchanged = found.runs[0].differences
    rows += [
        Row(
            what="differences where nothing changed",
            figure=f"{unchanged:,}",
            target="0",
            met=unchanged == 0,
        ),
        Row(
            what="memory of the largest process",
            figure=f"{found.memory_mb:.0f} MB",
            target=f"≤ {MEMORY_MB_TARGET:g} MB",
            met=found.memory_mb <= MEMORY_MB_TARGET,
        ),
    ]
    lines = [
        (run.what, run.mode, f"{run.wall_s:.1f}", f"{run.cpu_s:.1f}", f"{run.differences:,}")
        for run in found.runs
    ]
    header = ("", "mode", "s", "CPU s", "differences")
    return Section(title="what if", rows=tuple(rows), details=table(header, lines))
