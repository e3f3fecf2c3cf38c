"""A block's columns say what its records say, however these are encoded."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.journal import Intent, Settlement
from detente.ledger.store.blocks import asked, columns_of
from detente.ledger.store.record_bytes import array_of
from tests.canonical.values import structs_of
from tests.ledger.records import intent, settlement, templated

encode = msgspec.msgpack.Encoder().encode
WORKER_ID = "req_0123456789abcdef0000002a"


class Narrow(msgspec.Struct, frozen=True, array_like=True, tag="s"):
    """The beginning of a `Settlement`."""

    id: str
    outcome: str


def pairs_of(ids: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[Intent, Settlement]]]:
    """What one block holds."""

    def named(one: Intent, id_: str) -> Intent:
        return msgspec.structs.replace(one, id=id_)

    intents = st.builds(named, structs_of(Intent), ids)
    return st.lists(st.tuples(intents, structs_of(Settlement)), max_size=3)


@given(pairs_of(st.sampled_from([WORKER_ID, "r1"])), st.lists(st.booleans(), min_size=3))
def test_every_encoding_gives_the_same_columns(
    pairs: list[tuple[Intent, Settlement]], quick: list[bool]
) -> None:
    pieces: list[bytes] = []
    for (one, settled), templates in zip(pairs, quick, strict=False):
        pieces += [templated(one) if templates else encode(one), encode(settled)]
    started_us, shared, ended = columns_of(array_of(pieces), Narrow)
    assert started_us == [one.started_us for one, _ in pairs]
    assert [asked(one) for one in shared] == [
        msgspec.structs.replace(one, id="", started_us=0, request_bytes=0, stream=False)
        for one, _ in pairs
    ]
    assert [(end.id, end.outcome) for end in ended] == [(s.id, s.outcome) for _, s in pairs]
    assert len(columns_of(array_of(pieces), Settlement)[2]) == len(pairs)


def test_requests_of_a_class_share_the_same_bytes() -> None:
    whole = [intent(id_, started_us=start) for start, id_ in enumerate((WORKER_ID, "r1", "r2"))]
    found: set[bytes] = set()
    for one in whole:
        for written in (encode(one), templated(one)):
            found.update(columns_of(array_of([written, encode(settlement("r1"))]), Narrow)[1])
    assert len(found) == 1


@pytest.mark.parametrize(
    "records",
    [
        b"",
        b"\x93",
        b"\xdc\x00",
        b"\xdc\x00\x02\xc0\xc0",
        array_of([encode(intent("r1"))]),
        array_of([encode(settlement("r1"))] * 2),
        array_of([encode(intent("r1"))] * 2),
        array_of([encode(intent("r1")), encode(settlement("r1"))])[:-1],
    ],
)
def test_what_is_no_block_is_not_read(records: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        columns_of(records, Narrow)
