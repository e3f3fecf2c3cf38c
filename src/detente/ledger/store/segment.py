"""The format of a journal segment, and its reader.

A segment is a file of fixed size: a header of 64 bytes, then frames of length (u32), CRC-32
(u32) and payload, all little-endian, then zeros. A writer copies the payload before it
publishes length and CRC, so a frame whose CRC does not fit is one that is still being
written, or was when its writer died. A length of `ROTATED` or `CLOSED` ends the segment.
The writer holds an exclusive `flock` on the file, which its death releases.

Nothing here knows what a payload means.

>>> name_of("w0", "1700000000000000p42", 3)
'w0-1700000000000000p42-00000003.journal'
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from detente.ledger.failures import JournalFormatError
from detente.ledger.store.segment_name import SegmentName

SUFFIX: Final = ".journal"
PREPARING_SUFFIX: Final = ".preparing"
"""A segment's name until its lock is held and its header is whole; readers pass over it."""

MAGIC: Final = b"DTNTJRNL"
FORMAT_VERSION: Final = 1
HEADER: Final = struct.Struct("<8sIIQ40s")
FRAME: Final = struct.Struct("<II")
WORKER_BYTES_MAX: Final = 40

ROTATED: Final = 0xFFFFFFFF
"""Written as a length: the segment is complete, its writer went on to the next."""
CLOSED: Final = 0xFFFFFFFE
"""Written as a length: the segment is complete, its writer ended in order."""

CHUNK_BYTES: Final = 256 * 1024
"""What one system call reads: some 1,000 records, which are rows before more are read."""

End = Literal["open", "rotated", "closed", "dead"]
"""Where reading stopped: at what is written so far, or at a segment's end and why."""


def name_of(worker: str, incarnation: str, seq: int) -> str:
    """The file name of a segment."""
    return f"{worker}-{incarnation}-{seq:08d}{SUFFIX}"


def parse_name(name: str) -> SegmentName | None:
    """What a file name says, or None where it is not a segment's."""
    parts = name.removesuffix(SUFFIX).rsplit("-", 2)
    if not name.endswith(SUFFIX) or len(parts) != 3 or not parts[2].isdecimal():
        return None
    return SegmentName(worker=parts[0], incarnation=parts[1], seq=int(parts[2]))


def segments_of(folder: Path) -> dict[SegmentName, Path]:
    """The segments in a folder in the order in which they were written."""
    found = ((parse_name(path.name), path) for path in folder.iterdir())
    return dict(sorted((name, path) for name, path in found if name is not None))


def journal_bytes(folder: Path) -> int:
    """The bytes that a folder's segments take, those being prepared included."""
    total = 0
    for entry in os.scandir(folder):
        if entry.name.endswith((SUFFIX, PREPARING_SUFFIX)):
            try:
                total += entry.stat().st_size
            except FileNotFoundError:  # ingested and deleted since the listing
                continue
    return total


class SegmentReader:
    """One segment, read from an offset to what is whole so far.

    It reads the file and does not map it: what is mapped would count as this process's memory.
    Raises `JournalFormatError` where the file is not a segment of this format, and
    `FileNotFoundError` where it is gone.
    """

    def __init__(self, path: Path, name: SegmentName, offset: int = 0) -> None:
        self.path = path
        self.name = name
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _check_header(os.pread(self._fd, HEADER.size, 0), path)
        except JournalFormatError:
            os.close(self._fd)
            raise
        self._size = os.fstat(self._fd).st_size
        self.offset = max(offset, HEADER.size)
        self.end: End = "open"

    def read(self, records_max: int) -> Iterator[list[bytes]]:
        """At most `records_max` whole payloads from `offset` on, some at a time.

        Moves `offset` with them, and has set `end` when no more come. The lock is tried before
        reading: what a writer had appended when it was already dead is then all there is.
        """
        dead = self._is_released()
        wanted = CHUNK_BYTES
        while records_max:
            chunk = os.pread(self._fd, wanted, self.offset)
            payloads, at = _whole(chunk, records_max)
            self.offset += at
            records_max -= len(payloads)
            if payloads:
                yield payloads
            if not records_max:
                break
            length, _ = FRAME.unpack_from(chunk, at) if len(chunk) - at >= FRAME.size else (0, 0)
            if length >= CLOSED:
                self.end = "rotated" if length == ROTATED else "closed"
                break
            needed = FRAME.size + length
            torn = at + needed <= len(chunk) or self.offset + needed > self._size
            if torn or len(chunk) < wanted:
                self.end = "dead" if dead else "open"
                break
            wanted = CHUNK_BYTES if payloads else needed

    def close(self) -> None:
        """Gives the file back, and with it the lock where its writer is dead."""
        os.close(self._fd)

    def _is_released(self) -> bool:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _whole(chunk: bytes, records_max: int) -> tuple[list[bytes], int]:
    """The whole payloads at the beginning of `chunk`, and where something else begins."""
    payloads: list[bytes] = []
    unpack, crc32, head = FRAME.unpack_from, zlib.crc32, FRAME.size
    length: int
    crc: int
    at, last = 0, len(chunk) - head
    for _ in range(records_max):
        if at > last:
            break
        length, crc = unpack(chunk, at)
        start = at + head
        end = start + length
        payload = chunk[start:end]
        if crc32(payload) != crc or not payload:
            break
        payloads.append(payload)
        at = end
    return payloads, at


def _check_header(header: bytes, path: Path) -> None:
    if len(header) == HEADER.size:
        magic, version, _, _, _ = HEADER.unpack(header)
        if magic == MAGIC and version == FORMAT_VERSION:
            return
    raise JournalFormatError(
        f"`{path.name}` is not a journal segment of format {FORMAT_VERSION};"
        " move it out of the journal folder"
    )
