"""The ledger in PostgreSQL: what is committed is there once, and in the order of commits."""

from pathlib import Path

from tests.ledger.records import decision_record, intent, journal, settlement

from detente.ledger.store.ingest import Ingest
from detente.ledger.store.reading import LedgerReader
from detente.stores.postgres.ledger import PostgresLedger
from detente.stores.postgres.place import PostgresPlace


def test_what_a_worker_wrote_is_read(tmp_path: Path, postgres_url: str) -> None:
    writer = journal(tmp_path / "journal")
    writer.append(decision_record())
    for number in range(200):
        writer.append(intent(f"r{number}"))
        writer.append(settlement(f"r{number}"))
    writer.close()
    place = PostgresPlace(url=postgres_url)
    ledger = PostgresLedger.open(place, machine="gw-1", instance="a")
    ingest = Ingest(ledger, tmp_path / "journal")
    assert ingest.step().entries == 200
    ingest.close()
    ledger.close()
    reader = LedgerReader.open(place)
    assert [entry.id for entry in reader.tail(3)] == ["r197", "r198", "r199"]
    found = reader.entry("r150")
    assert found is not None
    assert found.clauses == ("a/first", "a/second")
    assert reader.sums(("day", "provider", "label:team"))[0].requests == 200
    reader.close()
