"""Names of segments are in the order in which these were written."""

from detente.ledger.store.segment_name import SegmentName


def test_the_order_is_that_of_writing_within_a_life() -> None:
    names = [SegmentName(worker="w0", incarnation="12p3", seq=seq) for seq in (2, 10, 1)]
    assert [name.seq for name in sorted(names)] == [1, 2, 10]
    assert {name.owner for name in names} == {"w0-12p3"}
