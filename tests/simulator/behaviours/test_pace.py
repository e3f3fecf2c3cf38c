"""When bytes come. Nothing here measures: an event loop that fakes time would prove less."""

import time

import pytest

from detente.simulator import Burst, Fragment, Hold, SimulatorThread, Slow, SlowLoris
from tests.simulator.raw import CHAT, STREAM, Raw, body_of, dechunked, post


def whole(simulator: SimulatorThread, body: object = CHAT) -> bytes:
    with Raw(simulator.port) as raw:
        raw.send(post(body, close=True))
        return raw.read_all()


@pytest.mark.parametrize("body", [CHAT, STREAM])
def test_slow_is_at_least_as_slow_as_it_says(simulator: SimulatorThread, body: object) -> None:
    simulator.script(Slow(first_byte_ms=50, token_ms=10))
    began = time.monotonic()
    whole(simulator, body)
    assert time.monotonic() - began >= 0.050 + 5 * 0.010


def test_hold_before_the_head(simulator: SimulatorThread) -> None:
    simulator.script(Hold())
    with Raw(simulator.port) as raw:
        raw.send(post(CHAT, close=True))
        gauge = simulator.until(lambda gauge: gauge.held == 1)
        assert gauge.in_flight == 1
        simulator.release()
        assert raw.read_all().startswith(b"HTTP/1.1 200 OK")
    assert simulator.gauge.held == 0


def test_hold_in_the_middle_of_a_stream(simulator: SimulatorThread) -> None:
    simulator.script(Hold(after_tokens=2))
    with Raw(simulator.port) as raw:
        raw.send(post(STREAM, close=True))
        before = raw.read_until(b'" 2"')
        simulator.until(lambda gauge: gauge.held == 1)
        simulator.release()
        after = raw.read_all()
    assert b" 3" not in before
    assert b'" 5"' in after
    assert after.endswith(b"0\r\n\r\n")


def test_a_release_does_not_open_later_holds(simulator: SimulatorThread) -> None:
    simulator.release()
    simulator.script(Hold())
    with Raw(simulator.port) as raw:
        raw.send(post(CHAT, close=True))
        simulator.until(lambda gauge: gauge.held == 1)
        simulator.release()
        raw.read_all()


@pytest.mark.parametrize(
    "behaviour", [Burst(events=3), Burst(events=100), Fragment(size=1), Fragment(size=7)]
)
@pytest.mark.parametrize("body", [CHAT, STREAM])
def test_burst_and_fragments_change_no_byte(
    simulator: SimulatorThread, behaviour: Burst | Fragment, body: object
) -> None:
    read = dechunked if body is STREAM else body_of
    plain = read(whole(simulator, body))
    simulator.script(behaviour)
    assert read(whole(simulator, body)) == plain


def test_a_burst_is_one_write(simulator: SimulatorThread) -> None:
    simulator.script(Burst(events=100), Hold())
    with Raw(simulator.port) as raw:
        raw.send(post(STREAM))
        head = raw.read_until(b"\r\n\r\n")
        assert b"chunked" in head
        assert b"[DONE]" in raw.read_until(b"0\r\n\r\n")


def test_a_slow_loris_sends_everything_at_last(simulator: SimulatorThread) -> None:
    plain = whole(simulator, STREAM)
    simulator.script(SlowLoris(byte_ms=0), SlowLoris(byte_ms=0))
    assert dechunked(whole(simulator, STREAM)) == dechunked(plain)
    assert whole(simulator).startswith(b"HTTP/1.1 200 OK")


def test_a_slow_loris_ends_with_its_reader(simulator: SimulatorThread) -> None:
    simulator.script(SlowLoris(byte_ms=5))
    with Raw(simulator.port) as raw:
        raw.send(post(CHAT))
        raw.read_some()
    simulator.until(lambda gauge: gauge.hangups == 1 and gauge.in_flight == 0)
