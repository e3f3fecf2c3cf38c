"""Progress of work that takes longer than two seconds, on stderr, on a terminal alone.

A bar where there is something to count, else a word with a turning mark. Draws only; what is
counted, and in what units, is the caller's.

>>> with counted("replaying") as told:
...     told(1, 10)
"""

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

SILENT_S: Final = 2.0
"""What is done sooner needs no bar."""


@contextmanager
def counted(what: str) -> Generator[Callable[[int, int], None]]:
    """A function that is told how many of how many are done."""
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield _nobody
        return
    began = time.monotonic()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task(what, total=None)

    def told(done: int, total: int) -> None:
        if not bar.live.is_started and time.monotonic() - began > SILENT_S:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield told
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def working(what: str) -> Generator[None]:
    """Says that something is under way whose end nobody can foresee."""
    if not sys.stderr.isatty():
        yield
        return
    status = Console(stderr=True).status(what)
    late = threading.Timer(SILENT_S, status.start)
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()
        late.join()
        status.stop()


def _nobody(done: int, total: int) -> None:
    del done, total
