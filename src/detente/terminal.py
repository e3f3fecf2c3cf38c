"""Standard output, as wide as its reader.

Lays nothing out and decides nothing; tables and sentences are their commands' own.

    console().print(table)
"""

import os
from typing import Final

from rich.console import Console

WIDTH_WITHOUT_TERMINAL: Final = 116
"""Of output that goes to a file or a pipe: as wide as most terminals of today."""


class _Output(Console):
    def on_broken_pipe(self) -> None:
        """A reader that has seen enough (`head`) is no bad news: the command line says what it is.

        The library would end the program with status 1.
        """
        raise BrokenPipeError


def console() -> Console:
    """Standard output; `COLUMNS` wins over the terminal's own width.

    Printing raises `BrokenPipeError` where nobody reads any more.
    """
    found = _Output(highlight=False)
    if found.is_terminal or "COLUMNS" in os.environ:
        return found
    return _Output(highlight=False, width=WIDTH_WITHOUT_TERMINAL)
