"""Writes wait for the end of the turn, in order, and go to those who are still there."""

import asyncio
from collections.abc import Callable

import pytest
from tests.gateway.props import Log, PlayedTransport

from detente.gateway.http.outbox import Outbox


class Nobody:
    def pause_writing(self) -> None: ...

    def resume_writing(self) -> None: ...

    def connection_lost(self, exc: Exception | None) -> None: ...


Made = tuple[asyncio.AbstractEventLoop, Outbox, Callable[[str], PlayedTransport], Log]


@pytest.fixture
def made() -> Made:
    loop, log = asyncio.new_event_loop(), Log()

    def transport(name: str) -> PlayedTransport:
        return PlayedTransport(name, Nobody(), loop=loop, log=log)

    return loop, Outbox(loop), transport, log


def turn(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(asyncio.sleep(0))


def test_what_a_turn_writes_goes_out_at_its_end(made: Made) -> None:
    loop, outbox, transport, log = made
    one, two = transport("one"), transport("two")
    outbox.write(one, b"a")
    outbox.write(two, b"b")
    outbox.write(one, b"c")
    assert (one.written, two.written) == (b"", b"")
    assert outbox.holds(one)
    turn(loop)
    assert (one.written, two.written) == (b"ac", b"b")
    assert log.lines == ["one: written", "two: written"]
    assert not outbox.holds(one)
    outbox.write(one, b"d")
    turn(loop)
    assert one.written == b"acd"
    loop.close()


def test_one_may_go_first(made: Made) -> None:
    loop, outbox, transport, _ = made
    one, two = transport("one"), transport("two")
    outbox.flush_one(one)
    outbox.write(one, b"a")
    outbox.write(one, b"b")
    outbox.write(two, b"c")
    outbox.flush_one(one)
    assert (one.written, two.written) == (b"ab", b"")
    turn(loop)
    assert (one.written, two.written) == (b"ab", b"c")
    loop.close()


def test_what_is_forgotten_is_not_written(made: Made) -> None:
    loop, outbox, transport, _ = made
    one, two = transport("one"), transport("two")
    outbox.write(one, b"a")
    outbox.write(two, b"b")
    outbox.forget(one)
    outbox.forget(one)
    one.lose()
    turn(loop)
    assert (one.written, two.written) == (b"", b"b")
    loop.close()
