"""From a step's records to the rows of one batch; touches no file.

Intents wait in memory for their settlement; what is still open at the end of a step becomes
a row too, so that the ledger alone says what is open.

>>> joining = Joining(open_intents, classes, next_block=1)
>>> joining.take("w0-1p1", "w0", payloads)
>>> joining.finish(alive={"w0-1p1"})
>>> ledger.commit(joining.batch)
"""

from typing import Final, assert_never

import msgspec

from detente.canonical.entry import EntryOutcome
from detente.canonical.journal import DecisionRecord, Intent
from detente.canonical.usage import Usage
from detente.ledger.entries import interrupted
from detente.ledger.store.database import Batch, Class

BLOCK_ENTRIES_MAX: Final = 64
"""Entries in a block (about 30 KB): showing one reads its block, a block a row saves time."""

INT64_MAX: Final = 2**63 - 1


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


OpenIntents = dict[str, dict[str, tuple[Intent, bytes]]]
"""By owner and id: what is open in the ledger, with the record as its worker wrote it."""


class Joining:
    """One step's records on their way to `batch`.

    `open_intents` and `classes` belong to the caller, outlive the step and are kept in line
    with `batch`; where the batch cannot be committed they are to be read again.
    """

    def __init__(
        self, open_intents: OpenIntents, classes: dict[Class, int], next_block: int
    ) -> None:
        self.batch = Batch()
        self.next_block = next_block
        self.records = 0
        self.interrupted = 0
        self._open = open_intents
        self._fresh: OpenIntents = {}
        self._classes = classes
        self._pieces: list[bytes] = []
        self._started: list[int] = []
        records = Intent | Settled | DecisionRecord
        self._decode = msgspec.msgpack.Decoder[Intent | Settled | DecisionRecord](records).decode
        self._encode = msgspec.msgpack.Encoder().encode

    def take(self, owner: str, worker: str, payloads: list[bytes]) -> None:
        """Takes records of one owner in the order in which they were written."""
        fresh = self._fresh.setdefault(owner, {})
        decode = self._decode
        for payload in payloads:
            record = decode(payload)
            if isinstance(record, Intent):
                fresh[record.id] = (record, payload)
            elif isinstance(record, Settled):
                found = fresh.pop(record.id, None) or self._stored(owner, record.id)
                if found is None:
                    self.batch.orphans.append((record.id, worker, payload))
                    continue
                self._add(worker, *found, record, payload)
            elif isinstance(record, DecisionRecord):
                self._decide(record, payload)
            else:
                assert_never(record)
        self.records += len(payloads)
        self._end_block(worker)

    def finish(self, alive: set[str]) -> None:
        """Ends what is open of owners that are not alive; the rest is stored as open."""
        for owner in [owner for owner in self._open if owner not in alive]:
            stored = self._open.pop(owner)
            self.batch.settled.extend((owner, id_) for id_ in stored)
            self._interrupt(owner, stored)
        for owner, fresh in self._fresh.items():
            if owner not in alive:
                self._interrupt(owner, fresh)
            elif fresh:
                self._open.setdefault(owner, {}).update(fresh)
                self.batch.opened.extend((id_, owner, item[1]) for id_, item in fresh.items())

    def _stored(self, owner: str, id_: str) -> tuple[Intent, bytes] | None:
        found = self._open.get(owner, {}).pop(id_, None)
        if found is not None:
            self.batch.settled.append((owner, id_))
        return found

    def _interrupt(self, owner: str, items: dict[str, tuple[Intent, bytes]]) -> None:
        worker = owner.rsplit("-", 1)[0]
        for intent, payload in items.values():
            settled = self._encode(interrupted(intent))
            record = self._decode(settled)
            assert isinstance(record, Settled), "a settlement decodes as one"
            self._add(worker, intent, payload, record, settled)
        self.interrupted += len(items)
        self._end_block(worker)

    def _decide(self, record: DecisionRecord, payload: bytes) -> None:
        self.batch.decisions.append((record.id, record.decision.outcome, payload))
        self.batch.clauses.extend((clause, record.id) for clause in record.decision.clauses)

    def _add(
        self, worker: str, intent: Intent, asked: bytes, settled: Settled, payload: bytes
    ) -> None:
        usage, cost, charge = settled.usage, settled.cost_pico_usd, settled.charge_pico_usd
        input_tokens = output_tokens = None
        if usage is not None:
            input_tokens, output_tokens = usage.input_tokens, usage.output_tokens
        started = self._started
        self.batch.entries.append(
            (
                intent.id,
                self.next_block,
                len(started),
                self._class(intent, settled),
                intent.started_us,
                input_tokens,
                output_tokens,
                _storable(cost),
                _storable(charge),
            )
        )
        started.append(intent.started_us)
        self._pieces += (asked, payload)
        if len(started) == BLOCK_ENTRIES_MAX:
            self._end_block(worker)

    def _class(self, intent: Intent, settled: Settled) -> int:
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
        number = self._classes.get(key)
        if number is None:
            number = len(self._classes) + 1
            self._classes[key] = number
            labels = msgspec.json.encode(dict(intent.labels)).decode()
            self.batch.classes.append((number, *key[:5], labels, *key[6:]))
        return number

    def _end_block(self, worker: str) -> None:
        started = self._started
        if not started:
            return
        head = b"\xdc" + len(self._pieces).to_bytes(2, "big")  # msgpack: array of 16-bit length
        self.batch.blocks.append(
            (self.next_block, worker, min(started), max(started), head + b"".join(self._pieces))
        )
        self._pieces.clear()
        started.clear()
        self.next_block += 1


def _storable(pico_usd: int | None) -> int | None:
    """None beyond 9.2 million dollars a request, which SQLite cannot hold."""
    return pico_usd if pico_usd is not None and abs(pico_usd) <= INT64_MAX else None
