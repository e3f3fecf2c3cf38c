"""Finds in a ledger the requests in which guardrails found something. Reads, never writes.

A look at a block's bytes tells whether there is anything in it, so that a ledger of which little
was guarded is read at the speed of the disk. Rehearsed requests are left out: they went to
simulators.

>>> reader = GuardedReader.open(Path("state/ledger.sqlite3"))
>>> next(reader.guarded()).findings[0].category
'email'
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from detente.canonical.evidence import Guarded, findings_of
from detente.canonical.journal import Intent
from detente.ledger.entries import us_of
from detente.ledger.store.reading import LedgerReader, readable
from detente.ledger.store.settled import Settled

_NEVER_US: Final = 2**63 - 1
_BLOCKS_AT_ONCE: Final = 64
"""Some 4 MB, as in `reading`."""
_MARKS: Final = (b"\xa5input", b"\xa6output")
"""The stage, as MessagePack spells it: every finding and every signal has one. A name of the
configuration may look alike, which costs a block's decoding and nothing else."""


class GuardedReader(LedgerReader):
    """A ledger open for its guarded requests; use `GuardedReader.open`."""

    _records: Final = msgspec.msgpack.Decoder(list[Intent | Settled]).decode

    def guarded(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        told: Callable[[int, int], None] | None = None,
    ) -> Iterator[Guarded]:
        """The requests that started in `since ≤ t < until` and in which something was found.

        `told` hears how many blocks of how many were read. Raises `LedgerUnusable` where a record
        cannot be read.
        """
        start_us = 0 if since is None else us_of(since)
        end_us = _NEVER_US if until is None else us_of(until)
        block, last = 0, self.last_block()
        while rows := self._connection.execute(
            "SELECT block, records FROM blocks WHERE block > ? AND latest_us >= ?"
            " AND earliest_us < ? ORDER BY block LIMIT ?",
            (block, start_us, end_us, _BLOCKS_AT_ONCE),
        ).fetchall():
            for _, records in rows:
                if any(mark in records for mark in _MARKS):
                    yield from self._found(records, start_us, end_us)
            block = rows[-1][0]
            if told is not None:
                told(min(block, last), last)

    def _found(self, records: bytes, start_us: int, end_us: int) -> Iterator[Guarded]:
        with readable():
            pairs = iter(self._records(records))
        for asked, ended in zip(pairs, pairs, strict=True):
            assert isinstance(asked, Intent), "a block begins with an intent"
            assert isinstance(ended, Settled), "an intent is followed by its settlement"
            if asked.rehearsed or not start_us <= asked.started_us < end_us:
                continue
            findings = findings_of(ended.screened, ended.safety)
            if findings:
                yield Guarded(project=asked.project, deployment=ended.deployment, findings=findings)
