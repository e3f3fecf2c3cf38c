"""The agreements' part of the table: what a question costs, and what 5,000 clauses add.

Pure, like `report`. Example: `deciding(measure(rounds=5)).rows[0].figure`.
"""

from statistics import median
from typing import Final

from bench.deciding import AGREEMENTS, CLAUSES, MODELS, Deciding
from bench.report import Row, Section, table
from bench.throughput import Series

CACHED_US_TARGET: Final = 5.0
COLD_US_TARGET: Final = 300.0
CHECK_S_TARGET: Final = 10.0
ADDED_US_TARGET: Final = 2.0


def deciding(found: Deciding) -> Section:
    """What one question costs, and what making ready takes."""
    size = f"{CLAUSES:,} clauses in {AGREEMENTS} agreements, {MODELS} models"
    rows = (
        _row("a question whose class was asked before", found.cached_us, "µs", CACHED_US_TARGET),
        _row("a question whose class is new", found.cold_us, "µs", COLD_US_TARGET),
        _row("checking all of them", found.check_s, "s", CHECK_S_TARGET),
    )
    lines = [
        ("reading the files", f"{found.load_s:.2f}"),
        ("compiling", f"{found.compile_s:.2f}"),
        ("checking", f"{found.check_s:.2f}"),
    ]
    details = (f"Over {size}, CPU seconds:", "", *table(("", "s"), lines))
    return Section(title="agreements", rows=rows, details=details)


def added(without: Series, with_clauses: Series) -> Section:
    """What the clauses add to each request of the gateway, pair by pair."""
    pairs = list(zip(without.samples, with_clauses.samples, strict=True))
    differences = [theirs.cpu_us - ours.cpu_us for ours, theirs in pairs]
    middle = median(differences)
    row = Row(
        what=f"CPU that {CLAUSES:,} clauses add to a request",
        figure=f"{middle:+.2f} µs (median of {len(pairs)} interleaved pairs)",
        target=f"≤ {ADDED_US_TARGET:g} µs",
        met=middle <= ADDED_US_TARGET,
    )
    header = ("", "CPU µs/answer", "worker alone", "answers/s")
    lines = tuple(
        (one.name, f"{one.cpu_us:.1f}", f"{one.worker_us:.1f}", f"{one.per_s:,.0f}")
        for one in (without, with_clauses)
    )
    ordered = sorted(differences)
    spread = f"Differences from {ordered[0]:+.1f} to {ordered[-1]:+.1f} µs."
    return Section(
        title="clauses in the gateway", rows=(row,), details=(*table(header, lines), "", spread)
    )


def _row(what: str, figure: float, unit: str, target: float) -> Row:
    return Row(
        what=f"agreements: {what}",
        figure=f"{figure:.1f} {unit}",
        target=f"≤ {target:g} {unit}",
        met=figure <= target,
    )
