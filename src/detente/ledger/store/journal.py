"""A worker's journal: appended to on the hot path, without a system call.

What is in the mapping belongs to the kernel, so `kill -9` loses nothing that `append` has
returned from. The next segment always exists before the current one is full, and an intent
is accepted only while it does: so there is a whole segment of room for the settlements of
what is open (over 400 bytes each for 10,000 requests in 4 MiB). A full disk therefore refuses
new requests and still settles the old ones.

Not here: reading (`segment`), and moving records into the ledger (`ingest`).

>>> journal = JournalWriter(folder, "w0", segment_bytes=4 << 20, bytes_max=1 << 30, now_us=now)
>>> journal.append(intent)
>>> journal.append(settlement)
"""

import contextlib
import fcntl
import mmap
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from detente.canonical.journal import Intent, JournalRecord
from detente.ledger.failures import JournalFull, RecordTooLarge
from detente.ledger.store.segment import (
    CLOSED,
    FORMAT_VERSION,
    FRAME,
    HEADER,
    MAGIC,
    PREPARING_SUFFIX,
    ROTATED,
    WORKER_BYTES_MAX,
    journal_bytes,
    name_of,
)

FULL_RETRY_US: Final = 100_000
"""How long a full journal refuses without looking again: a listing a refusal would be a load."""

_PACK: Final = FRAME.pack_into
_FRAME_BYTES: Final = FRAME.size


class JournalWriter:
    """The journal of one worker's life; one writer, one thread, made after any fork.

    `bytes_max` bounds all segments in `folder`, those of other workers included; `now_us`
    gives microseconds since the Unix epoch. Raises `JournalFull` where the first two segments
    do not fit.
    """

    def __init__(
        self,
        folder: Path,
        worker: str,
        *,
        segment_bytes: int,
        bytes_max: int,
        now_us: Callable[[], int],
    ) -> None:
        if not worker or len(worker.encode()) > WORKER_BYTES_MAX or "/" in worker:
            raise ValueError(f"worker name `{worker}` must have 1 to 40 bytes and no slash")
        self._folder = folder
        self._worker = worker
        self._segment_bytes = segment_bytes
        self._bytes_max = bytes_max
        self._now_us = now_us
        self._started_us = now_us()
        self._incarnation = f"{self._started_us}p{os.getpid()}"
        self._encode = msgspec.msgpack.Encoder().encode
        self._full_until_us = 0
        self._seq = 0
        self._end = segment_bytes - FRAME.size  # room for the end mark
        folder.mkdir(parents=True, exist_ok=True)
        self._clear_leftovers()
        self._segment = self._made()
        try:
            self._next: _Segment | None = self._made()
        except JournalFull:
            self._segment.discard()
            raise
        self._view = self._segment.view
        self._at = HEADER.size
        self._turn = self._end  # a record that ends beyond it takes the slow way

    @property
    def owner(self) -> str:
        """This life of this worker, as the ledger names it (`SegmentName.owner`)."""
        return f"{self._worker}-{self._incarnation}"

    def append(self, record: JournalRecord) -> None:
        """Makes `record` survive this process; returns when it does.

        Raises `JournalFull` (intents only, unless the disk fails too) and `RecordTooLarge`.
        """
        self._put(self._encode(record), type(record) is Intent)

    def append_intent(self, payload: bytes) -> None:
        """`append` for an intent that is already encoded (`IntentTemplate`)."""
        self._put(payload, True)

    def _put(self, payload: bytes, intent: bool) -> None:
        start = self._at + _FRAME_BYTES
        end = start + len(payload)
        if end > self._turn:
            start, end = self._turned(len(payload), intent)
        view = self._view
        view[start:end] = payload
        _PACK(view, start - _FRAME_BYTES, end - start, zlib.crc32(payload))
        self._at = end

    def prepare(self) -> None:
        """Makes the next segment where there was no room for it; for a timer.

        A failure is not reported here: the intent that meets it is refused.
        """
        if self._next is None:
            try:
                self._next = self._made()
            except JournalFull:
                return
            self._turn = self._end

    def close(self) -> None:
        """Ends the journal in order; what is still open will be `interrupted`."""
        self._segment.end(self._at, CLOSED)
        if self._next is not None:
            self._next.discard()
            self._next = None

    def _turned(self, size: int, intent: bool) -> tuple[int, int]:
        """Start and end of a payload that does not fit, or meets a missing next segment."""
        room = self._end - HEADER.size - FRAME.size
        if size > room:
            raise RecordTooLarge(size, room)
        if self._next is None:
            self._need_next(size, intent)
        if self._at + FRAME.size + size > self._end:
            assert self._next is not None, "a record that does not fit needed the next segment"
            self._segment.end(self._at, ROTATED)
            self._segment, self._next = self._next, None
            self._view = self._segment.view
            self._at = HEADER.size
            self._turn = 0
            self._need_next(size, intent)
        start = self._at + FRAME.size
        return start, start + size

    def _need_next(self, size: int, intent: bool) -> None:
        """Makes the next segment; where that fails, only what settles and fits may go on."""
        try:
            self._next = self._made()
        except JournalFull:
            if intent or self._at + FRAME.size + size > self._end:
                raise
        else:
            self._turn = self._end

    def _made(self) -> "_Segment":
        now_us = self._now_us()
        if now_us < self._full_until_us:
            raise JournalFull(_FULL)
        try:
            if journal_bytes(self._folder) + self._segment_bytes > self._bytes_max:
                raise JournalFull(_FULL)
            header = HEADER.pack(
                MAGIC, FORMAT_VERSION, os.getpid(), self._started_us, self._worker.encode()
            )
            path = self._folder / name_of(self._worker, self._incarnation, self._seq)
            segment = _Segment(path, self._segment_bytes, header)
        except JournalFull:
            self._full_until_us = now_us + FULL_RETRY_US
            raise
        except OSError as error:
            self._full_until_us = now_us + FULL_RETRY_US
            raise JournalFull(
                f"no journal segment could be made ({error.strerror});"
                " free space for `server.state`"
            ) from None
        self._seq += 1
        return segment

    def _clear_leftovers(self) -> None:
        """Deletes what a former life of this worker was preparing when it died."""
        for path in self._folder.glob(f"{self._worker}-*{PREPARING_SUFFIX}"):
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                with contextlib.suppress(BlockingIOError, FileNotFoundError):
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
            finally:
                os.close(fd)


_FULL: Final = (
    "the journal has reached `ledger.journal_bytes_max`; start the ledger's writer, or raise it"
)


class _Segment:
    """A segment that this process writes: locked, of full size, its header in place.

    The space is reserved first, so that a full disk is an error here and not a fault in the
    middle of a copy; the pages are mapped at once, so that appending meets no page fault.
    """

    def __init__(self, path: Path, size_bytes: int, header: bytes) -> None:
        self._path = path
        preparing = path.with_suffix(PREPARING_SUFFIX)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._fd = os.open(preparing, flags, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.posix_fallocate(self._fd, 0, size_bytes)
            self.view = mmap.mmap(self._fd, size_bytes, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE)
            self.view[: len(header)] = header
            preparing.rename(path)
        except OSError:
            preparing.unlink(missing_ok=True)
            os.close(self._fd)
            raise

    def end(self, at: int, mark: int) -> None:
        """Marks the segment's end at offset `at` and releases it."""
        FRAME.pack_into(self.view, at, mark, 0)
        self.view.close()
        os.close(self._fd)

    def discard(self) -> None:
        """Deletes a segment that was prepared and not used."""
        self._path.unlink(missing_ok=True)
        self.view.close()
        os.close(self._fd)
