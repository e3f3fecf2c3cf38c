"""The fingerprint of a part of the ledger: the same for the same records, another for others."""

from contextlib import closing
from pathlib import Path

from detente.ledger.store.digest import BlockDigest, DigestReader
from tests.ledger.records import START_US, ingested, intent, journal, settlement

EVER = 2**62


def recorded(state: Path, *ids: str) -> Path:
    writer = journal(state / "journal")
    for number, id_ in enumerate(ids):
        writer.append(intent(id_, started_us=START_US + number))
        writer.append(settlement(id_))
    writer.close()
    ingested(state)
    return state / "ledger.sqlite3"


def digest(ledger: Path, since_us: int = 0, until_us: int = EVER) -> BlockDigest:
    with closing(DigestReader.open(ledger)) as reader:
        return reader.digest(since_us=since_us, until_us=until_us)


def test_the_same_records_have_the_same_digest_and_others_another(tmp_path: Path) -> None:
    first, second, third = (
        digest(recorded(tmp_path / name, *ids))
        for name, ids in (("a", ("r1", "r2")), ("b", ("r1", "r2")), ("c", ("r1", "r3")))
    )
    assert first == second
    assert first.sha256 != third.sha256
    assert (first.first_block, first.last_block) == (1, 1)


def test_only_the_time_that_is_meant_counts(tmp_path: Path) -> None:
    state = tmp_path / "state"
    recorded(state, "r1")
    before = digest(state / "ledger.sqlite3")
    writer = journal(state / "journal", "w1")
    writer.append(intent("r9", started_us=START_US + 1_000))
    writer.append(settlement("r9"))
    writer.close()
    ingested(state)
    ledger = state / "ledger.sqlite3"
    assert digest(ledger, until_us=START_US + 500) == before
    assert digest(ledger).last_block == 2
    nothing = digest(ledger, since_us=START_US + 2_000)
    assert (nothing.first_block, nothing.last_block) == (0, 0)
