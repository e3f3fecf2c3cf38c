"""What the supervisor and its processes say to each other, over a socket pair.

Frames are a length and MessagePack; the other side's end of file means that it is gone.
"""

import asyncio
import contextlib
import socket
import struct
from typing import Final

import msgspec

from detente.canonical.snapshot import Snapshot
from detente.gateway.drills import Drill
from detente.gateway.measures.headrooms import Readings
from detente.wiring import Sources

FRAME_BYTES_MAX: Final = 256 * 1024 * 1024
"""A configuration with its agreements; anything larger is a bug of ours."""
_LENGTH: Final = struct.Struct("<I")


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The process serves."""

    pid: int


class Reload(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Take these sources; from the control process (`sources` is None): please reload."""

    sources: Sources | None = None


class Reloaded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The sources are in force, or the errors that kept the old ones."""

    errors: tuple[str, ...] = ()


class HeadroomAsked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Tell what you have heard of limits; `number` is the question's, and comes back."""

    number: int


class HeadroomTold(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What a worker has heard of limits; the supervisor puts in which `worker` it is."""

    number: int
    readings: Readings
    worker: str = ""


class DrillOrdered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Behave as if somebody were gone, until the drill's end; None ends one before."""

    drill: Drill | None = None


class Measured(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Order by this what the agreements allow."""

    snapshot: Snapshot


class Stop(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Drain and end."""


Message = Ready | Reload | Reloaded | HeadroomAsked | HeadroomTold | DrillOrdered | Measured | Stop

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Message).decode


def frame(message: Message) -> bytes:
    """A message as it travels."""
    body = _encode(message)
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Cuts a byte stream into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are now whole."""
        self._buffer += data
        messages: list[Message] = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            assert length <= FRAME_BYTES_MAX
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            messages.append(_decode(bytes(self._buffer[_LENGTH.size : end])))
            del self._buffer[:end]
        return messages


class Channel:
    """A process's own end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._frames = Frames()
        self._waiting: list[Message] = []

    @classmethod
    async def open(cls, end: socket.socket) -> "Channel":
        """Take over one end of the pair."""
        reader, writer = await asyncio.open_unix_connection(sock=end)
        return cls(reader, writer)

    def send(self, message: Message) -> None:
        """Say something."""
        self._writer.write(frame(message))

    async def flush(self) -> None:
        """Wait until what was said has been written, or cannot be."""
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    async def receive(self) -> Message | None:
        """The next message, None when the supervisor is gone."""
        while not self._waiting:
            data = await self._reader.read(65536)
            if not data:
                return None
            self._waiting = self._frames.feed(data)
        return self._waiting.pop(0)
