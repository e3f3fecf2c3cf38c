"""The records that a worker appends to its journal, and the ledger is made of.

A request leaves an `Intent` before the first upstream byte and a `Settlement` before the last
byte of its answer; the two join on `id` into a `LedgerEntry`. A `DecisionRecord` carries a
decision the first time that a worker uses it. Records are positional on the wire
(`array_like`): new fields go to the end, with a default.
"""

import struct
from typing import Final

import msgspec

from detente.canonical.decision import Decision
from detente.canonical.entry import Attempt, EntryOutcome
from detente.canonical.model import Dialect, Interface
from detente.canonical.question import Labels, Question
from detente.canonical.usage import Usage


class Intent(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="i", gc=False):
    """What is about to be asked, and of whom.

    `started_us`, `at_us` and `known_us` are microseconds since the Unix epoch; the decision's
    own times are None where they are those of the start (they differ in rehearsal). What every
    request has of its own stands before what a class of requests shares, so that a worker can
    keep the encoded second half (`IntentTemplate`).
    """

    id: str
    started_us: int
    request_bytes: int = 0
    stream: bool = False
    features: tuple[str, ...] = ()
    rehearsed: bool = False
    at_us: int | None = None
    known_us: int | None = None
    key: str | None = None
    project: str | None = None
    labels: Labels = ()
    header_labels: Labels = ()
    asked_model: str | None = None
    model: str | None = None
    interface: Interface | None = None
    narrowed_to: tuple[str, ...] | None = None
    client_dialect: Dialect | None = None
    upstream_dialect: Dialect | None = None
    deployment: str | None = None
    decision: str | None = None


class Settlement(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="s", gc=False):
    """How it ended. Fields mean what they mean in `LedgerEntry`; costs are whole picodollars."""

    id: str
    outcome: EntryOutcome
    status: int
    error: str | None = None
    deployment: str | None = None
    upstream_dialect: Dialect | None = None
    decision: str | None = None
    attempts: tuple[Attempt, ...] = ()
    usage: Usage | None = None
    cost_pico_usd: int | None = None
    charge_pico_usd: int | None = None
    price: str | None = None
    losses: tuple[str, ...] = ()
    response_bytes: int = 0
    first_byte_ms: float | None = None
    total_ms: float = 0.0


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="d"):
    """A decision with the question that it first answered."""

    id: str
    question: Question
    decision: Decision


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


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_OWN_FIELDS: Final = 5
_OWN: Final = struct.Struct(">BQBQB")
_UINT64, _TRUE, _FALSE, _NO_FEATURES = 0xCF, 0xC3, 0xC2, b"\x90"  # the MessagePack specification


def _header_bytes(length: int) -> int:
    """The size of an array's header in MessagePack."""
    return 1 if length < 16 else 3


_INTENT_HEAD: Final = b"\xdc" + (len(Intent.__struct_fields__) + 1).to_bytes(2, "big") + b"\xa1i"
"""A 16-bit array header and the tag."""

JournalRecord = Intent | Settlement | DecisionRecord
