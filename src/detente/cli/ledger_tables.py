"""The ledger on a terminal: entries, one request in full, a decision, sums.

Only lays out what it is given; reads and decides nothing. A value that is not known reads
`unknown`, one that there is none of reads `-`.

    console().print(entries_table(entries, header=True))
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from detente.canonical.decision import Outcome, Verdict
from detente.canonical.entry import EntryOutcome, LedgerEntry
from detente.canonical.guardrail import Screened
from detente.canonical.journal import DecisionRecord
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import TOKEN_CLASSES
from detente.ledger.store.reading import SumRow

NONE: Final = "-"
UNKNOWN: Final = "unknown"

MICRODOLLAR: Final = Decimal("0.000001")

REQUEST_WIDTH_MIN: Final = 14
"""Leaves room for what may not be cut, on a terminal of 80 columns: tokens, money, time."""

OUTCOME_STYLES: Final[dict[EntryOutcome, str]] = {
    "answered": "green",
    "refused": "yellow",
    "denied": "red",
    "invalid": "red",
    "failed": "bold red",
    "client_gone": "yellow",
    "interrupted": "magenta",
}
DECISION_STYLES: Final[dict[Outcome, str]] = {
    "allow": "green",
    "deny": "red",
    "conflict": "magenta",
    "unknown": "yellow",
}


def entries_table(entries: Sequence[LedgerEntry], *, header: bool) -> Table:
    """Requests, two lines each; without `header` they continue a table above."""
    table = Table(box=box.SIMPLE_HEAD, show_header=header, pad_edge=False, collapse_padding=True)
    table.add_column("time, UTC", no_wrap=True)
    table.add_column("request", overflow="fold", min_width=REQUEST_WIDTH_MIN)
    table.add_column("answer", overflow="fold", min_width=REQUEST_WIDTH_MIN)
    for name in ("tokens", "cost $", "ms"):
        table.add_column(name, justify="right", no_wrap=True)
    for e in entries:
        day, _, time = _moment(e.at).partition(" ")
        asked = Text.assemble((e.project or NONE, "bold"), " ", e.model or e.asked_model or NONE)
        clauses = ", ".join(e.clauses)
        table.add_row(
            Text.assemble(time, (f"\n{day}{' ⟲' if e.rehearsed else ''}", "dim")),
            asked.append(f"\n{e.id}", style="dim"),
            Text.assemble(_outcome(e), f" {_places(e)}".rstrip(), (f"\n{clauses}", "dim")),
            _tokens(e),
            NONE if e.cost_usd is None and e.usage is None else _short_usd(e.cost_usd),
            f"{e.total_ms:.1f}",
        )
    return table


def entry_text(e: LedgerEntry) -> Panel:
    """One request in full: who asked what and when, every attempt, what it consumed."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(e):
        if value:
            facts.add_row(name, Text(value))
    attempts = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="attempts", title_justify="left")
    for name in ("deployment", "result", "status", "decision"):
        attempts.add_column(name, overflow="fold")
    for name in ("from ms", "first byte ms", "total ms"):
        attempts.add_column(name, justify="right")
    for a in e.attempts:
        first = NONE if a.first_byte_ms is None else f"{a.first_byte_ms:.1f}"
        times = (f"{a.started_ms:.1f}", first, f"{a.total_ms:.1f}")
        result = Text(a.result, style="green" if a.result == "answered" else "yellow")
        place, decision = Text(a.deployment), Text(a.decision)
        attempts.add_row(place, result, str(a.status), decision, *times)
    parts = [facts, attempts] if e.attempts else [facts]
    title = Text.assemble("request ", (e.id, "bold"))
    return Panel(Group(*parts), title=title, title_align="left")


def decision_text(record: DecisionRecord) -> Panel:
    """A decision: its outcome and clauses, and for every deployment the reasons."""
    decision, question = record.decision, record.question
    style = DECISION_STYLES[decision.outcome]
    lines: list[Text | Table] = [
        Text(f"{question.model} at {_moment(question.at)}, as known {_moment(question.known_at)}"),
        Text.assemble((decision.outcome, f"bold {style}"), "  ", ", ".join(decision.clauses)),
    ]
    if decision.change:
        lines.append(Text(f"would change: {decision.change}", style="cyan"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("deployment", "verdict", "clause", "why"):
        table.add_column(name, overflow="fold")
    places = {name: place for place, name in enumerate(decision.order)}
    for verdict in sorted(decision.verdicts, key=lambda v: places.get(v.deployment, len(places))):
        _add_verdict(table, verdict)
    lines.append(table)
    lines += [Text(f"{a}  {digest}", style="dim") for a, digest in decision.fingerprints]
    title = Text.assemble("decision ", (record.id, "bold"))
    return Panel(Group(*lines), title=title, title_align="left", border_style=style)


def sums_table(by: Sequence[str], rows: Sequence[SumRow]) -> Table:
    """Sums, a line a group, with a total below where groups do not overlap."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=len(rows) > 1)
    overlapping = "clause" in by
    footers = _totals(rows) if rows and not overlapping else ("",) * 5
    for place, name in enumerate(by):
        table.add_column(name, footer="" if overlapping or place else "total", overflow="fold")
    names = ("requests", "input tokens", "output tokens", "cost $", "charge $")
    for name, footer in zip(names, footers, strict=True):
        table.add_column(name, justify="right", footer=footer, overflow="fold")
    for row in rows:
        group = [Text(row.group[name] or NONE) for name in by]
        table.add_row(*group, *_sums(row))
    return table


def usd(amount_usd: Decimal | None, *, unknown: bool) -> str:
    """Dollars without the zeros that say nothing; at least two decimals."""
    if amount_usd is None:
        return UNKNOWN if unknown else NONE
    whole, _, decimals = f"{amount_usd:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _short_usd(amount_usd: Decimal | None) -> str:
    """To a microdollar, which fits a column; `show` has all digits."""
    if amount_usd is None or not amount_usd:
        return usd(amount_usd, unknown=True)
    short = amount_usd.quantize(MICRODOLLAR)
    return usd(short, unknown=True) if short else "<0.000001"


def _facts(e: LedgerEntry) -> list[tuple[str, str]]:
    usage = e.usage
    tokens = [] if usage is None else [(n, getattr(usage, n)) for n in TOKEN_CLASSES]
    counted = ", ".join(
        f"{count} {name.removesuffix('_tokens')}" for name, count in tokens if count
    )
    estimated = " (estimated)" if usage is not None and usage.estimated else ""
    return [
        ("started", _moment(e.started_at)),
        ("decided at", f"{_moment(e.at)}, as known {_moment(e.known_at)}"),
        ("rehearsed", "yes" if e.rehearsed else ""),
        ("outcome", f"{e.outcome}, status {e.status}" + (f", {e.error}" if e.error else "")),
        ("caller", " ".join(p for p in (e.project, f"(key {e.key})" if e.key else "") if p)),
        ("labels", ", ".join(f"{k}={v}" for k, v in (*e.labels, *e.header_labels))),
        ("model", " asked as ".join(n for n in (e.model, e.asked_model) if n)),
        ("dialect", " → ".join(d for d in (e.client_dialect, e.upstream_dialect) if d)),
        ("narrowed to", ", ".join(e.narrowed_to or ())),
        ("deployment", e.deployment or ""),
        ("decision", e.decision or ""),
        ("clauses", ", ".join(e.clauses)),
        ("tokens", f"{counted}{estimated}" if usage is not None else ""),
        ("cost $", usd(e.cost_usd, unknown=usage is not None)),
        ("charge $", usd(e.charge_usd, unknown=usage is not None)),
        ("price", e.price or ""),
        ("losses", ", ".join(e.losses)),
        ("safety", "\n".join(map(_signal, e.safety))),
        ("screened", "\n".join(map(_finding, e.screened))),
        ("client's try", f"{e.client_try} of its own" if e.client_try > 1 else ""),
        ("bytes", f"{e.request_bytes} in, {e.response_bytes} out"),
        ("ms", f"{e.total_ms:.1f}"),
        ("worker", e.worker or ""),
    ]


def _signal(signal: SafetySignal) -> str:
    """`output blocked: hate, severity 3 of 3 (azure: hate)`."""
    severity = "" if signal.severity is None else f", severity {signal.severity} of 3"
    whose = ": ".join(word for word in (signal.source, signal.raw) if word)
    action = signal.action.replace("_", " ")
    return f"{signal.stage} {action}: {signal.category}{severity} ({whose})"


def _finding(found: Screened) -> str:
    """`input mask: 3 email by email (policy pii)`."""
    whose = f"policy {found.policy}" if found.policy else "the platform's own"
    what = f"{found.count} {found.category}" if found.count else found.category
    return f"{found.stage} {found.treatment}: {what} by {found.detector} ({whose})"


def _add_verdict(table: Table, verdict: Verdict) -> None:
    style = DECISION_STYLES[verdict.outcome]
    name, outcome = Text(verdict.deployment), Text(verdict.outcome, style=style)
    if not verdict.reasons:
        table.add_row(name, outcome, Text(", ".join(verdict.clauses) or NONE), "")
    for place, reason in enumerate(verdict.reasons):
        why = Text(reason.text)
        if reason.missing:
            why.append(f"; missing: {reason.missing}", style="yellow")
        if reason.change:
            why.append(f"; would change: {reason.change}", style="cyan")
        first = (name, outcome) if place == 0 else ("", "")
        table.add_row(*first, Text(reason.clause or reason.rule), why)


def _totals(rows: Sequence[SumRow]) -> tuple[str, ...]:
    def total(amounts: list[Decimal | None]) -> Decimal | None:
        known = [amount for amount in amounts if amount is not None]
        return sum(known, Decimal(0)) if known else None

    return _sums(
        SumRow(
            group={},
            requests=sum(r.requests for r in rows),
            input_tokens=sum(r.input_tokens for r in rows),
            output_tokens=sum(r.output_tokens for r in rows),
            cost_usd=total([r.cost_usd for r in rows]),
            cost_unknown=sum(r.cost_unknown for r in rows),
            charge_usd=total([r.charge_usd for r in rows]),
            charge_unknown=sum(r.charge_unknown for r in rows),
        )
    )


def _sums(row: SumRow) -> tuple[str, ...]:
    tokens = (f"{row.requests:,}", f"{row.input_tokens:,}", f"{row.output_tokens:,}")
    return (
        *tokens,
        _sum(row.cost_usd, row.cost_unknown),
        _sum(row.charge_usd, row.charge_unknown),
    )


def _sum(amount_usd: Decimal | None, unknown: int) -> str:
    if amount_usd is None:
        return usd(None, unknown=unknown > 0)
    beside = f" + {unknown} {UNKNOWN}" if unknown else ""
    return usd(amount_usd, unknown=False) + beside


def _outcome(e: LedgerEntry) -> Text:
    reason = e.error or (str(e.status) if e.status else "")
    return Text.assemble((e.outcome, OUTCOME_STYLES[e.outcome]), (f" {reason}", "dim"))


def _places(e: LedgerEntry) -> str:
    """The way that a request took: each refusal, then who answered."""
    tried = [f"{a.deployment} {a.result}" for a in e.attempts if a.deployment != e.deployment]
    return " → ".join([*tried, e.deployment] if e.deployment else tried)


def _tokens(e: LedgerEntry) -> str:
    if e.usage is None:
        return NONE
    mark = "~" if e.usage.estimated else ""
    return f"{mark}{e.usage.input_tokens}+{e.usage.output_tokens}"


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
