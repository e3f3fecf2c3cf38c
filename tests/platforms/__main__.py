"""Print the matrix of clients and platforms: `python -m tests.platforms`.

Asks every row straight and through the gateway, whole and streamed, and marks what is equal. Ends
with status 1 where a row is not.
"""

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.platforms.matrix import ROWS, Row, Stage, running_matrix


def mark(stage: Stage, row: Row, *, streamed: bool) -> str:
    """`=` where both results are equal, else what is wrong, in a word."""
    try:
        straight = stage.straight(row, streamed=streamed)
    except Exception as error:  # noqa: BLE001 -- whatever the client raises is a cell of the table
        return f"straight: {type(error).__name__}"
    try:
        through = stage.through(row, streamed=streamed)
    except Exception as error:  # noqa: BLE001 -- as above
        return f"gateway: {type(error).__name__}"
    return "=" if straight == through else "differs"


def main() -> int:
    """Print the table; 0 where all is equal."""
    table = Table("client", "platform", "model", "whole", "streamed")
    worst = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        running_matrix(Path(folder) / "gateway") as stage,
    ):
        for row in ROWS:
            marks = [mark(stage, row, streamed=streamed) for streamed in (False, True)]
            worst |= any(one != "=" for one in marks)
            table.add_row(row.client, row.kind, row.model, *marks)
    Console(width=110).print(table)
    return int(worst)


if __name__ == "__main__":
    sys.exit(main())
