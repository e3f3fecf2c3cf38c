"""What was found is found again, in the time that is meant, and nothing of rehearsals."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from detente.canonical.evidence import platforms_own
from detente.canonical.guardrail import Screened
from detente.canonical.journal import Intent, Settlement
from detente.canonical.safety import SafetySignal
from detente.ledger.entries import time_of
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.guarded import GuardedReader
from tests.ledger.records import START_US, decision_record, ingested, intent, journal, settlement

HOUR_US = 3_600_000_000
EMAIL = Screened(
    policy="p", stage="input", detector="email", category="email", treatment="block", count=2
)
HATE = SafetySignal(stage="output", action="blocked", category="hate", source="azure")


def records() -> list[tuple[Intent, Settlement]]:
    """Guarded, then refused by a platform, then neither, then rehearsed, then of another life."""
    found = {0: {"screened": (EMAIL,)}, 1: {"safety": (HATE,)}, 3: {"screened": (EMAIL,)}}
    made: list[tuple[Intent, Settlement]] = []
    for number in range(4):
        asked = intent(f"r{number}", started_us=START_US + number * HOUR_US)
        asked = msgspec.structs.replace(asked, rehearsed=number == 3)
        members = found.get(number, {})
        made.append((asked, msgspec.structs.replace(settlement(f"r{number}"), **members)))
    return made


@pytest.fixture(name="ledger")
def _ledger(tmp_path: Path) -> Path:
    writer = journal(tmp_path / "journal")
    writer.append(decision_record())
    for asked, settled in records():
        writer.append(asked)
        writer.append(settled)
    writer.close()
    ingested(tmp_path)
    return tmp_path / "ledger.sqlite3"


def test_policies_findings_and_platforms_own(ledger: Path) -> None:
    reader = GuardedReader.open(ledger)
    heard: list[tuple[int, int]] = []
    found = list(reader.guarded(told=lambda done, total: heard.append((done, total))))
    assert [(one.project, one.deployment) for one in found] == [("shop", "openai/gpt-4")] * 2
    assert [one.findings for one in found] == [(EMAIL,), platforms_own([HATE])]
    assert heard == [(1, 1)]
    reader.close()


def test_only_the_time_that_is_meant(ledger: Path) -> None:
    reader = GuardedReader.open(ledger)
    second = time_of(START_US + HOUR_US)
    assert [one.findings for one in reader.guarded(until=second)] == [(EMAIL,)]
    assert [one.findings for one in reader.guarded(since=second)] == [platforms_own([HATE])]
    assert list(reader.guarded(until=time_of(START_US))) == []
    reader.close()


def test_an_entry_tells_it_too(ledger: Path) -> None:
    reader = GuardedReader.open(ledger)
    entry = reader.entry("r0")
    assert entry is not None
    assert entry.screened == (EMAIL,)
    reader.close()


def test_a_damaged_record_is_said(ledger: Path) -> None:
    with sqlite3.connect(ledger) as connection:
        connection.execute("UPDATE blocks SET records = ?", (b"\xdc\x00\x02\xa5input",))
    connection.close()
    reader = GuardedReader.open(ledger)
    with pytest.raises(LedgerUnusable, match="cannot be read"):
        list(reader.guarded())
    reader.close()


def test_a_ledger_in_which_nothing_was_found(tmp_path: Path) -> None:
    writer = journal(tmp_path / "journal")
    for number in range(300):
        writer.append(intent(f"r{number}"))
        writer.append(settlement(f"r{number}"))
    writer.close()
    ingested(tmp_path)
    reader = GuardedReader.open(tmp_path / "ledger.sqlite3")
    assert list(reader.guarded()) == []
    reader.close()
