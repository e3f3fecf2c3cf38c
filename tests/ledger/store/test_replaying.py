"""Everything that a replay reads is what was recorded, however its intents were encoded."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from bench import traffic
from detente.canonical.journal import Settlement
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.blocks import asked
from detente.ledger.store.replaying import Ended, TrafficReader
from tests.ledger.records import START_US, ingested, intent, journal, settlement


def written(state: Path, ids: list[str]) -> TrafficReader:
    writer = journal(state / "journal", segment_bytes=1 << 20)
    for number, id_ in enumerate(ids):
        writer.append(intent(id_, started_us=START_US + number))
        writer.append(settlement(id_))
    writer.close()
    ingested(state)
    return TrafficReader.open(state / "ledger.sqlite3")


def test_requests_come_block_by_block(tmp_path: Path) -> None:
    reader = written(tmp_path, [f"r{n}" for n in range(300)])
    spans = reader.spans(0, 2**62)
    assert [(span.block, span.earliest_us - START_US) for span in spans[:2]] == [(1, 0), (2, 128)]
    blocks = list(reader.blocks(1, 3))
    assert [len(block.ended) for block in blocks] == [128, 128, 44]
    assert [us for block in blocks for us in block.started_us] == [START_US + n for n in range(300)]
    first = reader.block(1)
    known = asked(first.shared[0])
    assert intent("r0") == msgspec.structs.replace(
        known, id="r0", started_us=START_US, request_bytes=1024
    )
    assert len(set(first.shared)) == 1
    ended, wanted = first.ended[5], settlement("r5")
    for name in (
        "outcome",
        "status",
        "deployment",
        "decision",
        "attempts",
        "cost_pico_usd",
        "price",
    ):
        assert getattr(ended, name) == getattr(wanted, name)
    assert msgspec.msgpack.decode(ended.usage, type=type(wanted.usage)) == wanted.usage


def test_only_blocks_of_that_time(tmp_path: Path) -> None:
    reader = written(tmp_path, [f"r{n}" for n in range(300)])
    assert [span.block for span in reader.spans(START_US + 130, START_US + 200)] == [2]
    assert reader.spans(START_US + 300, 2**62) == []
    with pytest.raises(LedgerUnusable, match="no block 9"):
        reader.block(9)


def test_intents_of_templates_share_the_same_bytes_as_others(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    traffic.write(path, requests=500)
    reader = TrafficReader.open(path)
    blocks = list(reader.blocks(1, 4))
    assert len(blocks) == 4
    for block in blocks:
        for shared in block.shared:
            assert asked(shared).model is not None


def test_the_head_of_a_settlement_is_what_is_decoded() -> None:
    assert Settlement.__struct_fields__[:12] == Ended.__struct_fields__


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    written(tmp_path, ["r1"]).close()
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as connection:
        connection.execute("UPDATE blocks SET records = x'dc0002c0c0'")
    reader = TrafficReader.open(tmp_path / "ledger.sqlite3")
    with pytest.raises(LedgerUnusable, match="cannot be read"):
        reader.block(1)
