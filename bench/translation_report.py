"""The translation part of the table: the slowest pair beside its target, and all pairs below.

Pure, like `report`. Example: `translation(measure(rounds=5)).rows[0].figure`.
"""

from typing import Final

from bench.report import TIMES, Row, Section, table
from bench.translation import BURST_EVENTS, Figures, Translated, worst
from bench.translation_workload import DIALECTS

PAIR_US_TARGET: Final = 150.0
EVENT_US_TARGET: Final = 15.0
COPIES_TARGET: Final = 2.0


def translation(measured: Translated) -> Section:
    """What translating costs, the worst of all pairs counting."""
    there_and_back = "a 1 KB chat request and its 600-byte answer, CPU"
    with_tools = "the same with a tool, its call and its result"
    rows = (
        _row(there_and_back, measured.plain_us, "µs", PAIR_US_TARGET),
        _row(with_tools, measured.tools_us, "µs", PAIR_US_TARGET),
        _row("one event of a stream, CPU", measured.event_us, "µs", EVENT_US_TARGET),
        _row(f"one of {BURST_EVENTS} at once", measured.burst_us, "µs", EVENT_US_TARGET),
        _row(
            "1 MB of images, memory over the request's",
            measured.images_copies,
            TIMES,
            COPIES_TARGET,
            2,
        ),
        _row("1 MB of images, CPU", measured.images_ms, "ms", None),
    )
    details = (
        "Clients' dialects down, upstreams' across. Request and answer, µs:",
        *_matrix(measured.plain_us),
        "With a tool, its call and its result, µs:",
        *_matrix(measured.tools_us),
        "One event of a stream, µs:",
        *_matrix(measured.event_us),
        f"One of {BURST_EVENTS} events at once, µs:",
        *_matrix(measured.burst_us),
        "A request with 1 MB of images, ms:",
        *_matrix(measured.images_ms),
    )
    return Section(title="translation", rows=rows, details=details)


def _row(what: str, figures: Figures, unit: str, target: float | None, digits: int = 1) -> Row:
    (client, upstream), figure = worst(figures)
    return Row(
        what=f"translation: {what}",
        figure=f"{figure:.{digits}f} {unit} ({client} to {upstream})",
        target="" if target is None else f"≤ {target:g} {unit}",
        met=None if target is None else figure <= target,
    )


def _matrix(figures: Figures) -> tuple[str, ...]:
    lines = [
        (client, *(f"{figures[client, upstream]:.1f}" for upstream in DIALECTS))
        for client in DIALECTS
    ]
    return ("", *table(("", *DIALECTS), lines), "")
