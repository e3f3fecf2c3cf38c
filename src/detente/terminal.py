"""Standard output, as wide as its reader.

Lays nothing out and decides nothing; tables and sentences are their commands' own.

    console().print(table)
"""

import os
from typing import Final

from rich.console import Console

WIDTH_WITHOUT_TERMINAL: Final = 116
"""Of output that goes to a file or a pipe: as wide as most terminals of today."""


def console() -> Console:
    """Standard output; `COLUMNS` wins over the terminal's own width."""
    found = Console(highlight=False)
    if found.is_terminal or "COLUMNS" in os.environ:
        return found
    return Console(highlight=False, width=WIDTH_WITHOUT_TERMINAL)
