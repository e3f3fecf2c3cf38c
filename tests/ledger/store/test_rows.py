"""Rows say what the records say, whichever way these are encoded and whatever ids look like."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.guardrail import Screened
from detente.canonical.journal import Intent, Settlement
from detente.canonical.safety import SafetySignal
from detente.canonical.usage import Usage
from detente.ledger.store import rows
from detente.ledger.store.batch import ENTRY_COLUMNS, Batch
from detente.ledger.store.known import Known
from detente.ledger.store.rows import add_block
from detente.ledger.store.schema import COUNTER_BITS
from tests.canonical.values import structs_of
from tests.ledger.records import intent, settlement, templated

encode = msgspec.msgpack.Encoder().encode
PREFIX = "req_0123456789abcdef"


def worker_id(counter: int) -> str:
    return f"{PREFIX}{counter:08x}"


def added(known: Known, records: list[tuple[bytes, Settlement]]) -> Batch:
    """The batch of one block of these intents, already encoded, and settlements."""
    batch = Batch()
    ids = [settled.id.encode() for _, settled in records]
    pieces = [piece for asked, settled in records for piece in (asked, encode(settled))]
    add_block(known, batch, "w0-1p1", ids, pieces)
    return batch


def entries_of(batch: Batch) -> list[tuple[int | None, ...]]:
    values, width = batch.entries, ENTRY_COLUMNS
    return [tuple(values[at : at + width]) for at in range(0, len(values), width)]


def test_a_class_is_found_by_its_bytes() -> None:
    known = Known()
    for counter in (1, 2):
        added(known, [(templated(intent(worker_id(counter))), settlement(worker_id(counter)))])
    assert len(known.by_bytes) == 1


@given(
    structs_of(Intent),
    structs_of(Settlement),
    st.sampled_from([worker_id(7), "x", "é" * 14, "req_0123456789ABCDEF00000007"]),
)
def test_every_encoding_of_an_intent_gives_the_same_row(
    asked: Intent, settled: Settlement, id_: str
) -> None:
    asked = msgspec.structs.replace(asked, id=id_, started_us=abs(asked.started_us))
    settled = msgspec.structs.replace(settled, id=id_)
    if asked.request_bytes < 0:
        asked = msgspec.structs.replace(asked, request_bytes=0)
    known = Known()
    plain = added(known, [(encode(asked), settled)])
    quick = added(known, [(templated(asked), settled)] * 2)
    assert len(plain.classes) == 1
    assert quick.classes == []
    one = entries_of(plain) or [row[:-1] for row in plain.others]
    two = entries_of(quick) or [row[:-1] for row in quick.others]
    at = 3 if plain.entries else 2
    assert [row[at:] for row in two] == [one[0][at:]] * 2
    assert one[0][at + 1] == asked.started_us


@given(structs_of(Usage))
def test_tokens_are_summed_as_usage_sums_them(usage: Usage) -> None:
    settled = msgspec.structs.replace(settlement(worker_id(1)), usage=usage)
    batch = added(Known(), [(encode(intent(worker_id(1))), settled)])
    ((*_, input_tokens, output_tokens, _, _),) = entries_of(batch)
    assert (input_tokens, output_tokens) == (usage.input_tokens, usage.output_tokens)


@pytest.mark.parametrize(
    ("cost", "stored"), [(None, None), (0, 0), (2**63 - 1, 2**63 - 1), (2**63, None)]
)
def test_a_cost_beyond_what_sqlite_holds_is_unknown(cost: int | None, stored: int | None) -> None:
    settled = msgspec.structs.replace(settlement(worker_id(1)), cost_pico_usd=cost)
    batch = added(Known(), [(encode(intent(worker_id(1))), settled)])
    assert batch.entries[-2] == stored


def test_ids_of_a_known_prefix_are_numbered_by_their_counter() -> None:
    known = Known()
    for first in (True, False):
        counters = [3, 0xFFFFFFFF, 10]
        records = [(encode(intent(worker_id(n))), settlement(worker_id(n))) for n in counters]
        batch = added(known, records)
        assert [row[0] for row in entries_of(batch)] == [(1 << COUNTER_BITS) + n for n in counters]
        assert batch.prefixes == ([(1, PREFIX)] if first else [])


@pytest.mark.parametrize(
    "other",
    [
        PREFIX + "0000000A",
        PREFIX + "0x000001",
        PREFIX + "0000_001",
        PREFIX + " 0000001",
        PREFIX + "0000001",
        PREFIX + "000000011",
        PREFIX,
        PREFIX[1:] + "r00000001",
        "a" + "é" * 13 + "b",
        "r1",
        "",
    ],
)
def test_an_id_of_another_shape_keeps_its_own_text(other: str) -> None:
    """No number of a worker's id is taken by an id that only looks like it."""
    known = Known(prefixes={PREFIX.encode(): 1})
    ids = [worker_id(1), other, worker_id(2)]
    batch = added(known, [(encode(intent(id_)), settlement(id_)) for id_ in ids])
    assert [row[0] for row in entries_of(batch)] == [(1 << COUNTER_BITS) + n for n in (1, 2)]
    assert [row[-1] for row in batch.others] == [other]
    assert batch.other_ids == [(other,)]
    places = [row[2] for row in entries_of(batch)] + [row[1] for row in batch.others]
    assert places == [0, 2, 1]


def test_what_clients_vary_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "CLASSES_HELD_MAX", 10)
    known = Known()
    for n in range(35):
        asked = msgspec.structs.replace(intent(worker_id(n)), asked_model=f"gpt-{n}")
        added(known, [(templated(asked), settlement(worker_id(n)))])
        assert len(known.by_bytes) <= 10
    assert len(known.classes) == 1


def test_what_guardrails_found_is_counted() -> None:
    def found(category: str, count: int) -> Screened:
        return Screened(
            policy="p",
            stage="input",
            detector="d",
            category=category,
            treatment="mask",
            count=count,
        )

    def settled(counter: int, **members: Any) -> tuple[bytes, Settlement]:
        whole = msgspec.structs.replace(settlement(worker_id(counter)), **members)
        return templated(intent(worker_id(counter))), whole

    hate = SafetySignal(stage="output", action="blocked", category="hate", source="azure")
    batch = added(
        Known(),
        [
            settled(1, screened=(found("email", 2), found("detector_failed", 0))),
            settled(2, screened=(found("email", 1),), safety=(hate,)),
            settled(3),
        ],
    )
    assert batch.findings == {
        ("p", "email", "mask", "input"): 3,
        ("p", "detector_failed", "mask", "input"): 1,
        ("", "hate", "block", "output"): 1,
    }


def test_a_settlement_of_before_guardrails_is_read() -> None:
    """Journals of an older version have fewer fields."""
    whole = msgspec.msgpack.decode(encode(settlement("r")))
    known = Known()
    batch = Batch()
    add_block(known, batch, "w0-1p1", [b"r"], [encode(intent("r")), encode(whole[:-1])])
    assert batch.findings == {}
    assert msgspec.msgpack.decode(encode(whole[:-1]), type=Settlement) == settlement("r")
