"""Records become rows: each request once, whatever was open, in whatever step it settles."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.journal import Intent, JournalRecord, Settlement
from detente.ledger.store.database import Class
from detente.ledger.store.joining import BLOCK_ENTRIES_MAX, Joining, OpenIntents, Settled
from tests.canonical.values import structs_of
from tests.ledger.records import decision_record, intent, settlement

encode = msgspec.msgpack.Encoder().encode
OWNER = "w0-1p1"


def joined(open_intents: OpenIntents, records: list[JournalRecord], *, alive: bool) -> Joining:
    joining = Joining(open_intents, {}, next_block=1)
    joining.take(OWNER, "w0", [encode(record) for record in records])
    joining.finish({OWNER} if alive else set())
    return joining


def test_the_narrow_settlement_is_the_beginning_of_the_whole_one() -> None:
    narrow = Settled.__struct_fields__
    assert narrow == Settlement.__struct_fields__[: len(narrow)]


@given(structs_of(Settlement))
def test_the_narrow_settlement_reads_what_the_whole_one_says(whole: Settlement) -> None:
    narrow = msgspec.msgpack.decode(encode(whole), type=Settled)
    for name in ("id", "outcome", "status", "deployment", "decision", "usage"):
        assert getattr(narrow, name) == getattr(whole, name)
    assert narrow.cost_pico_usd == whole.cost_pico_usd
    assert narrow.charge_pico_usd == whole.charge_pico_usd


@pytest.mark.parametrize(
    ("cost", "stored"), [(None, None), (0, 0), (2**63 - 1, 2**63 - 1), (2**63, None)]
)
def test_a_cost_beyond_what_sqlite_holds_is_unknown(cost: int | None, stored: int | None) -> None:
    settled = msgspec.structs.replace(settlement("a"), cost_pico_usd=cost)
    batch = joined({}, [intent("a"), settled], alive=True).batch
    assert batch.entries[0][7] == stored


def test_a_settlement_of_a_later_step_closes_the_stored_intent() -> None:
    open_intents: OpenIntents = {}
    first = joined(open_intents, [intent("a"), intent("b"), settlement("b")], alive=True)
    assert [row[0] for row in first.batch.entries] == ["b"]
    assert [row[:2] for row in first.batch.opened] == [("a", OWNER)]
    second = joined(open_intents, [settlement("a")], alive=True)
    assert [row[0] for row in second.batch.entries] == ["a"]
    assert second.batch.settled == [(OWNER, "a")]
    assert not any(open_intents.values())


def test_what_a_dead_owner_left_open_is_interrupted() -> None:
    open_intents: OpenIntents = {}
    joined(open_intents, [intent("a")], alive=True)
    joining = joined(open_intents, [intent("b")], alive=False)
    assert sorted(str(row[0]) for row in joining.batch.entries) == ["a", "b"]
    assert joining.interrupted == 2
    assert (joining.batch.opened, joining.batch.settled) == ([], [(OWNER, "a")])
    assert open_intents == {}


def test_a_settlement_without_intent_is_kept_apart() -> None:
    joining = joined({}, [settlement("a")], alive=True)
    assert joining.batch.orphans == [("a", "w0", encode(settlement("a")))]
    assert joining.batch.entries == []


def test_a_decision_is_kept_with_its_clauses() -> None:
    joining = joined({}, [decision_record()], alive=True)
    assert [row[:2] for row in joining.batch.decisions] == [("d1", "allow")]
    assert joining.batch.clauses == [("a/first", "d1"), ("a/second", "d1")]


def test_classes_are_made_once_and_by_labels() -> None:
    classes: dict[Class, int] = {}
    joining = Joining({}, classes, next_block=1)
    for id_, labels in (("a", ()), ("b", (("x", "y"),)), ("c", ())):
        records = (intent(id_, labels=labels), settlement(id_))
        joining.take(OWNER, "w0", [encode(record) for record in records])
    assert [row[3] for row in joining.batch.entries] == [1, 2, 1]
    assert [row[6] for row in joining.batch.classes] == ["{}", '{"x":"y"}']
    assert len(classes) == 2


@given(st.integers(1, 3 * BLOCK_ENTRIES_MAX))
def test_blocks_hold_the_records_where_the_entries_say(count: int) -> None:
    records: list[JournalRecord] = []
    for n in range(count):
        records += [intent(f"r{n}"), settlement(f"r{n}")]
    joining = joined({}, records, alive=True)
    decode = msgspec.msgpack.Decoder(list[Intent | Settlement]).decode
    blocks: dict[object, list[Intent | Settlement]] = {}
    for block, _, _, _, held in joining.batch.blocks:
        assert isinstance(held, bytes)
        blocks[block] = decode(held)
    for id_, block, place, *_ in joining.batch.entries:
        assert isinstance(place, int)
        asked, settled = blocks[block][2 * place : 2 * place + 2]
        assert (asked.id, settled.id) == (id_, id_)
    assert len(joining.batch.blocks) == -(-count // BLOCK_ENTRIES_MAX)
