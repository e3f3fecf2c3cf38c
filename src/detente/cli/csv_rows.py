"""Rows as CSV on standard output: a line of names, then a line a row.

A value that there is none of is empty, dates are ISO 8601 in UTC, several values of one cell are
parted by semicolons. Chooses no columns.

>>> write_csv(("clause", "due"), [("a/spend", None)])
clause,due
a/spend,
"""

import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import cast


def write_csv(names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes rows whose cells are in the order of `names`."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case tuple():
            parts = cast("tuple[object, ...]", value)
            return "; ".join(str(part) for part in parts)
        case _:
            return str(value)
