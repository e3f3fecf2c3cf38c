"""What the stage is furnished with: a clock, a log, a journal and the ends of connections.

>>> clock = Clock()
>>> clock.now_s += 5
"""

import asyncio
import time
from pathlib import Path
from typing import Protocol

import httptools
import msgspec

from detente.canonical.journal import Intent, JournalRecord
from detente.ledger.failures import JournalFull
from detente.ledger.store.journal import JournalWriter

START_S = 1_000_000.0
SEGMENT_BYTES = 64 * 1024


class Clock:
    """Stands in for the `time` module; moves only when told. While the machine sleeps (`slept_s`),
    what is monotonic stands still."""

    def __init__(self) -> None:
        self.now_s = START_S
        self.slept_s = 0.0
        self.epoch_ns = time.time_ns()

    def monotonic(self) -> float:
        return self.now_s

    def clock_gettime_ns(self, clock: int) -> int:
        slept_s = 0.0 if clock == time.CLOCK_MONOTONIC else self.slept_s
        return int((self.now_s + slept_s) * 1e9)

    def time_ns(self) -> int:
        return self.epoch_ns + int((self.now_s - START_S + self.slept_s) * 1e9)


class Log:
    """What happened, in the order in which it happened: `journal`, `upstream`, `client`."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        if not self.lines or self.lines[-1] != line:
            self.lines.append(line)


class Journal(JournalWriter):
    """A real journal that also keeps the records, and can be told to be full."""

    def __init__(self, folder: Path, log: Log) -> None:
        super().__init__(
            folder,
            "w0",
            segment_bytes=SEGMENT_BYTES,
            bytes_max=SEGMENT_BYTES * 1000,
            now_us=lambda: time.time_ns() // 1000,
        )
        self.records: list[JournalRecord] = []
        self.full = False
        self.broken = False
        self.closed = False
        self._log = log

    def append(self, record: JournalRecord) -> None:
        if self.broken or (self.full and isinstance(record, Intent)):
            raise JournalFull("the journal is full; start the ledger's writer")
        super().append(record)
        self._keep(record)

    def append_intent(self, payload: bytes) -> None:
        if self.broken or self.full:
            raise JournalFull("the journal is full; start the ledger's writer")
        super().append_intent(payload)
        self._keep(msgspec.msgpack.decode(payload, type=Intent))

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            super().close()

    def _keep(self, record: JournalRecord) -> None:
        self._log.note(f"journal: {type(record).__name__.lower()}")
        self.records.append(record)


class Peer(Protocol):
    """What a transport tells its connection."""

    def pause_writing(self) -> None: ...

    def resume_writing(self) -> None: ...

    def connection_lost(self, exc: Exception | None) -> None: ...


class PlayedTransport(asyncio.Transport):
    """One end of a connection whose other end the test plays."""

    def __init__(
        self, name: str, protocol: Peer, *, loop: asyncio.AbstractEventLoop, log: Log
    ) -> None:
        super().__init__()
        self.name = name
        self.written = bytearray()
        self.paused = False
        self.stuck = False
        self.closing = False
        self.lost = False
        self.high = 1 << 20
        self._unsent = 0
        self._full = False
        self._loop = loop
        self._log = log
        self._protocol = protocol

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.lost:
            raise RuntimeError("unable to perform operation; the handler is closed")
        if self.closing:
            return
        self._log.note(f"{self.name}: written")
        self.written += data
        if self.stuck:
            self._unsent += len(data)
            if self._unsent > self.high and not self._full:
                self._full = True
                self._protocol.pause_writing()

    def flows(self, some: int | None = None) -> None:
        """The other end takes what was not sent yet, or `some` bytes of it."""
        self._unsent -= self._unsent if some is None else some
        if some is None:
            self.stuck = False
        if self._full and not self._unsent:
            self._full = False
            self._protocol.resume_writing()
        if self.closing and not self._unsent:
            self.lose()

    def lose(self, error: Exception | None = None) -> None:
        """The connection is gone, by whomever."""
        if not self.lost:
            self.lost = self.closing = True
            self._protocol.connection_lost(error)

    def close(self) -> None:
        self.closing = True
        if not self._unsent:
            self._loop.call_soon(self.lose)

    def abort(self) -> None:
        self.closing = True
        self._loop.call_soon(self.lose)

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        del low
        self.high = self.high if high is None else high

    def get_write_buffer_size(self) -> int:
        return self._unsent


class Answer(msgspec.Struct):
    """One answer as a client reads it."""

    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    whole: bool = False

    @property
    def code(self) -> str:
        """The code of an error, in either dialect's shape."""
        error: dict[str, object] = msgspec.json.decode(self.body)["error"]
        details = error.get("details")
        if isinstance(details, dict):
            return str(msgspec.convert(details, dict[str, object]).get("error_code"))
        return str(error.get("code"))


class Reader:
    """Reads answers off a connection, strictly."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        assert name.decode() not in self._headers, f"`{name.decode()}` came twice"
        self._headers[name.decode()] = value.decode()

    def on_headers_complete(self) -> None:
        status, headers = self._parser.get_status_code(), self._headers
        self._headers = {}
        self.answers.append(Answer(status=status, headers=headers))

    def on_body(self, data: bytes) -> None:
        self.answers[-1].body += data

    def on_message_complete(self) -> None:
        self.answers[-1].whole = True


class Waiter:
    """Whoever is held; what it is resumed with."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def resume(self, value: object) -> None:
        self.heard.append(value)

    def throw(self, error: BaseException) -> None:
        raise error
