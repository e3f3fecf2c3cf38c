"""From a step's records to the rows of one batch; touches no file.

Intents wait in memory for their settlement; what is still open at the end of a step becomes
a row too, so that the ledger alone says what is open.

>>> joining = Joining(known)
>>> joining.take("w0-1p1", payloads)
>>> joining.end_block("w0-1p1")
>>> joining.finish(alive={"w0-1p1"})
>>> ledger.commit(joining.batch)
"""

from typing import Final, assert_never

import msgspec

from detente.canonical.journal import DecisionRecord, Intent
from detente.ledger.entries import interrupted
from detente.ledger.store.batch import Batch
from detente.ledger.store.known import Known, OpenIntents
from detente.ledger.store.record_bytes import HEAD_END, ID_END, INTENT_HEAD, SETTLEMENT_HEAD
from detente.ledger.store.rows import add_block, add_spends, worker_of
from detente.ledger.store.settled import Settled

BLOCK_ENTRIES_MAX: Final = 128
"""Entries in a block (about 60 KB): showing one reads its block, a block a row saves time."""

Record = Intent | Settled | DecisionRecord
_DECODE: Final = msgspec.msgpack.Decoder[Record](Record).decode
_DECODE_SETTLED: Final = msgspec.msgpack.Decoder(Settled).decode
_DECODE_INTENT: Final = msgspec.msgpack.Decoder(Intent).decode
_ENCODE: Final = msgspec.msgpack.Encoder().encode


class Joining:
    """One step's records on their way to `batch`; keeps `known` in line with it."""

    def __init__(self, known: Known) -> None:
        self.batch = Batch()
        self.records = 0
        self.interrupted = 0
        self._known = known
        self._fresh: OpenIntents = {}
        self._ids: list[bytes] = []
        self._pieces: list[bytes] = []

    def take(self, owner: str, payloads: list[bytes]) -> None:
        """Takes records of one owner in the order in which they were written."""
        fresh = self._fresh.setdefault(owner, {})
        ids, pieces = self._ids, self._pieces
        for payload in payloads:
            head = payload[:HEAD_END]
            if head == INTENT_HEAD:
                fresh[payload[HEAD_END:ID_END]] = payload
            elif head == SETTLEMENT_HEAD:
                id_ = payload[HEAD_END:ID_END]
                asked = fresh.pop(id_, None)
                if asked is None:
                    self._settle_stored(owner, id_, payload)
                    continue
                ids.append(id_)
                pieces += (asked, payload)
                if len(ids) >= BLOCK_ENTRIES_MAX:
                    self.end_block(owner)
            else:
                self._take_other(owner, payload)
        self.records += len(payloads)

    def end_block(self, owner: str) -> None:
        """Makes a block of what one life of a worker settled: before those of another."""
        if self._ids:
            add_block(self._known, self.batch, owner, self._ids, self._pieces)
            self._ids.clear()
            self._pieces.clear()

    def finish(self, alive: set[str]) -> None:
        """Ends what is open of owners that are not alive; the rest is stored as open."""
        waiting = self._known.open
        for owner in [owner for owner in waiting if owner not in alive]:
            stored = waiting.pop(owner)
            self.batch.settled.extend((owner, id_.decode()) for id_ in stored)
            self._interrupt(owner, stored)
        for owner, fresh in self._fresh.items():
            if owner not in alive:
                self._interrupt(owner, fresh)
            elif fresh:
                waiting.setdefault(owner, {}).update(fresh)
                self.batch.opened.extend((id_.decode(), owner, fresh[id_]) for id_ in fresh)

    def _take_other(self, owner: str, payload: bytes) -> None:
        """Takes a record that is none of the two usual ones, or does not look like them."""
        record = _DECODE(payload)
        if isinstance(record, Intent):
            self._fresh[owner][record.id.encode()] = payload
        elif isinstance(record, Settled):
            id_ = record.id.encode()
            asked = self._fresh[owner].pop(id_, None)
            if asked is None:
                self._settle_stored(owner, id_, payload)
            else:
                self._settle(owner, id_, asked, payload)
        elif isinstance(record, DecisionRecord):
            self.batch.decisions.append((record.id, record.decision.outcome, payload))
            self.batch.clauses.extend((clause, record.id) for clause in record.decision.clauses)
        else:
            assert_never(record)

    def _settle_stored(self, owner: str, id_: bytes, payload: bytes) -> None:
        """Settles what was open before this step; what nobody asked is kept apart."""
        asked = self._known.open.get(owner, {}).pop(id_, None)
        if asked is None:
            self.batch.orphans.append((id_.decode(), worker_of(owner), payload))
            add_spends(self.batch, owner, [_DECODE_SETTLED(payload)])
        else:
            self.batch.settled.append((owner, id_.decode()))
            self._settle(owner, id_, asked, payload)

    def _interrupt(self, owner: str, items: dict[bytes, bytes]) -> None:
        for id_, asked in items.items():
            self._settle(owner, id_, asked, _ENCODE(interrupted(_DECODE_INTENT(asked))))
        self.interrupted += len(items)
        self.end_block(owner)

    def _settle(self, owner: str, id_: bytes, asked: bytes, payload: bytes) -> None:
        self._ids.append(id_)
        self._pieces += (asked, payload)
        if len(self._ids) >= BLOCK_ENTRIES_MAX:
            self.end_block(owner)
