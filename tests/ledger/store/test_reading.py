"""What the ledger answers is what was recorded: entries, decisions, and sums to the last digit."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.journal import Intent, Settlement
from detente.canonical.question import labels_of
from detente.ledger.entries import entry_of, time_of
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.reading import DIMENSIONS, LedgerReader
from tests.ledger.records import START_US, decision_record, ingested, intent, journal, settlement

HOSTILE = "'; DROP TABLE entries; --\"$.[]%_\\ é"


def recorded(state: Path, records: list[tuple[Intent, Settlement]]) -> LedgerReader:
    """A ledger of these requests under the decision `d1`."""
    writer = journal(state / "journal")
    writer.append(decision_record())
    for asked, settled in records:
        writer.append(asked)
        writer.append(settled)
    writer.close()
    ingested(state)
    return LedgerReader.open(state / "ledger.sqlite3")


def requests(count: int) -> list[tuple[Intent, Settlement]]:
    return [(intent(f"r{n}"), settlement(f"r{n}")) for n in range(count)]


def test_an_entry_comes_back_whole(tmp_path: Path) -> None:
    reader = recorded(tmp_path, requests(200))
    wanted = entry_of(
        intent("r150"), settlement("r150"), worker="w0", clauses=("a/first", "a/second")
    )
    assert reader.entry("r150") == wanted
    assert reader.entry("nobody") is None
    reader.close()


def test_entries_are_found_by_ids_of_every_shape(tmp_path: Path) -> None:
    prefixes = ("req_0123456789abcdef", "req_fedcba9876543210")
    ids = [f"{prefix}{n:08x}" for n in range(3) for prefix in prefixes]
    ids += ["other", "req_0123456789abcdef0000000A", "req_0123456789abcdef"]
    reader = recorded(tmp_path, [(intent(id_), settlement(id_)) for id_ in ids])
    for id_ in ids:
        found = reader.entry(id_)
        assert found is not None
        assert found.id == id_
    for id_ in ("req_0123456789abcdef00000003", "req_000000000000000000000001", "OTHER"):
        assert reader.entry(id_) is None
    assert [entry.id for entry in reader.tail(100)] == ids
    assert reader.sums()[0].requests == len(ids)
    reader.close()


def test_the_tail_is_the_last_entries_in_their_order(tmp_path: Path) -> None:
    reader = recorded(tmp_path, requests(200))
    assert [e.id for e in reader.tail(100)] == [f"r{n}" for n in range(100, 200)]
    assert len(reader.tail(1000)) == 200
    assert reader.tail(0) == []
    reader.close()


def test_following_shows_what_came_after_once(tmp_path: Path) -> None:
    reader = recorded(tmp_path, requests(100))
    last = reader.last_block()
    assert reader.after(last, 10) == ([], last)
    again = journal(tmp_path / "journal", now_us=lambda: START_US + 1)
    for n in range(100, 300):
        again.append(intent(f"r{n}"))
        again.append(settlement(f"r{n}"))
    again.close()
    ingested(tmp_path)
    found: list[str] = []
    while got := reader.after(last, 1)[0]:
        last = reader.after(last, 1)[1]
        found += [entry.id for entry in got]
    assert found == [f"r{n}" for n in range(100, 300)]
    reader.close()


def test_a_decision_comes_back_with_its_why_nots(tmp_path: Path) -> None:
    reader = recorded(tmp_path, requests(1))
    assert reader.decision("d1") == decision_record()
    assert reader.decision("d1") is reader.decision("d1")
    assert reader.decision("d2") is None
    reader.close()


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["shop", HOSTILE, ""]),
            st.none() | st.decimals(0, 9_000_000, places=12, allow_nan=False),
        ),
        max_size=20,
    )
)
def test_sums_are_exact(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[str, Decimal | None]]
) -> None:
    records = [
        (intent(f"r{n}", project=project), settlement(f"r{n}", cost_usd=cost))
        for n, (project, cost) in enumerate(drawn)
    ]
    reader = recorded(tmp_path_factory.mktemp("state"), records)
    wanted: defaultdict[str, list[Decimal | None]] = defaultdict(list)
    for project, cost in drawn:
        wanted[project].append(cost)
    rows = {row.group["project"]: row for row in reader.sums(("project",))}
    assert rows.keys() == wanted.keys()
    for project, costs in wanted.items():
        known = [cost for cost in costs if cost is not None]
        row = rows[project]
        assert row.cost_usd == (sum(known, Decimal(0)) if known else None)
        assert row.charge_usd == row.cost_usd
        assert row.cost_unknown == row.charge_unknown == len(costs) - len(known)
        assert (row.requests, row.input_tokens) == (len(costs), 20 * len(costs))
    (total,) = reader.sums()
    assert (total.requests, total.output_tokens) == (len(drawn), 30 * len(drawn))
    reader.close()


def test_what_consumed_nothing_is_not_of_unknown_cost(tmp_path: Path) -> None:
    denied = msgspec.structs.replace(settlement("r", cost_usd=None), usage=None, outcome="denied")
    reader = recorded(tmp_path, [(intent("r"), denied)])
    (row,) = reader.sums(("outcome",))
    assert (row.group, row.cost_usd, row.cost_unknown) == ({"outcome": "denied"}, None, 0)
    reader.close()


@pytest.mark.parametrize("name", DIMENSIONS)
def test_every_dimension_groups(tmp_path: Path, name: str) -> None:
    rows = recorded(tmp_path, requests(2)).sums((name,))
    values = {
        "model": ["openai/gpt-4"],
        "project": ["shop"],
        "key": ["app1"],
        "provider": ["openai"],
        "deployment": ["openai/gpt-4"],
        "decision": ["d1"],
        "clause": ["a/first", "a/second"],
        "outcome": ["answered"],
        "status": ["200"],
        "rehearsed": ["no"],
        "day": ["2026-05-28"],
        "month": ["2026-05"],
    }
    assert sorted(str(row.group[name]) for row in rows) == values[name]
    assert all(row.requests == 2 for row in rows)


def test_labels_group_whatever_they_say(tmp_path: Path) -> None:
    labels = labels_of({HOSTILE: HOSTILE, "team": "x"})
    reader = recorded(tmp_path, [(intent("r", labels=labels), settlement("r"))])
    (row,) = reader.sums((f"label:{HOSTILE}", "label:team", "label:none", "model"))
    assert list(row.group.values()) == [HOSTILE, "x", None, "openai/gpt-4"]
    reader.close()


def test_sums_are_bounded_in_time_half_open(tmp_path: Path) -> None:
    day_us = 86_400 * 10**6
    records = [
        (intent(f"r{n}", started_us=START_US + n * day_us), settlement(f"r{n}")) for n in range(4)
    ]
    reader = recorded(tmp_path, records)
    since, until = time_of(START_US + day_us), time_of(START_US + 3 * day_us)
    assert reader.sums(since=since, until=until)[0].requests == 2
    assert reader.sums(since=since + timedelta(microseconds=1), until=until)[0].requests == 1
    assert reader.sums(until=datetime(2020, 1, 1, tzinfo=UTC))[0].requests == 0
    reader.close()


def test_a_missing_or_foreign_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnusable, match="no ledger at"):
        LedgerReader.open(tmp_path / "ledger.sqlite3")
    (tmp_path / "other").write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerUnusable, match="cannot be read as a ledger"):
        LedgerReader.open(tmp_path / "other")


DAMAGED: tuple[Callable[[bytes], bytes], ...] = (
    lambda _: b"\x92\xc0\xc0",
    lambda records: records.replace(b"shop", b"\xffhop"),
)


@pytest.mark.parametrize("damaged", DAMAGED)
def test_a_record_that_cannot_be_read_is_said(
    tmp_path: Path, damaged: Callable[[bytes], bytes]
) -> None:
    recorded(tmp_path, requests(1)).close()
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as connection:
        ((records,),) = connection.execute("SELECT records FROM blocks")
        connection.execute("UPDATE blocks SET records = ?", (damaged(records),))
    reader = LedgerReader.open(tmp_path / "ledger.sqlite3")
    with pytest.raises(LedgerUnusable, match="another version wrote it"):
        reader.tail(1)
    reader.close()


def test_reading_writes_nothing(tmp_path: Path) -> None:
    reader = recorded(tmp_path, requests(1))
    before = (tmp_path / "ledger.sqlite3").read_bytes()
    reader.tail(5)
    reader.sums(("model",))
    reader.close()
    assert (tmp_path / "ledger.sqlite3").read_bytes() == before


def test_a_record_has_no_field_for_what_was_said() -> None:
    """A new field is a decision: it must hold no prompt, no answer and no key."""
    fields = set(Intent.__struct_fields__) | set(Settlement.__struct_fields__)
    spoken = {"prompt", "messages", "body", "content", "answer", "api_key", "authorization"}
    assert not fields & spoken
    assert intent("r").key == "app1"  # the key's name
