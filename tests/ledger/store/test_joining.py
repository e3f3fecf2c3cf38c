"""Records become rows: each request once, whatever was open, in whatever step it settles."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.journal import Intent, JournalRecord, Settlement
from detente.ledger.store.database import ENTRY_COLUMNS
from detente.ledger.store.joining import BLOCK_ENTRIES_MAX, Joining
from detente.ledger.store.known import Known
from tests.ledger.records import decision_record, intent, settlement

encode = msgspec.msgpack.Encoder().encode
OWNER = "w0-1p1"
WORKER_ID = "req_0123456789abcdef0000002a"


def joined(known: Known, records: list[JournalRecord], *, alive: bool) -> Joining:
    joining = Joining(known)
    joining.take(OWNER, [encode(record) for record in records])
    joining.end_block(OWNER)
    joining.finish({OWNER} if alive else set())
    return joining


def test_a_settlement_of_a_later_step_closes_the_stored_intent() -> None:
    known = Known()
    first = joined(known, [intent("a"), intent("b"), settlement("b")], alive=True)
    assert [row[-1] for row in first.batch.others] == ["b"]
    assert [row[:2] for row in first.batch.opened] == [("a", OWNER)]
    second = joined(known, [settlement("a")], alive=True)
    assert [row[-1] for row in second.batch.others] == ["a"]
    assert second.batch.settled == [(OWNER, "a")]
    assert not any(known.open.values())


def test_what_a_dead_owner_left_open_is_interrupted() -> None:
    known = Known()
    joined(known, [intent("a")], alive=True)
    joining = joined(known, [intent("b")], alive=False)
    assert sorted(str(row[-1]) for row in joining.batch.others) == ["a", "b"]
    assert joining.interrupted == 2
    assert (joining.batch.opened, joining.batch.settled) == ([], [(OWNER, "a")])
    assert known.open == {}


def test_a_settlement_without_intent_is_kept_apart() -> None:
    joining = joined(Known(), [settlement("a")], alive=True)
    assert joining.batch.orphans == [("a", "w0", encode(settlement("a")))]
    assert (joining.batch.entries, joining.batch.others) == ([], [])


def test_a_decision_is_kept_with_its_clauses() -> None:
    joining = joined(Known(), [decision_record()], alive=True)
    assert [row[:2] for row in joining.batch.decisions] == [("d1", "allow")]
    assert joining.batch.clauses == [("a/first", "d1"), ("a/second", "d1")]


def test_a_worker_settles_in_any_encoding_what_it_asked_in_any_other() -> None:
    """As do workers of two versions that a restart of the ledger's writer lies between."""
    known = Known()
    asked, settled = encode(intent(WORKER_ID)), encode(settlement(WORKER_ID))
    longer = encode([*msgspec.msgpack.decode(settled), "a later field"])
    joining = Joining(known)
    joining.take(OWNER, [asked, longer, asked, settled])
    joining.end_block(OWNER)
    joining.finish({OWNER})
    assert len(joining.batch.entries) == 2 * ENTRY_COLUMNS
    assert joining.batch.orphans == []
    assert not any(known.open.values())


def test_classes_are_made_once_and_by_labels() -> None:
    known = Known()
    joining = Joining(known)
    for id_, labels in (("a", ()), ("b", (("x", "y"),)), ("c", ())):
        records = (intent(id_, labels=labels), settlement(id_))
        joining.take(OWNER, [encode(record) for record in records])
    joining.end_block(OWNER)
    assert [row[2] for row in joining.batch.others] == [1, 2, 1]
    assert [row[6] for row in joining.batch.classes] == ["{}", '{"x":"y"}']
    assert len(known.classes) == 2


@given(st.integers(1, 3 * BLOCK_ENTRIES_MAX))
def test_blocks_hold_the_records_where_the_entries_say(count: int) -> None:
    records: list[JournalRecord] = []
    for n in range(count):
        records += [intent(f"r{n}"), settlement(f"r{n}")]
    joining = joined(Known(), records, alive=True)
    decode = msgspec.msgpack.Decoder(list[Intent | Settlement]).decode
    blocks: dict[object, list[Intent | Settlement]] = {}
    for block, _, _, _, held in joining.batch.blocks:
        assert isinstance(held, bytes)
        blocks[block] = decode(held)
    for block, place, *_, id_ in joining.batch.others:
        assert isinstance(place, int)
        asked, settled = blocks[block][2 * place : 2 * place + 2]
        assert (asked.id, settled.id) == (id_, id_)
    assert len(joining.batch.blocks) == -(-count // BLOCK_ENTRIES_MAX)


def test_what_was_spent_is_added_up_by_account_and_owner() -> None:
    month, day = "project:shop/usd/month@2026-11", "key:app1/usd/day@2026-11-22"
    records: list[JournalRecord] = []
    for id_, spends in (("a", ((month, 5), (day, 5))), ("b", ((month, 7),)), ("c", ())):
        records += [intent(id_), msgspec.structs.replace(settlement(id_), spends=spends)]
    joining = joined(Known(), records, alive=True)
    assert joining.batch.spends == {(month, OWNER): 12, (day, OWNER): 5}


def test_what_a_stored_intent_and_an_orphan_spent_counts_too() -> None:
    known = Known()
    joined(known, [intent("a")], alive=True)
    ended = [msgspec.structs.replace(settlement(id_), spends=(("x/usd/day@1", 3),)) for id_ in "ab"]
    joining = joined(known, [*ended], alive=True)
    assert [row[0] for row in joining.batch.orphans] == ["b"]
    assert joining.batch.spends == {("x/usd/day@1", OWNER): 6}
