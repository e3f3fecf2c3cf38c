"""The queue of behaviours that the next requests meet.

>>> script = Script()
>>> script.add(Slow(times=2))
>>> [type(script.next()).__name__ for _ in range(3)]
['Slow', 'Slow', 'NoneType']
"""

from collections import deque

import msgspec

from detente.simulator.behaviours import Behaviour, Slow

__all__ = ["Script", "Slow"]


class Script:
    """First in, first out; empty means that everything goes well."""

    def __init__(self) -> None:
        self._queue: deque[Behaviour] = deque()

    def add(self, *behaviours: Behaviour) -> None:
        """Appends behaviours for the requests that come after those already scripted."""
        self._queue.extend(behaviours)

    def next(self) -> Behaviour | None:
        """The behaviour for the request at hand, taken off the queue."""
        if not self._queue:
            return None
        first = self._queue[0]
        if first.times == 1:
            return self._queue.popleft()
        self._queue[0] = msgspec.structs.replace(first, times=first.times - 1)
        return first

    def clear(self) -> None:
        """Forgets what was not yet performed."""
        self._queue.clear()

    def __len__(self) -> int:
        return len(self._queue)
