"""A drill on a terminal: the answer in a sentence, what failed and why, what moved, who depends.

Only lays out what it is given.

    console().print(drill_text(evidence))
"""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from detente.cli.amounts import usd
from detente.replay.evidence import Cause, Evidence
from detente.replay.wording import cost_sentence, latency_sentence, sentence

ROWS_MAX = 20
"""Of each table; the evidence files have all."""


def drill_text(e: Evidence) -> Group:
    """The whole answer."""
    style = "bold red" if e.failed else "bold green" if e.requests else "bold"
    parts: list[RenderableType] = [Text(_begun(sentence(e)), style=style)]
    told = (cost_sentence(e), latency_sentence(e))
    parts += [Text(_begun(sentence_)) for sentence_ in told if sentence_ is not None]
    if e.causes:
        parts.append(_causes(e))
    if e.moves:
        parts.append(_moves(e))
    if e.functions:
        parts.append(_functions(e))
    parts += [Text(line, style="dim") for line in _concentration(e)]
    return Group(*parts)


def _begun(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _table(title: str, *heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left")
    for head in heads:
        number = head.startswith("#")
        table.add_column(head.lstrip("#"), justify="right" if number else "left", overflow="fold")
    return table


def _causes(e: Evidence) -> Table:
    table = _table("what failed, and why", "#requests", "why", "what would help")
    for cause in e.causes[:ROWS_MAX]:
        change = Text(cause.change or "-", style="cyan")
        table.add_row(f"{cause.requests:,}", _why(cause), change)
    return _cut_off(table, len(e.causes))


def _why(cause: Cause) -> Text:
    why = Text(cause.text)
    quotes = {o.clause: o.quote for o in cause.obstacles if o.clause and o.quote}
    for quote in quotes.values():
        why.append(f"\n“{quote}”", style="italic")
    if cause.projects:
        why.append(f"\n{', '.join(cause.projects)}", style="dim")
    return why


def _moves(e: Evidence) -> Table:
    heads = ("#requests", "from", "to", "#cost there → elsewhere", "#first byte, ms")
    table = _table("what served instead", *heads)
    for move in e.moves[:ROWS_MAX]:
        table.add_row(
            f"{move.requests:,}",
            Text(move.before),
            Text(move.after),
            f"{usd(move.cost_before_usd)} → {usd(move.cost_after_usd)}",
            f"{_ms(move.first_byte_before_ms)} → {_ms(move.first_byte_after_ms)}",
        )
    return _cut_off(table, len(e.moves))


def _functions(e: Evidence) -> Table:
    heads = ("project", "model", "#requests", "#elsewhere", "#failed")
    table = _table("what depends on it", *heads)
    for use in e.functions[:ROWS_MAX]:
        counts = (f"{use.requests:,}", f"{use.moved:,}", f"{use.failed:,}")
        table.add_row(Text(use.project or "-"), Text(use.model), *counts)
    return _cut_off(table, len(e.functions))


def _cut_off(table: Table, rows: int) -> Table:
    if rows > ROWS_MAX:
        table.caption = f"and {rows - ROWS_MAX:,} more; see the evidence"
    return table


def _concentration(e: Evidence) -> list[str]:
    found = [
        f"{axis.axis} {axis.index.requests:.2f} ({axis.reading})"
        for axis in e.concentration.axes
        if axis.index.requests is not None
    ]
    lines = [f"concentration of requests, 0 to 1: {', '.join(found)}"] if found else []
    for host, providers in e.concentration.shared_hosts.items():
        lines.append(f"{' and '.join(providers)} stand on one host, {host}")
    return lines


def _ms(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.1f}"
