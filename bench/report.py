"""The table that a run prints and writes: figures beside their targets.

Pure: values in, text out; it judges nothing but `met`.
Example: `markdown("Results", sections, machine, ())`.
"""

from collections.abc import Sequence

import msgspec

from bench.latency import Added
from bench.machine import Memory
from bench.memory import Growth, PerStream
from bench.startup import Startup
from bench.streams import PerEvent
from bench.throughput import Ratio, Series

THROUGHPUT_TARGET = 0.40
BURST_TARGET = 0.40
PER_EVENT_TARGET = 1.6
ADDED_P50_MS_TARGET = 0.3
ADDED_P99_MS_TARGET = 2.0
STREAM_KB_TARGET = 40.0
GROWTH_TARGET = 0.05
STARTUP_TARGET = 2.0
TIMES = "\u00d7"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure with its target; `met` is None where there is no target."""

    what: str
    figure: str
    target: str = ""
    met: bool | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: its rows for the summary, and lines of detail below."""

    title: str
    rows: tuple[Row, ...]
    details: tuple[str, ...] = ()


def throughput(title: str, series: Sequence[Series], ratios: Sequence[Ratio]) -> Section:
    """Contestants beside the first, the yardstick; only the gateway (the second) has a target."""
    yardstick, *others = series
    burst = "burst" in title
    target = BURST_TARGET if burst else THROUGHPUT_TARGET
    rows = tuple(
        Row(
            what=f"{title}: {ours.name} / {yardstick.name}",
            figure=f"{decimals(ratio.worse)} "
            f"(by the clock {decimals(ratio.wall)}, by CPU {decimals(ratio.cpu)})",
            target=f"≥ {target:.2f}" if place == 0 and "TLS" not in title else "",
            met=ratio.worse >= target if place == 0 and "TLS" not in title else None,
        )
        for place, (ours, ratio) in enumerate(zip(others, ratios, strict=True))
    )
    header = (
        "",
        "answers/s",
        "CPU µs/answer",
        "worker alone",
        "core busy",
        "runs",
        "caught up after, s",
    )
    lines = (
        (
            one.name,
            f"{one.per_s:,.0f}",
            f"{one.cpu_us:.1f}",
            f"{one.worker_us:.1f}",
            f"{one.busy:.0%}",
            str(len(one.samples)),
            f"{max(sample.caught_up_s for sample in one.samples):.1f}",
        )
        for one in series
    )
    return Section(title=title, rows=rows, details=table(header, tuple(lines)))


def ledger(answers: int, entries: int, open_at_end: int) -> Section:
    """Ledger entries counted against answers; a run's last requests may be cut by the load."""
    met = answers <= entries <= answers + open_at_end
    row = Row(
        what="ledger entries counted against answers",
        figure=f"{entries:,} entries, {answers:,} answers",
        target=f"each answer one, and at most {open_at_end:,} cut off at the ends of runs",
        met=met,
    )
    return Section(title="ledger", rows=(row,))


def latency(measured: Sequence[Added], rate_per_s: int) -> Section:
    """What each contestant adds to a direct call; the last is the gateway."""
    ours = measured[-1]
    rows = (
        Row(
            what=f"added latency at {rate_per_s:,}/s, median",
            figure=f"{ours.p50_ms:.3f} ms",
            target=f"≤ {ADDED_P50_MS_TARGET} ms",
            met=ours.p50_ms <= ADDED_P50_MS_TARGET,
        ),
        Row(
            what=f"added latency at {rate_per_s:,}/s, p99",
            figure=f"{ours.p99_ms:.3f} ms",
            target=f"≤ {ADDED_P99_MS_TARGET} ms",
            met=ours.p99_ms <= ADDED_P99_MS_TARGET,
        ),
    )
    header = ("", "added p50 ms", "added p99 ms", "direct p50 ms", "direct p99 ms", "answers")
    lines = tuple(
        (
            one.name,
            f"{one.p50_ms:.3f}",
            f"{one.p99_ms:.3f}",
            f"{one.direct_p50_ms:.3f}",
            f"{one.direct_p99_ms:.3f}",
            f"{one.requests:,}",
        )
        for one in measured
    )
    return Section(title="added latency, open loop", rows=rows, details=table(header, lines))


def per_event(measured: Sequence[PerEvent]) -> Section:
    """Processor time per event beside the first, the yardstick."""
    yardstick, ours = measured[0], measured[-1]
    ratio = ours.median_us / yardstick.median_us
    row = Row(
        what="streaming, one write per event: CPU per event",
        figure=f"{ratio:.2f} {TIMES} {yardstick.name} ({ours.median_us:.1f} µs)",
        target=f"≤ {PER_EVENT_TARGET} {TIMES}",
        met=ratio <= PER_EVENT_TARGET,
    )
    header = ("", "CPU µs/event", "runs", "events")
    lines = tuple(
        (
            one.name,
            f"{one.median_us:.1f}",
            " ".join(f"{value:.1f}" for value in one.cpu_us),
            f"{one.events:,}",
        )
        for one in measured
    )
    return Section(title="streams, one write per event", rows=(row,), details=table(header, lines))


def per_stream(measured: PerStream) -> Section:
    """Memory that an open stream holds."""
    each_kb = measured.rss_bytes_each / 1000
    row = Row(
        what=f"resident memory per open stream, {measured.streams:,} streams",
        figure=f"{each_kb:.1f} KB",
        target=f"≤ {STREAM_KB_TARGET:.0f} KB",
        met=each_kb <= STREAM_KB_TARGET,
    )
    detail = (
        f"RSS of all processes {megabytes(measured.before.rss_bytes)} before, "
        f"{megabytes(measured.during.rss_bytes)} with the streams open "
        f"(PSS {megabytes(measured.before.pss_bytes)}, {megabytes(measured.during.pss_bytes)})."
    )
    return Section(title="open streams", rows=(row,), details=(detail,))


def growth(measured: Growth) -> Section:
    """Memory after many requests beside memory after some."""
    row = Row(
        what=f"RSS after {measured.late_requests:,} requests over RSS after "
        f"{measured.early_requests:,}",
        figure=f"{measured.share:+.1%}",
        target=f"within {GROWTH_TARGET:.0%}",
        met=measured.share <= GROWTH_TARGET,
    )
    detail = (
        f"RSS of all processes {megabytes(measured.early.rss_bytes)}, then "
        f"{megabytes(measured.late.rss_bytes)}; one by one, parent first: "
        f"{_each(measured.early)}, then {_each(measured.late)}."
    )
    return Section(title="memory over time", rows=(row,), details=(detail,))


def startup(measured: Startup) -> Section:
    """Start of the command beside a bare interpreter, and what the import brings."""
    rows = (
        Row(
            what="`detente --version` over `python -c pass`",
            figure=f"{measured.ratio:.2f} {TIMES}",
            target=f"≤ {STARTUP_TARGET:.0f} {TIMES}",
            met=measured.ratio <= STARTUP_TARGET,
        ),
        Row(
            what="packages that `import detente` pulls in",
            figure=", ".join(measured.foreign) or "none",
            target="none",
            met=not measured.foreign,
        ),
    )
    detail = f"Medians: {measured.version_ms:.1f} ms and {measured.bare_ms:.1f} ms."
    return Section(title="start", rows=rows, details=(detail,))


def _each(memory: Memory) -> str:
    return " + ".join(megabytes(size) for size in memory.rss_bytes_each)


def decimals(ratio: float) -> str:
    """A ratio with two decimals, or two digits that mean something where it is small."""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def megabytes(size_bytes: int) -> str:
    """A size in MB with one decimal."""
    return f"{size_bytes / 1e6:.1f} MB"


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """A Markdown table."""
    rule = ["---", *("---:" for _ in header[1:])]
    return tuple("| " + " | ".join(line) + " |" for line in (header, rule, *lines))


def summary(sections: Sequence[Section]) -> tuple[str, ...]:
    """All rows of all sections as one table."""
    words = {True: "yes", False: "**no**", None: ""}
    rows = [row for section in sections for row in section.rows]
    lines = [(row.what, row.figure, row.target, words[row.met]) for row in rows]
    return table(("measure", "figure", "target", "met"), lines)


def markdown(
    title: str,
    sections: Sequence[Section],
    machine: Sequence[tuple[str, str]],
    remarks: Sequence[str],
) -> str:
    """The whole page."""
    parts = [
        f"# {title}",
        "",
        "Written by `python -m bench`; how it is measured and how to read it: "
        "[performance](../docs/explanation/performance.md).",
        "",
        *(f"- {name}: {value}" for name, value in machine),
        "",
        *remarks,
        "",
        *summary(sections),
        "",
    ]
    for section in sections:
        if section.details:
            parts += [f"## {section.title}", "", *section.details, ""]
    return "\n".join(parts)
