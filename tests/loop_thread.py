"""An event loop in a thread, so that plain tests can have asynchronous servers beside them.

Holds no server itself; whoever starts one in it ends it too.

>>> with loop_thread() as loop:
...     server = loop.run(asyncio.start_server(serve, "127.0.0.1", 0))
"""

import asyncio
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import TypeVar

RUN_TIMEOUT_S = 60.0

T = TypeVar("T")


class LoopThread:
    """A running loop; `run` hands it a coroutine and waits for the result."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[object, object, T], timeout_s: float = RUN_TIMEOUT_S) -> T:
        """The coroutine's result; raises what it raises, `TimeoutError` after the time."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout_s)

    def stop(self) -> None:
        """Cancels what is left in the loop and ends the thread."""
        self.run(_cancel_others())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(RUN_TIMEOUT_S)
        self.loop.close()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def loop_thread() -> Generator[LoopThread]:
    """A loop in a thread for as long as the block lasts."""
    thread = LoopThread()
    try:
        yield thread
    finally:
        thread.stop()
