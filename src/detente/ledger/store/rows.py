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
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec.structs import astuple

from detente.canonical.evidence import findings_of
from detente.canonical.guardrail import Screened
from detente.canonical.journal import Intent
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import TOKEN_CLASSES
from detente.ledger.failures import LedgerUnavailable
from detente.ledger.store.batch import ENTRY_COLUMNS, Batch, Class
from detente.ledger.store.known import Known
from detente.ledger.store.record_bytes import CLASSES_HELD_MAX, SHARED_START, array_of, starts_us
from detente.ledger.store.schema import COUNTER_BITS, ID_LENGTH, ID_PREFIX_LENGTH, parts_of
from detente.ledger.store.settled import Settled

INT64_MAX: Final = 2**63 - 1
"""9.2 million dollars a request, in picodollars: SQLite holds no more."""

_INPUTS_END: Final = TOKEN_CLASSES.index("audio_input_tokens") + 1
_OUTPUTS_END: Final = len(TOKEN_CLASSES)
"""Where in a `Usage` the classes of input end, and then those of output."""

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
    add_spends(batch, owner, settled)
    for ended in settled:
        if ended.screened or ended.safety:
            add_findings(batch, ended.screened, ended.safety)
    tokens = [None if s.usage is None else astuple(s.usage) for s in settled]
    costs = [s.cost_pico_usd for s in settled]
    charges = [s.charge_pico_usd for s in settled]
    columns: tuple[Sequence[int | None], ...] = (
        [block] * len(ids),
        range(len(ids)),
        classes,
        started,
        [None if counts is None else sum(counts[:_INPUTS_END]) for counts in tokens],
        [None if counts is None else sum(counts[_INPUTS_END:_OUTPUTS_END]) for counts in tokens],
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


def add_spends(batch: Batch, owner: str, settled: Iterable[Settled]) -> None:
    """Adds what settlements spent of accounts to what `owner` has."""
    spent: dict[str, int] = {}
    for ended in settled:
        for account, amount in ended.spends:
            spent[account] = spent.get(account, 0) + amount
    for account, amount in spent.items():
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
        key = (payload[SHARED_START:], end.outcome, end.status, end.deployment, end.decision)
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
