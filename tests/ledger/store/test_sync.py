"""Journals reach the disk while their worker goes on writing."""

import os
from pathlib import Path

import pytest

from detente.ledger.store.segment import SegmentName, segments_of
from detente.ledger.store.sync import sync_journals
from tests.ledger.records import intent, journal


def test_every_segment_of_a_live_worker_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = journal(tmp_path)
    writer.append(intent("r"))
    synced: list[int] = []

    def sync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr("os.fdatasync", sync)
    assert sync_journals(tmp_path) == 2
    assert synced == [path.stat().st_ino for path in segments_of(tmp_path).values()]
    writer.close()


def test_a_segment_that_is_gone_needs_no_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = journal(tmp_path)
    gone = dict.fromkeys(segments_of(tmp_path), tmp_path / "gone.journal")

    def listed(_folder: Path) -> dict[SegmentName, Path]:
        return gone

    monkeypatch.setattr("detente.ledger.store.sync.segments_of", listed)
    assert sync_journals(tmp_path) == 0
    writer.close()
