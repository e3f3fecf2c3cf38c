"""The part of the table about budgets and limits: steps, throughput, asks of the store.

Pure, like `report`. Example: `stepped({"compiled": found}).rows[0].figure`.
"""

from collections.abc import Mapping
from statistics import median
from typing import Final

from bench.allowance_steps import Steps
from bench.allowances import Asked
from bench.report import Row, Section, decimals, table
from bench.throughput import Ratio, Series

TOTAL_US_TARGET: Final = 12.0
THROUGHPUT_TARGET: Final = 0.37
ASKS_TARGET: Final = 0.01


def stepped(found: Mapping[str, Steps]) -> Section:
    """What the steps of one request cost, by how the gateway runs (compiled, interpreted)."""
    rows = tuple(
        Row(
            what=f"key check, reservation, settlement and journal: CPU a request, {how}",
            figure=f"{one.total_us:.1f} µs",
            target=f"≤ {TOTAL_US_TARGET:g} µs",
            met=one.total_us <= TOTAL_US_TARGET,
        )
        for how, one in found.items()
    )
    header = ("µs", *found)
    lines = [
        (what, *(f"{getattr(one, name):.1f}" for one in found.values())) for name, what in _STEPS
    ]
    return Section(
        title="budgets and limits, step by step", rows=rows, details=table(header, lines)
    )


_STEPS: Final = (
    ("key_us", "the key is checked"),
    ("reservation_us", "reserved in five accounts, with the estimate"),
    ("intent_us", "the intent in the journal"),
    ("settlement_us", "priced, settled, the settlement in the journal"),
    ("bound_us", "of which: the bound of its tokens"),
    ("purse_us", "of which: the accounts' arithmetic, both ways"),
)


def served(series: tuple[Series, Series, Series], ratio: Ratio, asks: Asked) -> Section:
    """nginx, the gateway without budgets and limits, and with them: throughput and asks."""
    _, without, within = series
    pairs = zip(without.samples, within.samples, strict=True)
    added = median(theirs.worker_s / theirs.requests - ours.worker_s / ours.requests
                   for ours, theirs in pairs) * 1e6  # fmt: skip
    rows = (
        Row(
            what="throughput per core with everything on: detente / nginx",
            figure=f"{decimals(ratio.worse)} "
            f"(by the clock {decimals(ratio.wall)}, by CPU {decimals(ratio.cpu)})",
            target=f"≥ {THROUGHPUT_TARGET:.2f}",
            met=ratio.worse >= THROUGHPUT_TARGET,
        ),
        Row(
            what="CPU that five accounts add to a request in the worker",
            figure=f"{added:+.1f} µs (median of {len(within.samples)} interleaved pairs)",
        ),
        Row(
            what="round trips to the treasury a request",
            figure=f"{asks.per_request:.5f} ({asks.asks:,} for {asks.reserved:,} requests)",
            target=f"≤ {ASKS_TARGET:g}",
            met=asks.per_request <= ASKS_TARGET,
        ),
    )
    header = ("", "answers/s", "CPU µs/answer", "worker alone", "core busy")
    lines = tuple(
        (
            one.name,
            f"{one.per_s:,.0f}",
            f"{one.cpu_us:.1f}",
            f"{one.worker_us:.1f}",
            f"{one.busy:.0%}",
        )
        for one in series
    )
    return Section(
        title="budgets and limits in the gateway", rows=rows, details=table(header, lines)
    )
