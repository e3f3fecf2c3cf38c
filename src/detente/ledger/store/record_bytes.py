"""How a worker's records look as bytes: what can be told of them without decoding.

A record of a worker's own begins with marks that say which it is; an intent's bytes after its own
fields are what the requests of its class share, and say the class. Any other encoding of a record
is as good, has not these marks, and is decoded.

>>> starts_us([IntentTemplate(intent).encode(id_, started_us=7, request_bytes=9, stream=True)])
[7]
"""

import struct
from collections.abc import Sequence
from typing import Final

from detente.canonical.journal import Intent, Settlement
from detente.ledger.store.schema import ID_LENGTH

ARRAY: Final = b"\xdc"
"""MessagePack: an array whose length stands in the next two bytes."""
CLASSES_HELD_MAX: Final = 8_192
"""Classes found by their bytes, some 400 bytes each: clients can vary these bytes at will."""


def head_of(record: type[Intent] | type[Settlement], tag: bytes) -> bytes:
    """How a record begins whose id has the length of a worker's own.

    MessagePack: an array of 16-bit length, the tag, a text of 28 bytes.
    """
    length = len(record.__struct_fields__) + 1
    return ARRAY + length.to_bytes(2, "big") + b"\xa1" + tag + bytes([0xA0 + ID_LENGTH])


HEAD_END: Final = 6
ID_END: Final = HEAD_END + ID_LENGTH
INTENT_HEAD: Final = head_of(Intent, b"i")
SETTLEMENT_HEAD: Final = head_of(Settlement, b"s")

SHARED_START: Final = ID_END + 19
"""An `IntentTemplate`'s records begin with what is a request's own: head, id, start, size, stream.
The rest is what the requests of a class share."""

# A record that is encoded in another way has not these marks.
_STARTS: Final = struct.Struct(">35xQ10x").iter_unpack
_UINT64: Final = b"\xcf"
_MARKS: Final = (
    *enumerate(bytes([byte]) for byte in INTENT_HEAD),
    (ID_END, _UINT64),
    (ID_END + 9, _UINT64),
)


def starts_us(asked: Sequence[bytes]) -> list[int] | None:
    """The starts of intents that templates encoded; None where one is encoded otherwise."""
    own = b"".join([payload[:SHARED_START] for payload in asked])
    count = len(asked)
    if len(own) != count * SHARED_START:
        return None
    if any(own[at::SHARED_START] != mark * count for at, mark in _MARKS):
        return None
    return [started_us for (started_us,) in _STARTS(own)]


def array_of(pieces: Sequence[bytes]) -> bytes:
    """The array of records that are encoded already."""
    return ARRAY + len(pieces).to_bytes(2, "big") + b"".join(pieces)
