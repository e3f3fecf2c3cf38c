"""What workers and the control process say to each other directly: leases, keys, issuers' keys.

A Unix socket in the state folder, so that no other user can connect; the control process listens,
each worker connects and stays. Where it breaks, a worker keeps what it knows and holds, and
connects again (`LINK_PAUSE_S` apart). Frames are a length and JSON, for amounts of money in
picodollars outgrow the integers of MessagePack (64 bits, 18 million dollars).

Not here: what is said of accounts (`accounts.messages`), and what becomes of it (`purse`,
`treasury`, `principals`, `held_requests`).
"""

import asyncio
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import msgspec

from detente.accounts.messages import Answer, Ask, Kept
from detente.canonical.principal import Key, Project
from detente.gateway.guarding.held_requests import Content, Notice, Word

SOCKET_NAME: Final = "link.sock"
SOCKET_PATH_BYTES_MAX: Final = 100
"""What every system's `sun_path` has room for (104 or 108 with its end)."""
FRAME_BYTES_MAX: Final = 64 * 1024 * 1024
"""Far more than any message has; anything larger is a bug of ours, and not sent."""
LINK_PAUSE_S: Final = 0.1
WRITE_BUFFER_BYTES_MAX: Final = 256 * 1024 * 1024
"""A full key store (`key_book`), which is told at once. Who reads too slowly to keep up with that
is cut off, and connects again."""
_LENGTH: Final = struct.Struct("<I")


class MessageTooLarge(Exception):
    """What was to be said is more than the other side takes; nothing of it was sent."""


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A worker says who it is: its name, its life (the journal's owner), and which version of the
    stored keys it knows (-1: none)."""

    worker: str
    holder: str
    keys_version: int = -1


class KeysTold(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the key store has at `version`: everything (`whole`), or what changed since the version
    that the worker knows. A revoked key is among the changed. `age_ms` is how long ago the store
    was asked last: it may not answer now. Where there is `more` of it in the next message, nothing
    of it counts before the last."""

    version: int
    whole: bool
    projects: tuple[Project, ...] = ()
    keys: tuple[Key, ...] = ()
    projects_gone: tuple[str, ...] = ()
    age_ms: int = 0
    more: bool = False


class KeysUnknown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The key store cannot be read now (`outage`), or again."""

    outage: bool


class IssuerTold(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The public keys of the issuer `[identity.NAME]`: a JWK set as JSON, whole.

    They count for tokens of `issuer` alone, whatever a reload makes of the name. No bytes: they
    are unknown, or were not heard of for too long.
    """

    name: str
    issuer: str
    jwks: bytes


class IssuerAsked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A worker met a token of `[identity.NAME]` whose key it does not know: is there a new one?
    Answered by an `IssuerTold`, once the issuer was asked."""

    name: str


class Counted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What a worker's purse has counted since its life began; said once in a while.

    `asks` are round trips to the treasury, `reserved` requests that were reserved, `waited` those
    that waited for it. `refused` is by code and kind of account (`budget_exhausted project`).
    `excess_requests` used more than was reserved for them, together so much money and so many
    tokens more. `held` is no sum: what waits for an operator now.
    """

    worker: str
    asks: int = 0
    reserved: int = 0
    waited: int = 0
    refused: dict[str, int] = {}
    excess_requests: int = 0
    excess_pico_usd: int = 0
    excess_tokens: int = 0
    held: int = 0


class HeldAsked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Tell what you hold for an operator: all of it, or what has that `id`, with what it says.

    With a `word`, the operator `by` releases or refuses it instead. `number` is the question's, and
    comes back.
    """

    number: int
    id: str | None = None
    word: Word | None = None
    by: str = ""


class HeldTold(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What a worker holds of what was asked for, or what the operator's word was said of; `content`
    only of one that was asked for, and where it may be shown."""

    number: int
    held: tuple[Notice, ...] = ()
    content: Content | None = None


LinkMessage = (
    Hello
    | Ask
    | Answer
    | Kept
    | KeysTold
    | KeysUnknown
    | IssuerTold
    | IssuerAsked
    | Counted
    | HeldAsked
    | HeldTold
)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(LinkMessage).decode


class Link(asyncio.Protocol):
    """One end of a connection; `heard` is called with each message, `lost` once at its end."""

    def __init__(
        self, heard: Callable[["Link", LinkMessage], None], lost: Callable[["Link"], None]
    ) -> None:
        self._heard = heard
        self._lost = lost
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The other side is there."""
        # Those of uvloop are transports by their shape alone.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand on what is whole."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            assert length <= FRAME_BYTES_MAX
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            message = _decode(bytes(self._buffer[_LENGTH.size : end]))
            del self._buffer[:end]
            self._heard(self, message)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone."""
        del exc
        self._transport = None
        self._lost(self)

    def send(self, message: LinkMessage) -> bool:
        """Say something; False where nobody is there to hear it. Raises `MessageTooLarge`."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > WRITE_BUFFER_BYTES_MAX:
            transport.abort()
            return False
        body = _encode(message)
        if len(body) > FRAME_BYTES_MAX:
            raise MessageTooLarge(f"a {type(message).__name__} of {len(body)} bytes")
        transport.write(_LENGTH.pack(len(body)) + body)
        return True

    def close(self) -> None:
        """End the connection once what was said is written."""
        if self._transport is not None:
            self._transport.close()


def address_of(state: Path) -> tuple[str, int | None]:
    """The socket's path in the folder `state`, and a descriptor to close once it was used.

    Where the path is longer than a socket's may be, it leads through the open folder
    (`/proc/self/fd`).
    """
    path = str(state / SOCKET_NAME)
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES_MAX:
        return path, None
    folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return f"/proc/self/fd/{folder}/{SOCKET_NAME}", folder
