"""Encodes the intents of one class of requests, of which only the head differs.

The format is that of `journal.Intent` and of nothing else: a payload decodes as one.
"""

import struct
from typing import Final

import msgspec

from detente.canonical.journal import Intent

_ENCODE: Final = msgspec.msgpack.Encoder().encode
_OWN_FIELDS: Final = 5
_OWN: Final = struct.Struct(">BQBQB")
_UINT64, _TRUE, _FALSE, _NO_FEATURES = 0xCF, 0xC3, 0xC2, b"\x90"  # the MessagePack specification


def _header_bytes(length: int) -> int:
    """The size of an array's header in MessagePack."""
    return 1 if length < 16 else 3


_INTENT_HEAD: Final = b"\xdc" + (len(Intent.__struct_fields__) + 1).to_bytes(2, "big") + b"\xa1i"
"""A 16-bit array header and the tag."""


class IntentTemplate:
    """Encodes the intents of one class of requests, of which only the head differs.

    >>> template = IntentTemplate(Intent(id="", started_us=0, model="openai/gpt-4"))
    >>> payload = template.encode("req_1", started_us=7, request_bytes=9, stream=True)
    >>> msgspec.msgpack.decode(payload, type=Intent).model
    'openai/gpt-4'
    """

    __slots__ = ("_shared",)

    def __init__(self, intent: Intent) -> None:
        """Everything but id, start, size, stream and features is taken from `intent`."""
        shared = [getattr(intent, name) for name in Intent.__struct_fields__[_OWN_FIELDS:]]
        self._shared = _ENCODE(shared)[_header_bytes(len(shared)) :]

    def encode(
        self,
        id_: str,
        *,
        started_us: int,
        request_bytes: int,
        stream: bool,
        features: tuple[str, ...] = (),
    ) -> bytes:
        """One intent as a journal's payload."""
        return b"%b%b%b%b" % (
            _INTENT_HEAD,
            _ENCODE(id_),
            _OWN.pack(_UINT64, started_us, _UINT64, request_bytes, _TRUE if stream else _FALSE),
            (_ENCODE(features) if features else _NO_FEATURES) + self._shared,
        )
