"""An event loop in a thread of its own, for callers who wait: the ledger's writer and readers.

The treasury's loop goes on while a ledger waits for its database.

>>> thread = LoopThread("ledger")
>>> thread.run(connect(place), within_s=2.0)
>>> thread.stop()
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

MARGIN_S: Final = 5.0
"""What is bounded inside ends by itself; this only catches a bug of ours."""


class LoopThread:
    """Runs coroutines for other threads, one at a time or several."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], *, within_s: float) -> T:
        """Waits for what `work` answers, or raises; `TimeoutError` after `within_s`."""
        return asyncio.run_coroutine_threadsafe(
            asyncio.wait_for(work, within_s), self._loop
        ).result(within_s + MARGIN_S)

    def stop(self) -> None:
        """Ends the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(MARGIN_S)
        self._loop.close()
