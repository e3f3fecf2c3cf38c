"""The narrow settlement says what the whole one does."""

import msgspec
from hypothesis import given

from detente.canonical.journal import Settlement
from detente.ledger.store.settled import Settled
from tests.canonical.values import structs_of

encode = msgspec.msgpack.Encoder().encode


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
