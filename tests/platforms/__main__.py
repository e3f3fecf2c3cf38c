"""Print the matrix of clients and platforms: `make matrix`, or `python -m tests.platforms`.

Asks every row straight and through the gateway, whole and streamed, and marks what is equal. Ends
with status 1 where a row is not. Oracle's own client, which signs, is asked straight only.
"""

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.platforms import oracle
from tests.platforms.matrix import ROWS, Row, Stage, running_matrix

CAPTION = "=: the same straight and through the gateway; -: asked straight only, and answered"


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


def oracle_mark(asked: oracle.Oracle, *, streamed: bool) -> str:
    """`-` where Oracle's client was answered, else what is wrong, in a word."""
    try:
        return "-" if asked.ask(streamed=streamed) else "straight: nothing"
    except Exception as error:  # noqa: BLE001 -- as above
        return f"straight: {type(error).__name__}"


def main() -> int:
    """Print the table; 0 where all is equal."""
    table = Table("client", "platform", "model", "whole", "streamed", caption=CAPTION)
    wrong = False
    with (
        tempfile.TemporaryDirectory() as folder,
        running_matrix(Path(folder) / "gateway") as stage,
        oracle.running_oracle() as asked,
    ):
        for row in ROWS:
            marks = [mark(stage, row, streamed=streamed) for streamed in (False, True)]
            wrong |= any(one != "=" for one in marks)
            table.add_row(row.client, row.kind, row.model, *marks)
        marks = [oracle_mark(asked, streamed=streamed) for streamed in (False, True)]
        wrong |= any(one != "-" for one in marks)
        table.add_row(oracle.CLIENT, "oci", oracle.MODEL, *marks)
    Console(width=110).print(table)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
