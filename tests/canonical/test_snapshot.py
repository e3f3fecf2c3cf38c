"""What makes a snapshot order otherwise: everything that it measured, and not when."""

from datetime import UTC, datetime

import msgspec
import pytest

from detente.canonical.snapshot import NOTHING_MEASURED, Snapshot

MEASURED = Snapshot(behind=("a/c",), latency_ms={"x": 16}, scarce=("x",))


def test_when_it_was_taken_orders_nothing() -> None:
    later = msgspec.structs.replace(MEASURED, taken_at=datetime(2026, 11, 22, tzinfo=UTC))
    assert later.orders_as(MEASURED)
    assert NOTHING_MEASURED.orders_as(Snapshot())


@pytest.mark.parametrize(
    "other",
    [
        msgspec.structs.replace(MEASURED, behind=()),
        msgspec.structs.replace(MEASURED, latency_ms={"x": 32}),
        msgspec.structs.replace(MEASURED, scarce=()),
    ],
)
def test_what_was_measured_does(other: Snapshot) -> None:
    assert not other.orders_as(MEASURED)


def test_it_travels() -> None:
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(MEASURED), type=Snapshot)
    assert again == MEASURED
