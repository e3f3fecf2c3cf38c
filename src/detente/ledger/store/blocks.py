"""A block of the ledger column by column: starts, what each class shares, how requests ended.

An intent that a template encoded is not decoded: its bytes after the start, the size and `stream`
are the same for all requests of a class, and make an `Intent` again once a class (`asked`). Of a
settlement as much is decoded as its reader wants. Touches no file.

>>> started_us, shared, ended = columns_of(records, Settled)
>>> asked(shared[0]).model, ended[0].status
('openai/gpt-4', 200)
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec

from detente.canonical.journal import Intent
from detente.ledger.store.record_bytes import ARRAY, SHARED_START, starts_us

DECODERS_MAX: Final = 512
"""One for each size of a block and kind of its reader, some 10 KB each; blocks have at most 128
entries."""

_OWN_FIELDS: Final = 4
"""The fields of an intent before those that its class shares: id, start, size, stream."""

EndT = TypeVar("EndT", bound=msgspec.Struct)


def columns_of(records: bytes, end: type[EndT]) -> tuple[list[int], list[bytes], list[EndT]]:
    """When the requests of a block started, what each shares with its class, and how it ended.

    `end` is the beginning of a `Settlement`, with only what is wanted decoded. Raises
    `msgspec.DecodeError` where the block is not intents and settlements in turn.
    """
    count = int.from_bytes(records[len(ARRAY) : len(ARRAY) + 2], "big") // 2
    pieces = _decoder(end, count)(records)
    intents = [bytes(intent) for intent in pieces[::2]]
    ended = list(pieces[1::2])
    started_us = starts_us(intents)
    if started_us is not None:
        return started_us, [intent[SHARED_START:] for intent in intents], ended
    whole = [_decode_intent(intent) for intent in intents]
    return [intent.started_us for intent in whole], [_shared(intent) for intent in whole], ended


def asked(shared: bytes) -> Intent:
    """The intent that requests of a class share: without id, start, size and `stream`."""
    return _decode_intent(_HEAD + shared)


@lru_cache(maxsize=DECODERS_MAX)
def _decoder(end: type[msgspec.Struct], count: int) -> Callable[[bytes], tuple[Any, ...]]:
    """Decodes a block in one call: intents are left as they stand."""
    return msgspec.msgpack.Decoder(tuple[(msgspec.Raw, end) * count]).decode


def _shared(intent: Intent) -> bytes:
    """The shared half of an intent that no template encoded, as a template encodes it."""
    fields = Intent.__struct_fields__[_OWN_FIELDS:]
    return b"".join([_encode(getattr(intent, name)) for name in fields])


_decode_intent: Final = msgspec.msgpack.Decoder(Intent).decode
_encode: Final = msgspec.msgpack.Encoder().encode
_HEAD: Final = (
    ARRAY + (len(Intent.__struct_fields__) + 1).to_bytes(2, "big") + b"\xa1i\xa0\x00\x00\xc2"
)
"""MessagePack: a 16-bit array, the tag, an empty id, two zeros and false."""
