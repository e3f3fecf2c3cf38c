"""The fingerprint of a part of the ledger, so that evidence can be held against it later.

Reads the records as they stand and hashes them; decodes nothing.

>>> DigestReader.open(path).digest(since_us=0, until_us=2**62).sha256
'9f86d0…'
"""

import hashlib

import msgspec

from detente.ledger.store.reading import BLOCKS_AT_ONCE, LedgerReader


class BlockDigest(msgspec.Struct, frozen=True, kw_only=True):
    """The SHA-256 over the records of some blocks in their order; 0 and 0 where there are none."""

    first_block: int
    last_block: int
    sha256: str


class DigestReader(LedgerReader):
    """A ledger open for hashing; use `DigestReader.open`."""

    def digest(self, *, since_us: int, until_us: int) -> BlockDigest:
        """The digest of all blocks with a request that started in the half-open time."""
        hashed, first, last = hashlib.sha256(), 0, 0
        while rows := self._connection.execute(
            "SELECT block, records FROM blocks"
            " WHERE latest_us >= ? AND earliest_us < ? AND block > ? ORDER BY block LIMIT ?",
            (since_us, until_us, last, BLOCKS_AT_ONCE),
        ).fetchall():
            for block, records in rows:
                first, last = first or block, block
                hashed.update(records)
        return BlockDigest(first_block=first, last_block=last, sha256=hashed.hexdigest())
