"""`detente whatif` on a terminal: the sentence, then tables.

Only lays out what it is given. A cell says what was recorded, and after an arrow what it would have
been where that is something else; so tables fit 80 columns.

>>> print_whatif(found)
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from detente.cli.amounts import signed, usd
from detente.cli.whatif_report import WhatIf
from detente.replay.commitments import Weighed
from detente.replay.differences import Blocked, DifferenceRow, Move, Owed
from detente.replay.volume import VolumeSaving
from detente.reports.commitments import Balance
from detente.terminal import console

ROWS_MAX: Final = 15
"""Of a table on a terminal; `--json` and `--csv` have all."""
NAME_WIDTH: Final = 20
"""What a name has at least, so that it can be read on a terminal of 80 columns."""


def print_whatif(found: WhatIf) -> None:
    """Prints the answer for a person."""
    out = console()
    out.print(Text(found.sentence[:1].upper() + found.sentence[1:] + ".", style="bold"))
    if found.since is not None and found.until is not None:
        days = f"{found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}"
        out.print(Text(f"Recorded from {days}; replayed {found.mode}.", style="dim"))
    for name, rows in found.by.items():
        if rows:
            _print_some(_rows_table(name, rows), len(rows))
    if found.moves:
        _print_some(_moves_table(found.moves), len(found.moves))
    if found.blocked:
        _print_some(_blocked_table(found.blocked), len(found.blocked))
    if found.first_refusals_owed:
        _print_some(_owed_table(found.first_refusals_owed), len(found.first_refusals_owed))
    if found.commitments:
        _print_some(_commitments_table(found.commitments), len(found.commitments))
    if found.volume:
        _print_some(_volume_table(found.volume), len(found.volume))
    for note in found.notes:
        out.print(Text(f"· {note}", style="dim"))


def _print_some(table: Table, rows: int) -> None:
    out = console()
    out.print(table)
    if rows > ROWS_MAX:
        out.print(Text(f"  and {rows - ROWS_MAX} more; see `--json`", style="dim"))


def _table(title: str, words: Sequence[str], numbers: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(words):
        wide = NAME_WIDTH if len(words) == 1 and not place else None
        table.add_column(name, overflow="fold", min_width=wide)
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _rows_table(name: str, rows: list[DifferenceRow]) -> Table:
    title = f"by {name}, as recorded → as supposed"
    table = _table(title, (name,), ("requests", "no route", "cost", "difference"))
    for row in rows[:ROWS_MAX]:
        table.add_row(
            row.group,
            _change(f"{row.requests_before:,}", f"{row.requests_after:,}"),
            _change(f"{row.unserved_before:,}", f"{row.unserved_after:,}"),
            _change(
                usd(row.cost_before_usd),
                usd(row.cost_after_usd) + ("?" if row.unpriced_after else ""),
            ),
            _difference(row.cost_difference_usd),
        )
    return table


def _change(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _moves_table(moves: list[Move]) -> Table:
    words = ("model", "project", "from", "to")
    table = _table("what would have gone elsewhere", words, ("requests", "cost"))
    for move in moves[:ROWS_MAX]:
        table.add_row(
            move.model,
            move.project or "-",
            move.before or Text("nobody", style="dim"),
            move.after or Text("no route", style="red"),
            f"{move.requests:,}",
            _change(
                usd(move.cost_before_usd),
                usd(move.cost_after_usd) if move.after and move.before else "-",
            ),
        )
    return table


def _blocked_table(blocked: list[Blocked]) -> Table:
    words = ("model", "answer", "decided by", "absent")
    table = _table("what would have had no route", words, ("requests",))
    for one in blocked[:ROWS_MAX]:
        table.add_row(
            one.model,
            one.outcome if one.outcome != "allow" else "all refused",
            ", ".join(one.clauses) or "no other deployment",
            ", ".join(one.absent) or "-",
            f"{one.requests:,}",
        )
    return table


def _owed_table(owed: list[Owed]) -> Table:
    table = _table("first refusals owed", ("clause",), ("requests",))
    for one in owed[:ROWS_MAX]:
        table.add_row(one.clause, f"{one.requests:,}")
    return table


def _commitments_table(weighed: Sequence[Weighed]) -> Table:
    words = ("commitment", "period", "state")
    table = _table("commitments, as recorded → as supposed", words, ("due", "taken"))
    for one in weighed[:ROWS_MAX]:
        before, after = one.before, one.after
        period = " to ".join(
            "…" if edge is None else edge.date().isoformat()
            for edge in (after.period_start, after.period_end)
        )
        table.add_row(
            after.clause,
            period,
            _change(before.state.replace("_", " "), after.state.replace("_", " ")),
            "unknown" if after.due is None else _amount(after, after.due),
            _change(_amount(before, before.taken), _amount(after, after.taken)),
        )
    return table


def _volume_table(volume: Sequence[VolumeSaving]) -> Table:
    title = "what volume takes off beside (not in the costs above)"
    table = _table(title, ("clause", "month"), ("as recorded", "as supposed"))
    for one in volume[:ROWS_MAX]:
        amounts = (one.before_usd, one.after_usd)
        shown = ["not worked out" if amount is None else usd(amount) for amount in amounts]
        table.add_row(one.clause, one.month, *shown)
    return table


def _amount(balance: Balance, amount: Decimal) -> str:
    return usd(amount) if balance.unit == "usd" else f"{amount:,.0f} {balance.unit}"


def _difference(amount: Decimal) -> Text:
    if not amount:
        return Text("")
    return Text(signed(amount), style="green" if amount < 0 else "red")
