"""The record is bounded."""

import asyncio

import pytest

from detente.simulator import record as module
from detente.simulator.exchange import Received
from detente.simulator.record import Changes, HangUp, Record


def request(body: bytes = b"") -> Received:
    return Received(method="POST", target="/", headers=(), body=body)


def test_old_requests_are_forgotten_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REQUESTS_KEPT_MAX", 3)
    record = Record()
    numbers = [record.received(request()).number for _ in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    assert [kept.number for kept in record.requests] == [3, 4, 5]
    assert record.requests_total == 5


def test_old_requests_are_forgotten_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REQUEST_BYTES_KEPT_MAX", 10)
    record = Record()
    for _ in range(5):
        record.received(request(b"x" * 4))
    assert len(record.requests) == 2


def test_cleared_counts_from_one() -> None:
    record = Record()
    record.received(request())
    record.hung_up(HangUp(at_s=0.0, request=1, path="/", tokens_sent=0))
    record.clear()
    assert (record.requests_total, record.hangups_total, len(record.hangups)) == (0, 0, 0)
    assert record.received(request()).number == 1


def test_waiting_ends_when_it_is_true() -> None:
    async def main() -> list[int]:
        changes, seen = Changes(), [0]
        waiting = asyncio.create_task(changes.until(lambda: seen[0] == 2, 5))
        for value in (1, 2):
            await asyncio.sleep(0)
            seen[0] = value
            changes.tell()
        await waiting
        return seen

    assert asyncio.run(main()) == [2]
