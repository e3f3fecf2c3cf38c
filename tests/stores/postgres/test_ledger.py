"""The ledger in PostgreSQL: what is committed is there once, in the order of commits, and reads as
the same journals read from a file."""

import asyncio
import threading
from pathlib import Path

import pytest
from tests.ledger.records import START_US, decision_record, intent, journal, settlement

from detente.ledger.failures import LedgerUnavailable, LedgerUnusable
from detente.ledger.store.batch import Batch
from detente.ledger.store.database import Ledger
from detente.ledger.store.digest import DigestReader
from detente.ledger.store.ingest import Ingest
from detente.ledger.store.interface import LedgerPlace
from detente.ledger.store.reading import DIMENSIONS, LedgerReader
from detente.ledger.store.replaying import TrafficReader
from detente.ledger.store.using import UseReader
from detente.stores.postgres.connection import connect
from detente.stores.postgres.ledger import PostgresLedger
from detente.stores.postgres.place import PostgresPlace

REQUESTS = 300


def written(folder: Path, *, first: int = 0, count: int = REQUESTS) -> Path:
    """A worker's journal, with ids of both shapes, several classes, and an open request."""
    writer = journal(folder)
    writer.append(decision_record())
    for number in range(first, first + count):
        id_ = f"r{number}" if number % 3 else f"req_{first:014x}{number % 7:02x}{number:08x}"
        labels = (("team", "ünï"),) if number % 2 else ()
        asked = intent(
            id_, project=("shop", "ops")[number % 2], labels=labels, started_us=START_US + number
        )
        writer.append(asked)
        writer.append(settlement(id_, cost_usd=None) if number % 5 == 0 else settlement(id_))
    writer.append(intent(f"open{first}", started_us=START_US + first + count))
    writer.close()
    return folder


def taken(place: PostgresPlace, folder: Path, *, machine: str = "gw-1") -> int:
    """Takes a journal in; the number of entries added."""
    ledger = PostgresLedger.open(place, machine=machine, instance=machine)
    ingest = Ingest(ledger, folder, records_max=100)
    added = 0
    while (report := ingest.step()).more or report.entries:
        added += report.entries
    ingest.close()
    ledger.close()
    return added


@pytest.fixture
def both(tmp_path: Path, place: PostgresPlace) -> tuple[LedgerPlace, LedgerPlace]:
    """The same journals in a file and in a database."""
    file = tmp_path / "ledger.sqlite3"
    ledger = Ledger.open(file, now_us=START_US)
    ingest = Ingest(ledger, written(tmp_path / "first"), records_max=100)
    while ingest.step().more:
        pass
    ingest.step()
    ingest.close()
    ledger.close()
    taken(place, written(tmp_path / "second"))
    return file, place


def test_every_question_is_answered_alike(both: tuple[LedgerPlace, LedgerPlace]) -> None:
    answers: list[list[object]] = []
    for place in both:
        reader = LedgerReader.open(place)
        ids = ["r4", "req_00000000000000030000000" + "3", "nobody", "open0"]
        answers.append(
            [
                reader.tail(10_000),
                reader.tail(7),
                reader.last_block(),
                reader.after(2, 3),
                [reader.entry(id_) for id_ in ids],
                reader.decision("d1"),
                reader.decision("none"),
                [sorted(map(repr, reader.sums((name,)))) for name in DIMENSIONS],
                sorted(map(repr, reader.sums(("day", "label:team", "clause")))),
                reader.sums(),
            ]
        )
        reader.close()
    assert answers[0] == answers[1]
    assert answers[0][4] != [None] * 4


def test_sums_of_use_digests_and_traffic_are_the_same(
    both: tuple[LedgerPlace, LedgerPlace],
) -> None:
    answers: list[list[object]] = []
    for place in both:
        uses, traffic, digests = (
            UseReader.open(place),
            TrafficReader.open(place),
            DigestReader.open(place),
        )
        answers.append(
            [
                sorted(map(repr, uses.uses(interfaces=True))),
                uses.began_us(),
                uses.since(1, 2),
                traffic.spans(0, 2**62),
                [len(block.ended) for block in traffic.blocks(1, 1_000)],
                digests.digest(since_us=0, until_us=2**62),
            ]
        )
        for reader in (uses, traffic, digests):
            reader.close()
    assert answers[0] == answers[1]


def test_two_machines_write_at_once_and_a_reader_misses_nothing(
    tmp_path: Path, place: PostgresPlace
) -> None:
    folders = {f"gw-{n}": written(tmp_path / f"gw-{n}", first=n * 1_000) for n in range(2)}
    taken(place, tmp_path / "none")  # the schema is there
    reader = LedgerReader.open(place)
    seen: list[str] = []
    added: list[int] = []

    def takes(machine: str, folder: Path) -> None:
        added.append(taken(place, folder, machine=machine))

    writers = [threading.Thread(target=takes, args=of) for of in folders.items()]
    for writer in writers:
        writer.start()
    last = 0
    while any(writer.is_alive() for writer in writers) or reader.last_block() > last:
        entries, last = reader.after(last, 2)
        seen.extend(entry.id for entry in entries)
    for writer in writers:
        writer.join()
    assert added == [REQUESTS + 1] * 2
    assert len(seen) == len(set(seen)) == 2 * (REQUESTS + 1)
    assert sum(row.requests for row in reader.sums(("project",))) == 2 * (REQUESTS + 1)
    reader.close()


def test_a_second_gateway_of_the_same_name_is_refused(
    place: PostgresPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.stores.postgres.ledger.LOCK_WAIT_S", 0.2)
    first = PostgresLedger.open(place, machine="gw-1", instance="a")
    with pytest.raises(LedgerUnusable, match=r"`gw-1`.*`store\.machine`"):
        PostgresLedger.open(place, machine="gw-1", instance="b")
    PostgresLedger.open(place, machine="gw-2", instance="b").close()
    assert first.commit(Batch(positions=[("s", 1)])) == 0
    first.close()
    PostgresLedger.open(place, machine="gw-1", instance="b").close()


def test_a_session_that_this_gateway_left_behind_is_ended(place: PostgresPlace) -> None:
    left = PostgresLedger.open(place, machine="gw-1", instance="a")
    ledger = PostgresLedger.open(place, machine="gw-1", instance="a")
    with pytest.raises(LedgerUnavailable):
        left.commit(Batch(positions=[("s", 1)]))
    assert ledger.positions() == {}
    assert ledger.commit(Batch(positions=[("s", 2)])) == 0
    assert ledger.positions() == {"s": 2}
    left.close()
    ledger.close()


def test_a_batch_that_fails_in_the_middle_leaves_nothing(place: PostgresPlace) -> None:
    ledger = PostgresLedger.open(place, machine="gw-1", instance="a")
    batch = Batch(
        blocks=[(1, "w0", 1, 2, b"")],
        positions=[("s", 1)],
        ended=[("w0-1p1",)],
        entries=[1, 1, 0, 2**63, 1, None, None, None, None],  # no 64 bits
    )
    with pytest.raises(LedgerUnavailable):
        ledger.commit(batch)
    assert ledger.positions() == {}
    assert ledger.commit(Batch(blocks=[(1, "w0", 1, 2, b"")])) == 0
    ledger.close()
    reader = LedgerReader.open(place)
    assert reader.last_block() == 1
    reader.close()


def test_numbers_come_from_ranges_and_a_full_one_is_followed_by_another(
    place: PostgresPlace,
) -> None:
    ledger = PostgresLedger.open(place, machine="gw-1", instance="a")
    first = ledger.numbers()
    other = PostgresLedger.open(place, machine="gw-2", instance="b")
    assert other.numbers().prefixes >= first.prefixes_end
    assert other.numbers().classes > first.classes
    last = first.prefixes_end - 1
    ledger.commit(Batch(prefixes=[(last, "req_0000000000000001")]))
    assert ledger.numbers().prefixes > last
    assert ledger.numbers().prefixes < 2**31
    assert ledger.prefixes() == {b"req_0000000000000001": last}
    assert other.prefixes() == ledger.prefixes()
    ledger.close()
    other.close()


def test_a_gateway_that_is_named_anew_goes_on_where_it_was(
    tmp_path: Path, place: PostgresPlace
) -> None:
    folder = tmp_path / "journal"
    writer = journal(folder)
    writer.append(intent("r1"))
    writer.append(settlement("r1"))
    for machine in ("old", "new"):
        ledger = PostgresLedger.open(place, machine=machine, instance="a")
        ingest = Ingest(ledger, folder)
        assert ingest.step().entries == (1 if machine == "old" else 0)
        ingest.close()
        ledger.close()
    writer.close()
    reader = LedgerReader.open(place)
    assert [entry.id for entry in reader.tail(10)] == ["r1"]
    reader.close()


def test_spends_are_booked_by_machine(place: PostgresPlace) -> None:
    for machine in ("gw-1", "gw-2"):
        ledger = PostgresLedger.open(place, machine=machine, instance=machine)
        for _ in range(2):
            ledger.commit(Batch(spends={("account", "w0-1p1"): 2**62}))
        ledger.close()

    async def spent() -> list[tuple[object, ...]]:
        connection = await connect(place)
        rows = await connection.fetch("SELECT machine, spent FROM spends ORDER BY machine")
        connection.terminate()
        return [tuple(row) for row in rows]

    assert asyncio.run(spent()) == [("gw-1", 2**63), ("gw-2", 2**63)]


def test_no_ledger_and_no_server_are_told(place: PostgresPlace) -> None:
    with pytest.raises(LedgerUnusable, match="start `detente serve`"):
        LedgerReader.open(place)
    away = PostgresPlace(url="postgresql://app:hunter2@127.0.0.1:1/d")
    with pytest.raises(LedgerUnavailable, match="cannot be used") as refusal:
        LedgerReader.open(away)
    assert "hunter2" not in str(refusal.value)
    with pytest.raises(LedgerUnavailable):
        PostgresLedger.open(away, machine="gw-1", instance="a")
