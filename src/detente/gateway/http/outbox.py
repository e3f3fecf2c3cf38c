"""Writes wait for the end of the loop's turn, then go out together.

A write wakes the process at the other end, and waking an idle processor costs more than the write
itself; written together, the first wakes it and the others find it awake. What one turn writes
to one transport is one system call. A lone request waits for nothing: its turn ends at once.
"""

import asyncio


class Outbox:
    """The writes of one turn of the loop, by transport in the order of their first write."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[asyncio.WriteTransport, list[bytes]] = {}

    def write(self, transport: asyncio.WriteTransport, data: bytes) -> None:
        """Write `data` when this turn ends, behind what already waits for `transport`."""
        waiting = self._waiting
        if not waiting:
            self._loop.call_soon(self.flush)
        parts = waiting.get(transport)
        if parts is None:
            waiting[transport] = [data]
        else:
            parts.append(data)

    def flush(self) -> None:
        """Write everything that waits."""
        waiting, self._waiting = self._waiting, {}
        for transport, parts in waiting.items():
            transport.write(parts[0] if len(parts) == 1 else b"".join(parts))

    def flush_one(self, transport: asyncio.WriteTransport) -> None:
        """Write what waits for `transport`, which is about to be closed."""
        parts = self._waiting.pop(transport, None)
        if parts is not None:
            transport.write(b"".join(parts))

    def holds(self, transport: asyncio.WriteTransport) -> bool:
        """Whether something still waits for `transport`."""
        return transport in self._waiting

    def forget(self, transport: asyncio.WriteTransport) -> None:
        """`transport` is aborted: nothing more is to be written to it."""
        self._waiting.pop(transport, None)
