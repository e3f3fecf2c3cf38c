"""What a replay found, as it is told: the sentence, the rows, what a reader has to know beside.

Values and words; `whatif_tables` lays them out, JSON and CSV are made of them as they are.

>>> told(comparison, changes="without `host:microsoft`", by=("provider",)).sentence
'without `host:microsoft`, 40 of 100 requests ...'
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from detente.cli.amounts import signed, usd
from detente.replay.commitments import Weighed
from detente.replay.comparison import Comparison, Mode, Tally
from detente.replay.differences import (
    Blocked,
    DifferenceRow,
    Dimension,
    Move,
    Owed,
    blocked_of,
    moves_of,
    owed_of,
    rows_by,
)
from detente.replay.volume import VolumeSaving


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that share what would have become of them."""

    requests: int
    cost_before_usd: Decimal
    cost_after_usd: Decimal


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer; costs are what is known of them, in US dollars."""

    sentence: str
    supposing: tuple[str, ...]
    mode: Mode
    since: datetime | None
    until: datetime | None
    differences: int
    total: Part
    moved: Part
    no_route: Part
    served_at_last: Part
    repriced: int
    drilled: Part
    by: dict[str, list[DifferenceRow]]
    moves: list[Move]
    blocked: list[Blocked]
    first_refusals_owed: list[Owed]
    commitments: tuple[Weighed, ...]
    volume: tuple[VolumeSaving, ...]
    notes: tuple[str, ...]


def told(
    comparison: Comparison,
    *,
    supposing: tuple[str, ...],
    by: tuple[Dimension, ...],
    commitments: tuple[Weighed, ...] = (),
    volume: tuple[VolumeSaving, ...] = (),
    notes: tuple[str, ...] = (),
) -> WhatIf:
    """What `comparison` says."""
    total = comparison.total
    return WhatIf(
        sentence=sentence(comparison, supposing),
        supposing=supposing,
        mode=comparison.mode,
        since=comparison.since,
        until=comparison.until,
        differences=comparison.differences,
        total=_part(total),
        moved=_part(comparison.moved),
        no_route=_part(comparison.lost),
        served_at_last=_part(comparison.gained),
        repriced=total.repriced,
        drilled=_part(comparison.drilled),
        by={name: rows_by(comparison, name) for name in by},
        moves=moves_of(comparison),
        blocked=blocked_of(comparison),
        first_refusals_owed=owed_of(comparison),
        commitments=commitments,
        volume=volume,
        notes=(*notes, *_notes(comparison)),
    )


def sentence(comparison: Comparison, supposing: tuple[str, ...]) -> str:
    """The answer in a sentence or two."""
    total = comparison.total
    if not total.requests:
        return "no request is on record for that time"
    what = " and ".join(supposing) or "with nothing changed"
    where = f"{what}, {_count(total.requests, 'request')}"
    if not comparison.differences:
        return f"{where} would have gone where they went, for {usd(total.cost_before_usd)}"
    parts = [
        f"{tally.requests:,} {words}"
        for tally, words in (
            (comparison.moved, "would have been served elsewhere"),
            (comparison.lost, "would have had no route"),
            (comparison.gained, "that nobody served would have been served"),
        )
        if tally.requests
    ]
    if not parts:
        parts = [f"{total.repriced:,} would have had another price and all gone where they went"]
    difference = total.cost_after_usd - total.cost_before_usd
    text = f"of {_count(total.requests, 'request')}, {what}, {_listed(parts)}; "
    text += f"all would have cost {usd(total.cost_after_usd)} instead of "
    text += f"{usd(total.cost_before_usd)} ({signed(difference)}"
    if total.cost_before_usd:
        text += f", {difference / total.cost_before_usd:+.1%}"
    return text + ")"


def _notes(comparison: Comparison) -> tuple[str, ...]:
    total = comparison.total
    unlike = comparison.sum_of(lambda fate: fate.unlike).requests
    drilled = comparison.drilled
    rehearsed = comparison.sum_of(lambda fate: fate.rehearsed).requests
    found = (
        (
            comparison.lost.requests,
            "had no route any more; the cost leaves them out",
        ),
        (drilled.requests, "met a drill, and count as if it had not been, on both sides"),
        (drilled.unmetered, "failed in a drill: what they would have cost nobody knows"),
        (
            total.unmetered - drilled.unmetered,
            "would have been served at last: what they would cost nobody knows",
        ),
        (total.unpriced_before, "consumed tokens at no known price, as recorded"),
        (total.unpriced_after, "would have consumed tokens at no known price"),
        (
            unlike,
            "are not what today's configuration would have done: it has changed since, and their"
            " differences are not this change's alone",
        ),
        (rehearsed, "were rehearsed, at dates of their own"),
        (comparison.undecided, "never came to a decision, which no terms change"),
    )
    return tuple(f"{_count(number, 'request')} {text}" for number, text in found if number)


def _part(tally: Tally) -> Part:
    return Part(
        requests=tally.requests,
        cost_before_usd=tally.cost_before_usd,
        cost_after_usd=tally.cost_after_usd,
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
