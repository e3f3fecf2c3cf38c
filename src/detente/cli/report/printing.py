"""How reports are printed: as JSON or CSV by the fields of their rows, dates and bars in tables.

Only lays out; reads and decides nothing.

>>> day(None)
'-'
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter
from rich.text import Text

from detente.canonical.failure import ClientFault
from detente.cli.csv_rows import write_csv
from detente.cli.facts import moment_of

BAR_CELLS: Final = 20
CLAUSE_WIDTH: Final = 20
"""What a clause's name has at least, on a terminal of 80 columns."""

At = Annotated[
    str | None, Parameter(help="The date or time of the report, in UTC; now by default.")
]
Config = Annotated[Path, Parameter(help="The configuration whose agreements and ledger are meant.")]
File = Annotated[Path | None, Parameter(help="Another ledger's file.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Csv = Annotated[bool, Parameter(name="--csv", negative="", help="Print CSV.")]


def moment(at: str | None) -> datetime:
    """The time of a report; raises `ClientFault` where it is no date."""
    return datetime.now(UTC) if at is None else moment_of(at, "--at")


def printed(
    kind: type[msgspec.Struct], rows: Sequence[msgspec.Struct], *, as_json: bool, as_csv: bool
) -> bool:
    """Prints rows for other programs, if that was asked for; whether it was."""
    if as_json and as_csv:
        raise ClientFault("request_invalid", "`--json` and `--csv` exclude each other; give one")
    if as_json:
        sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
    elif as_csv:
        names = kind.__struct_fields__
        write_csv(names, ([getattr(row, name) for name in names] for row in rows))
    return as_json or as_csv


def day(at: datetime | None) -> str:
    """A date, with its time of day where that is not midnight; `-` where there is none."""
    if at is None:
        return "-"
    return at.date().isoformat() if at.time() == time() else at.strftime("%Y-%m-%d %H:%M")


def bar(taken: Decimal, due: Decimal, pace: Decimal | None, style: str) -> Text:
    """How much of `due` was taken, with a mark where the pace asks to be."""
    full = BAR_CELLS if due == 0 else int(min(taken / due, Decimal(1)) * BAR_CELLS)
    cells = ["█"] * full + ["░"] * (BAR_CELLS - full)
    text = Text("".join(cells), style=style)
    if pace is not None and due > 0:
        place = min(int(pace / due * BAR_CELLS), BAR_CELLS - 1)
        text = Text.assemble(
            ("".join(cells[:place]), style), ("│", "bold"), ("".join(cells[place + 1 :]), style)
        )
    return text
