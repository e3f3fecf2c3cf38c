"""From the records of one block to its rows, column by column; touches no file.

A block's settlements are decoded in one call, and the counters of its ids too. What a class of
requests shares is not decoded again: the bytes that say it are looked up.

Not here: which settlement belongs to which intent (`joining`).

>>> add_block(known, batch, "w0-1p1", [b"req_1"], [intent, settlement])
>>> known.next_block
2
"""

import struct
from binascii import Error as BinasciiError
from binascii import unhexlify
from collections.abc import Sequence
from typing import Final

import msgspec

from detente.canonical.entry import EntryOutcome
from detente.canonical.evidence import findings_of
from detente.canonical.guardrail import Screened
from detente.canonical.journal import Intent
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage
from detente.ledger.failures import LedgerUnavailable
from detente.ledger.store.batch import ENTRY_COLUMNS, Batch, Class
from detente.ledger.store.interface import PREFIX_NUMBERS_END
from detente.ledger.store.record_bytes import SHARED, array_of, starts_us
from detente.ledger.store.schema import COUNTER_BITS, ID_LENGTH, ID_PREFIX_LENGTH, parts_of

CLASSES_HELD_MAX: Final = 8_192
"""Classes found by their bytes, some 400 bytes each: clients can vary these bytes at will."""

INT64_MAX: Final = 2**63 - 1
"""9.2 million dollars a request, in picodollars: SQLite holds no more."""

OpenIntents = dict[str, dict[bytes, bytes]]
"""By owner and id: the record, as its worker wrote it, of every request that is open."""


class Known(msgspec.Struct, kw_only=True):
    """What outlives a step, in line with the ledger; where a commit fails it is read again.

    `prefixes` numbers the beginnings of ids. `by_bytes` finds a class by the bytes of the
    intent that say it, and by what the settlement adds.
    """

    open: OpenIntents = {}
    classes: dict[Class, int] = {}
    prefixes: dict[bytes, int] = {}
    next_class: int = 1
    next_prefix: int = 1
    prefixes_end: int = PREFIX_NUMBERS_END
    next_block: int = 1
    by_bytes: dict[tuple[bytes, str, int, str | None, str | None], int] = {}


class Settled(msgspec.Struct, frozen=True, array_like=True, tag="s", gc=False):
    """The beginning of a `Settlement`, with only what a row needs decoded: half the time."""

    id: str
    outcome: EntryOutcome
    status: int
    error: msgspec.Raw
    deployment: str | None
    upstream_dialect: msgspec.Raw
    decision: str | None
    attempts: msgspec.Raw
    usage: Usage | None
    cost_pico_usd: int | None
    charge_pico_usd: int | None
    price: msgspec.Raw
    losses: msgspec.Raw
    response_bytes: msgspec.Raw
    first_byte_ms: msgspec.Raw
    total_ms: msgspec.Raw
    client_try: msgspec.Raw
    safety: tuple[SafetySignal, ...] = ()
    spends: tuple[tuple[str, int], ...] = ()
    reserved_pico_usd: msgspec.Raw = msgspec.Raw(b"\xc0")
    screened: tuple[Screened, ...] = ()


_DECODE_INTENT: Final = msgspec.msgpack.Decoder(Intent).decode
_DECODE_SETTLED: Final = msgspec.msgpack.Decoder(list[Settled]).decode


def add_block(
    known: Known, batch: Batch, owner: str, ids: list[bytes], pieces: list[bytes]
) -> None:
    """Adds a block of `pieces` that one life of a worker wrote, intent and settlement in turn, the
    rows of its `ids`, and what was spent."""
    block = known.next_block
    settled = _DECODE_SETTLED(array_of(pieces[1::2]))
    started, classes = _origins(known, batch, pieces[::2], settled)
    numbers = _numbers(known, ids)
    for ended in settled:
        if ended.spends:
            add_spends(batch, owner, ended.spends)
        if ended.screened or ended.safety:
            add_findings(batch, ended.screened, ended.safety)
    usages = [s.usage for s in settled]
    costs = [s.cost_pico_usd for s in settled]
    charges = [s.charge_pico_usd for s in settled]
    columns: tuple[Sequence[int | None], ...] = (
        [block] * len(ids),
        range(len(ids)),
        classes,
        started,
        [None if usage is None else _input_tokens(usage) for usage in usages],
        [None if usage is None else usage.output_tokens for usage in usages],
        [None if cost is None or cost > INT64_MAX else cost for cost in costs],
        [None if charge is None or charge > INT64_MAX else charge for charge in charges],
    )
    if numbers is None:
        for id_, row in zip(ids, zip(*columns, strict=True), strict=True):
            _add_row(known, batch, id_.decode(), row)
    else:
        values: list[int | None] = [None] * (len(ids) * ENTRY_COLUMNS)
        values[::ENTRY_COLUMNS] = numbers
        for at, column in enumerate(columns, 1):
            values[at::ENTRY_COLUMNS] = column
        batch.entries += values
    batch.blocks.append((block, worker_of(owner), min(started), max(started), array_of(pieces)))
    known.next_block += 1


def add_spends(batch: Batch, owner: str, spends: tuple[tuple[str, int], ...]) -> None:
    """Adds what one settlement spent of accounts to what `owner` has."""
    for account, amount in spends:
        key = (account, owner)
        batch.spends[key] = batch.spends.get(key, 0) + amount


def add_findings(
    batch: Batch, screened: tuple[Screened, ...], safety: tuple[SafetySignal, ...]
) -> None:
    """Counts what guardrails found in one request; what did not run counts once."""
    for one in findings_of(screened, safety):
        key = (one.policy, one.category, one.treatment, one.stage)
        batch.findings[key] = batch.findings.get(key, 0) + max(one.count, 1)


def worker_of(owner: str) -> str:
    """The name of the worker whose life `owner` is."""
    return owner.rsplit("-", 1)[0]


def _origins(
    known: Known, batch: Batch, asked: list[bytes], settled: list[Settled]
) -> tuple[list[int], list[int]]:
    """When each request started, and the number of its class."""
    started = starts_us(asked)
    if started is None:
        intents = [_DECODE_INTENT(payload) for payload in asked]
        pairs = zip(intents, settled, strict=True)
        return [intent.started_us for intent in intents], [
            _class(known, batch, intent, end) for intent, end in pairs
        ]
    classes: list[int] = []
    by_bytes = known.by_bytes
    for payload, end in zip(asked, settled, strict=True):
        key = (payload[SHARED], end.outcome, end.status, end.deployment, end.decision)
        class_ = by_bytes.get(key)
        if class_ is None:
            class_ = _class(known, batch, _DECODE_INTENT(payload), end)
            if len(by_bytes) >= CLASSES_HELD_MAX:
                by_bytes.clear()
            by_bytes[key] = class_
        classes.append(class_)
    return started, classes


def _class(known: Known, batch: Batch, intent: Intent, settled: Settled) -> int:
    key: Class = (
        settled.outcome,
        settled.status,
        intent.rehearsed,
        intent.key,
        intent.project,
        intent.labels,
        intent.model,
        settled.deployment,
        settled.decision or intent.decision,
    )
    number = known.classes.get(key)
    if number is None:
        number = known.classes[key] = known.next_class
        known.next_class += 1
        labels = msgspec.json.encode(dict(intent.labels)).decode()
        batch.classes.append((number, *key[:5], labels, *key[6:]))
    return number


def _numbers(known: Known, ids: list[bytes]) -> tuple[int, ...] | None:
    """The numbers of ids of one known prefix; None where they have to be taken one by one.

    Every prefix is replaced by its number in hexadecimal digits, and all is read as numbers of
    64 bits. An `r` stands in a prefix only, and only at its beginning: so where one begins each
    id and none is left, all ids are of that prefix.
    """
    prefix = ids[0][:ID_PREFIX_LENGTH]
    number = known.prefixes.get(prefix)
    if number is None or set(map(len, ids)) != {ID_LENGTH}:
        return None
    joined = b"".join(ids)
    digits = joined.replace(prefix, b"%08x" % number)
    if joined[::ID_LENGTH] != b"r" * len(ids) or digits != digits.lower():
        return None
    try:
        return struct.unpack(f">{len(ids)}q", unhexlify(digits))
    except (BinasciiError, struct.error):
        return None


def _add_row(known: Known, batch: Batch, id_: str, row: tuple[int | None, ...]) -> None:
    """Adds one row under its id's number, and the number where it is new."""
    parts = parts_of(id_)
    if parts is None:
        batch.other_ids.append((id_,))
        batch.others.append((*row, id_))
        return
    prefix, counter = parts
    number = known.prefixes.get(prefix.encode())
    if number is None:
        number = known.prefixes[prefix.encode()] = _next_prefix(known)
        batch.prefixes.append((number, prefix))
    batch.entries += (number << COUNTER_BITS | counter, *row)


def _next_prefix(known: Known) -> int:
    """Raises `LedgerUnavailable` where this writer's numbers are used up; opened anew, the ledger
    gives others."""
    number = known.next_prefix
    if number >= known.prefixes_end:
        raise LedgerUnavailable("the ledger has no number left for another worker; open it anew")
    known.next_prefix = number + 1
    return number


def _input_tokens(usage: Usage) -> int:
    """`Usage.input_tokens`, which takes twice as long by its properties."""
    return (
        usage.uncached_input_tokens
        + usage.cache_read_tokens
        + usage.cache_write_5m_tokens
        + usage.cache_write_30m_tokens
        + usage.cache_write_1h_tokens
        + usage.cache_write_12h_tokens
        + usage.audio_input_tokens
    )
