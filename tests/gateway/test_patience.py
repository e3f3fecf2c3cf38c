"""How long an exchange waits, and what it means that it waited in vain."""

from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest
from tests.gateway.scripts import AGREED, CONFIGURATION, EVENTS_HEAD, OK, chat, chunked, delta
from tests.gateway.stage import Client, Stage, staged

from detente.gateway.exchange import Exchange
from detente.gateway.patience import (
    STOOD_STILL,
    TOO_LONG,
    TRUNCATED,
    first_credential,
    nobody_answered,
    out_of_time,
    stood_still,
    too_slow,
    truncated,
    wait_for_answer,
)
from detente.gateway.suspension import ClientGone, DeadlinePassed
from detente.gateway.upstream.renewal import Renewal

LIMITS = """
[limits]
total_timeout_ms = 100000
idle_timeout_ms = 20000
"""
GRANTED_S = 2
"""What the agreement of the stage grants its first provider."""


def bounded(text: str) -> str:
    """The stage's configuration with bounds that differ from each other."""
    text = text.replace("[limits]\n", LIMITS.lstrip())
    for port in (1001, 1002):
        address = f'base_url = "http://127.0.0.1:{port}/v1"\n'
        text = text.replace(address, f"{address}first_byte_timeout_ms = 30000\n")
    return text


@pytest.fixture(name="plain")
def _plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    with staged(tmp_path, monkeypatch, bounded(CONFIGURATION)) as stage:
        yield stage
        assert stage.at_rest()


@pytest.fixture(name="granted")
def _granted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    with staged(tmp_path, monkeypatch, bounded(AGREED)) as stage:
        yield stage
        assert stage.at_rest()


def under_way(client: Client) -> Exchange:
    """The exchange that a client waits for."""
    exchange = client.connection.exchange
    assert exchange is not None
    return exchange


def deadline_s(client: Client) -> float:
    """Seconds that are left of the current wait."""
    return client.connection.deadline - client.connection.worker.deadlines.now


def asks(stage: Stage, *, stream: bool = False) -> Client:
    client = stage.client()
    client.sends(chat("m", stream=stream))
    return client


def test_a_first_byte_is_waited_for_as_long_as_its_provider_has(plain: Stage) -> None:
    client = asks(plain)
    assert deadline_s(client) == pytest.approx(30)
    plain.wait(30.1)
    assert [one.address.port for one in plain.upstreams] == [1001, 1002]
    assert deadline_s(client) == pytest.approx(30, abs=0.2)
    plain.upstream.answers(OK)


def test_no_attempt_lasts_longer_than_the_request_may(plain: Stage) -> None:
    client = asks(plain)
    exchange = under_way(client)
    exchange.attempts.started_ms = 90_000
    step = exchange.attempts.step
    assert step is not None
    wait_for_answer(exchange, step)
    assert deadline_s(client) == pytest.approx(100)
    plain.upstream.answers(OK)


def test_a_window_that_is_granted_is_no_longer_than_that(granted: Stage) -> None:
    client = asks(granted)
    assert deadline_s(client) == pytest.approx(GRANTED_S)
    granted.wait(GRANTED_S + 0.1)
    assert granted.upstream.address.port == 1002
    granted.upstream.answers(OK)
    assert client.answer().status == 200
    first, second = granted.settled().attempts
    assert (first.result, second.result) == ("timeout", "answered")


def test_a_piece_is_waited_for_and_a_stream_as_a_whole(plain: Stage) -> None:
    client = asks(plain, stream=True)
    plain.upstream.answers(EVENTS_HEAD)
    assert deadline_s(client) == pytest.approx(20)
    for _ in range(6):
        plain.wait(15)
        plain.upstream.answers(chunked(delta("a")))
    assert deadline_s(client) == pytest.approx(10)
    assert stood_still(under_way(client)).message == STOOD_STILL
    plain.wait(10.1)
    assert TOO_LONG.encode() in client.received


def test_a_stream_that_stands_still_is_ended(plain: Stage) -> None:
    client = asks(plain, stream=True)
    plain.upstream.answers(EVENTS_HEAD + chunked(delta("a")))
    plain.wait(20.1)
    assert STOOD_STILL.encode() in client.received
    assert plain.settled().error == "deadline_exceeded"


# What it means.


def test_a_window_that_passed_is_the_holders_refusal(granted: Stage) -> None:
    client = asks(granted)
    exchange = under_way(client)
    step = exchange.attempts.step
    assert step is not None
    granted.clock.now_s += GRANTED_S + 1
    failure = too_slow(exchange, step)
    assert (failure.signal, failure.blame, failure.retryable) == ("timeout", "provider", True)
    assert "within the 2000 ms it is granted" in failure.message
    assert exchange.connection is None
    assert granted.upstream.transport.closing
    client.hangs_up()


def test_our_own_bound_that_passed_is_no_refusal(plain: Stage) -> None:
    client = asks(plain)
    exchange = under_way(client)
    step = exchange.attempts.step
    assert step is not None
    plain.clock.now_s += 31
    failure = too_slow(exchange, step)
    assert failure.signal is None
    assert failure.code == "deadline_exceeded"
    assert "(`first_byte_timeout_ms`)" in failure.message
    client.hangs_up()


def test_who_has_no_time_left_asks_nobody_else(plain: Stage) -> None:
    client = asks(plain)
    exchange = under_way(client)
    step = exchange.attempts.step
    assert step is not None
    assert not out_of_time(exchange)
    plain.clock.now_s += 100
    assert out_of_time(exchange)
    with pytest.raises(DeadlinePassed):
        too_slow(exchange, step)
    assert stood_still(exchange).message == TOO_LONG
    client.hangs_up()


def test_failures_say_whose_they_are() -> None:
    cut, late = truncated(), nobody_answered()
    assert (cut.code, cut.message, cut.status) == ("upstream_failed", TRUNCATED, 502)
    assert (late.code, late.status, late.blame) == ("deadline_exceeded", 504, "provider")
    assert cut.retryable
    assert late.retryable


# A provider's first credential.


class Credential:
    """A credential that is there, or comes."""

    def __init__(self, *, ready: bool) -> None:
        self.ready = ready
        self.waiting: list[object] = []

    def wait(self, waiter: object) -> None:
        self.waiting.append(waiter)

    def forget(self, waiter: object) -> None:
        self.waiting.remove(waiter)


def waits_for(credential: Credential) -> Generator[None, Any, Any]:
    waiter = cast("Exchange", object())
    return first_credential(waiter, cast("Renewal", credential)).__await__()


def test_a_credential_that_is_there_is_not_waited_for() -> None:
    credential = Credential(ready=True)
    with pytest.raises(StopIteration):
        next(waits_for(credential))
    assert credential.waiting == []


def test_a_credential_that_comes_is_waited_for() -> None:
    credential = Credential(ready=False)
    waiting = waits_for(credential)
    next(waiting)
    assert len(credential.waiting) == 1
    with pytest.raises(StopIteration):
        waiting.send(None)


@pytest.mark.parametrize("why", [ClientGone, DeadlinePassed])
def test_who_does_not_wait_for_it_is_forgotten(why: type[Exception]) -> None:
    credential = Credential(ready=False)
    waiting = waits_for(credential)
    next(waiting)
    with pytest.raises(why):
        waiting.throw(why())
    assert credential.waiting == []
