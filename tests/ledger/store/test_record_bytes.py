"""What is told of records without decoding them is what decoding says."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.journal import Intent
from detente.ledger.store import record_bytes
from detente.ledger.store.record_bytes import SHARED_START, array_of, starts_us
from tests.ledger.records import START_US, intent, settlement, templated

encode = msgspec.msgpack.Encoder().encode
WORKER_ID = "req_0123456789abcdef0000002a"


def test_marks_are_those_that_a_worker_writes() -> None:
    """Otherwise every record would take the slow way, unnoticed."""
    asked, settled = intent(WORKER_ID), settlement(WORKER_ID)
    for written in (encode(asked), templated(asked)):
        assert written[: record_bytes.HEAD_END] == record_bytes.INTENT_HEAD
        assert written[record_bytes.HEAD_END : record_bytes.ID_END] == WORKER_ID.encode()
    assert encode(settled)[: record_bytes.HEAD_END] == record_bytes.SETTLEMENT_HEAD
    assert encode(settled)[record_bytes.HEAD_END : record_bytes.ID_END] == WORKER_ID.encode()


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5))
def test_starts_are_found_where_templates_encoded(starts: list[int]) -> None:
    asked = [intent(WORKER_ID, started_us=start_us) for start_us in starts]
    assert starts_us([templated(one) for one in asked]) == starts
    assert len({templated(one)[SHARED_START:] for one in asked}) == 1


def test_one_that_is_encoded_otherwise_is_noticed() -> None:
    plain, quick = intent("r1"), templated(intent(WORKER_ID))
    for other in (encode(plain), templated(plain), encode(intent(WORKER_ID, started_us=7)), b""):
        assert starts_us([quick, other]) is None
    assert starts_us([quick, quick]) == [START_US] * 2


@given(st.integers(0, 300))
def test_an_array_is_decoded_as_its_pieces(count: int) -> None:
    one = intent("r1")
    assert msgspec.msgpack.decode(array_of([encode(one)] * count), type=list[Intent]) == (
        [one] * count
    )
