"""Journals are taken in while the ledger can be written, and once it can be again."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from tests.ledger.records import intent, journal, settlement

from detente.gateway.processes import ingesting
from detente.gateway.processes.ingesting import Ingesting
from detente.ledger.failures import LedgerUnavailable, LedgerUnusable
from detente.ledger.store.database import Ledger
from detente.ledger.store.ingest import IngestReport
from detente.ledger.store.interface import LedgerStore
from detente.ledger.store.reading import LedgerReader

WITHIN_S = 20.0


class Opening:
    """Opens a ledger's file, unless it is to fail first so many times."""

    def __init__(self, path: Path, *failures: Exception) -> None:
        self.path = path
        self.failures = list(failures)

    def __call__(self) -> LedgerStore:
        if self.failures:
            raise self.failures.pop(0)
        return Ledger.open(self.path, now_us=0)


def recorded(folder: Path, count: int) -> None:
    writer = journal(folder)
    for number in range(count):
        writer.append(intent(f"r{number}"))
        writer.append(settlement(f"r{number}"))
    writer.close()


def taken(opening: Opening, folder: Path, *, stop_after: int) -> list[IngestReport]:
    """Runs until so many entries are there, then takes in the rest."""
    reports: list[IngestReport] = []

    async def run() -> None:
        stopping = asyncio.Event()

        def told(report: IngestReport) -> None:
            reports.append(report)
            if sum(one.entries for one in reports) >= stop_after:
                stopping.set()

        one = Ingesting(opening, folder, told=told)
        await one.open()
        async with asyncio.timeout(WITHIN_S):
            await one.run(stopping, pause_s=lambda: 0.01)
        await one.rest()

    asyncio.run(run())
    return reports


def entries(path: Path) -> list[str]:
    reader = LedgerReader.open(path)
    found = [entry.id for entry in reader.tail(1_000)]
    reader.close()
    return found


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingesting, "RETRY_S", 0.01)


def test_what_workers_wrote_is_taken_in(tmp_path: Path) -> None:
    recorded(tmp_path / "journal", 3)
    taken(Opening(tmp_path / "ledger"), tmp_path / "journal", stop_after=3)
    assert entries(tmp_path / "ledger") == ["r0", "r1", "r2"]


def test_a_database_that_is_away_at_the_start_is_waited_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path / "journal", 2)
    away = [LedgerUnavailable("it is away"), LedgerUnavailable("still"), sqlite3.Error("disk")]
    taken(Opening(tmp_path / "ledger", *away), tmp_path / "journal", stop_after=2)
    assert entries(tmp_path / "ledger") == ["r0", "r1"]
    said = capfd.readouterr().err
    assert "it is away" in said
    assert "can be written again" in said


def test_a_ledger_that_cannot_be_used_as_things_are_ends_the_start(tmp_path: Path) -> None:
    opening = Opening(tmp_path / "ledger", LedgerUnusable("another gateway writes"))
    with pytest.raises(LedgerUnusable, match="another gateway"):
        taken(opening, tmp_path, stop_after=1)
