"""A simulator with a loop of its own, for callers that are not asynchronous.

with SimulatorThread(Simulator("openai", models=["gpt-4"])) as simulator:
    OpenAI(base_url=simulator.base_url, api_key="any")
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Final, Self, TypeVar

from detente.simulator.behaviours import Behaviour
from detente.simulator.exchange import Received
from detente.simulator.record import Gauge, HangUp
from detente.simulator.server import Simulator

T = TypeVar("T")

CALL_TIMEOUT_S: Final = 10.0
"""No call into the loop takes longer unless the loop is stuck."""


class SimulatorThread:
    """Runs `simulator` in a thread between `start` and `stop`."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        """Starts thread and server; raises `OSError` where the port is taken."""
        self._thread.start()
        try:
            self._call(self.simulator.start())
        except OSError:
            self._end()
            raise

    def stop(self) -> None:
        """Ends every connection, the server and the thread."""
        self._call(self.simulator.stop())
        self._end()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """What this platform's own SDK would be given."""
        return self.simulator.base_url

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.simulator.port

    @property
    def requests(self) -> tuple[Received, ...]:
        """The requests received, the oldest first."""
        return self._ask(lambda: self.simulator.requests)

    @property
    def hangups(self) -> tuple[HangUp, ...]:
        """The answers that their readers did not wait for."""
        return self._ask(lambda: self.simulator.hangups)

    @property
    def gauge(self) -> Gauge:
        """What is going on now."""
        return self._ask(lambda: self.simulator.gauge)

    def script(self, *behaviours: Behaviour) -> None:
        """The next requests meet these, in order."""
        self._ask(lambda: self.simulator.script(*behaviours))

    def release(self) -> None:
        """Lets everything go on that is being held now."""
        self._ask(self.simulator.release)

    def reset(self) -> None:
        """Forgets script, requests, hang-ups and the minute's admissions."""
        self._ask(self.simulator.reset)

    def drop_connections(self) -> None:
        """Ends every open connection by RST."""
        self._ask(self.simulator.drop_connections)

    def refuse_connections(self) -> None:
        """Stops listening and ends every connection, as a machine that is down."""
        self._ask(self.simulator.refuse_connections)

    def accept_connections(self) -> None:
        """Listens again, on the same port."""
        self._call(self.simulator.accept_connections())

    def until(self, condition: Callable[[Gauge], bool], *, timeout_s: float = 5.0) -> Gauge:
        """Waits until `condition` holds of the gauge; raises `TimeoutError`."""
        waiting = self.simulator.until(condition, timeout_s=timeout_s)
        return self._call(waiting, timeout_s=timeout_s + CALL_TIMEOUT_S)

    def _ask(self, question: Callable[[], T]) -> T:
        async def ask() -> T:
            return question()

        return self._call(ask())

    def _call(self, call: Coroutine[None, None, T], timeout_s: float = CALL_TIMEOUT_S) -> T:
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(timeout_s)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_TIMEOUT_S)
        self._loop.close()
