"""The picture in characters: a row a deployment, time from left to right, told by shape alone.

Colours are an addition; a pipe and a reader without them lose nothing. As wide as it is told.

>>> chart(found, grounds, width=80).splitlines()
['                         2023      2024 ...', ...]
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.text import Text

from detente.agreements.timeline import Mark, Regime, Span, State, Timeline, Track
from detente.pictures.grounds import Grounds, date, ended, names_of, rules, started
from detente.pictures.looks import LOOKS
from detente.pictures.ranges import Stretch

LABEL_SHARE: Final = 0.36
LABEL_MAX: Final = 40
TIME_MIN: Final = 20
"""Fewer columns of time than this would say nothing."""
MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"


class Columns:
    """The columns of a chart: how wide labels are, and what time stands where."""

    def __init__(self, stretch: Stretch, labels: Sequence[str], width: int) -> None:
        longest = max((len(label) for label in labels), default=0) + 1
        self.label = min(longest, LABEL_MAX, max(int(width * LABEL_SHARE), 12))
        self.time = max(width - self.label - 1, TIME_MIN)
        self._since = stretch.since
        self._step = (stretch.until - stretch.since) / self.time

    def at(self, column: int) -> datetime:
        """The instant at which a column begins."""
        return self._since + self._step * column

    def of(self, instant: datetime) -> int:
        """The column that an instant falls into; outside of 0 to `time` where it lies outside."""
        return (instant - self._since) // self._step

    def labelled(self, text: str) -> str:
        """A label as wide as all labels, its middle left out where it is too long."""
        room = self.label - 1
        if len(text) > room:
            half = (room - 1) // 2
            text = f"{text[: room - 1 - half]}…{text[-half:]}" if half else text[:room]
        return text.ljust(self.label)


def chart(found: Timeline, grounds: Grounds, *, width: int) -> Text:
    """The chart with its axis, marks, legend, agreements and the clauses that cut time."""
    stretch = Stretch(since=found.since, until=found.until)
    regimes = [regime for regime in found.regimes if rules(regime, grounds)]
    names = names_of(found.tracks)
    labels = [f"  {names[track.deployment, track.interface]}" for track in found.tracks]
    columns = Columns(stretch, [*labels, *(r.agreement for r in regimes)], width)
    marks = tuple(mark for mark in found.marks if found.since <= mark.at < found.until)
    lines = [_axis(columns), *_marked(columns, marks)]
    lines += [_regime(columns, regime) for regime in regimes]
    model = ""
    for track, label in zip(found.tracks, labels, strict=True):
        if track.model != model:
            lines += [Text(), Text(track.model, style="bold")]
        model = track.model
        lines.append(_row(columns, track, label))
    lines += [Text(), *_legend(found, width)]
    lines += _told_marks(marks)
    lines += _told_regimes(found)
    lines += _cuts(found)
    return Text("\n").join(lines)


def _row(columns: Columns, track: Track, label: str) -> Text:
    line = Text(columns.labelled(label))
    for column in range(columns.time):
        state = _state(track.spans, columns.at(column), columns.at(column + 1))
        look = LOOKS[state]
        line.append(look.character, style=look.style)
    return line


def _state(spans: Sequence[Span], since: datetime, until: datetime) -> State:
    """What a column shows: a span that is shorter than it and has its middle there, else what
    takes most of it."""
    inside = [span for span in spans if span.from_ < until and span.until > since]
    if not inside:
        return "unreleased"
    short = [
        span
        for span in inside
        if span.until - span.from_ < until - since
        and since <= span.from_ + (span.until - span.from_) / 2 < until
        and span.state not in ("absent", "unreleased")
    ]
    if short:
        return max(short, key=lambda span: span.until - span.from_).state
    return max(inside, key=lambda s: min(s.until, until) - max(s.from_, since)).state


def _axis(columns: Columns) -> Text:
    """The line of years, of months or of days, as many as find room."""
    line = [" "] * columns.time
    free = 0
    days = (columns.at(columns.time) - columns.at(0)).days
    for instant in _ticks(columns.at(0), columns.at(columns.time), days):
        column = columns.of(instant)
        text = _tick(instant, days)
        if column >= free and column + len(text) <= columns.time:
            line[column : column + len(text)] = text
            free = column + len(text) + 1
    return Text(" " * columns.label + "".join(line).rstrip(), style="bold")


def _ticks(since: datetime, until: datetime, days: int) -> list[datetime]:
    """The first instants of years, of months, or of days."""
    if days <= 90:
        first = datetime(since.year, since.month, since.day, tzinfo=UTC).timestamp()
        step = 86_400 * max(days // 6, 1)
        found = [datetime.fromtimestamp(first + step * n, UTC) for n in range(1, 16)]
    elif days <= 1100:
        found = [
            datetime(year, month, 1, tzinfo=UTC)
            for year in range(since.year, until.year + 1)
            for month in range(1, 13)
        ]
    else:
        found = [datetime(year, 1, 1, tzinfo=UTC) for year in range(since.year, until.year + 1)]
    return [instant for instant in found if since <= instant < until]


def _tick(instant: datetime, days: int) -> str:
    if days <= 90:
        return date(instant)
    if days <= 1100:
        return f"{MONTHS[3 * instant.month - 3 : 3 * instant.month]} {instant.year % 100:02}"
    return str(instant.year)


def _marked(columns: Columns, marks: Sequence[Mark]) -> list[Text]:
    """A line with an arrow at every event and offer, and a smaller one at every release."""
    if not marks:
        return []
    line = [" "] * columns.time
    for mark in sorted(marks, key=lambda mark: mark.kind != "release"):
        line[columns.of(mark.at)] = "▿" if mark.kind == "release" else "▼"
    return [Text(columns.labelled("events, releases") + "".join(line).rstrip(), style="green")]


def _regime(columns: Columns, regime: Regime) -> Text:
    """An agreement while it was in force; dotted where it is open whether it was."""
    line = Text(columns.labelled(regime.agreement))
    for column in range(columns.time):
        since, until = columns.at(column), columns.at(column + 1)
        begun = regime.from_ is None or regime.from_ < until
        over = regime.until is not None and regime.until <= since
        surely = (regime.from_latest is None or regime.from_latest < until) and (
            regime.until_earliest is None or regime.until_earliest > since
        )
        line.append(" " if not begun or over else "━" if surely else "┄", style="blue")
    return line


def _legend(found: Timeline, width: int) -> list[Text]:
    """The states that occur, each with its character, in as many lines as they take."""
    occurring = {span.state for track in found.tracks for span in track.spans}
    lines = [Text()]
    for state, look in LOOKS.items():
        if state not in occurring or look.shape == "none":
            continue
        entry = Text(look.character * 2, style=look.style).append(f" {look.words}", style="default")
        if lines[-1] and len(lines[-1]) + 3 + len(entry) > width:
            lines.append(Text())
        lines[-1].append("   " if lines[-1] else "").append_text(entry)
    return lines


def _told_marks(marks: Sequence[Mark]) -> list[Text]:
    if not marks:
        return []
    lines = [Text(), Text("Events, offers and releases", style="bold")]
    for mark in marks:
        sign = "▿" if mark.kind == "release" else "▼"
        word = "released" if mark.kind == "release" else mark.kind
        lines.append(Text(f"  {sign} {date(mark.at)}  {mark.name} ({word})"))
    return lines


def _told_regimes(found: Timeline) -> list[Text]:
    if not found.regimes:
        return []
    lines = [Text(), Text("Agreements in force", style="bold")]
    for regime in found.regimes:
        first, last = started(regime) or "always", ended(regime) or "open"
        line = Text(f"  {first} to {last}  ")
        line.append(f"{regime.title}")
        line.append(f" ({regime.agreement})", style="dim")
        lines.append(line)
    return lines


def _cuts(found: Timeline) -> list[Text]:
    """For each model, the clauses that closed, held or opened it to some, and when."""
    lines: list[Text] = []
    said: set[str] = set()
    model = ""
    for track in found.tracks:
        for span in track.spans:
            if span.state in ("open", "absent", "unreleased") or not span.clauses:
                continue
            if track.model != model:
                lines += [Text(), Text(f"What cut time for {track.model}", style="bold")]
            model = track.model
            look = LOOKS[span.state]
            ended_ = f"to {date(span.until)}" if span.until < found.until else "on"
            line = Text(f"  {date(span.from_)} {ended_}  ")
            line.append(look.short, style=look.style)
            line.append(f" at {track.deployment}: {', '.join(span.clauses)}")
            if line.plain not in said:
                lines.append(line)
            said.add(line.plain)
    return lines
