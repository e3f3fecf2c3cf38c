"""A simulator as a whole: records, gauges, hang-ups, absence, capacity."""

import asyncio
import time

import pytest

from detente.configuration.schema import SimulatedProvider
from detente.simulator import Hold, HugeBody, Simulator, SimulatorThread, Status
from tests.simulator.raw import CHAT, STREAM, Raw, get, post


def test_requests_are_recorded_as_they_came(simulator: SimulatorThread) -> None:
    with Raw(simulator.port) as raw:
        raw.send(b"POST /v1/x?y=1 HTTP/1.1\r\nHost: h\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}")
        raw.read_until(b"}}")
    [request] = simulator.requests
    assert (request.number, request.method, request.target) == (1, "POST", "/v1/x?y=1")
    assert request.headers == (("host", "h"), ("x-a", "b"), ("content-length", "2"))
    assert request.body == b"{}"


@pytest.mark.parametrize("abruptly", [True, False])
def test_a_hang_up_is_seen_at_once_and_says_how_far_it_was(
    simulator: SimulatorThread, abruptly: bool
) -> None:
    simulator.script(Hold(after_tokens=2))
    raw = Raw(simulator.port)
    raw.send(post(STREAM))
    raw.read_until(b'" 2"')
    simulator.until(lambda gauge: gauge.held == 1)
    left_at_s = time.monotonic()
    raw.reset() if abruptly else raw.close()
    gauge = simulator.until(lambda gauge: gauge.hangups == 1 and gauge.in_flight == 0)
    [hangup] = simulator.hangups
    assert hangup.tokens_sent == 2
    assert hangup.request == 1
    assert 0 <= hangup.at_s - left_at_s < 1
    assert gauge.held == gauge.connections_open == 0


def test_a_client_that_leaves_after_its_answer_did_not_hang_up(simulator: SimulatorThread) -> None:
    with Raw(simulator.port) as raw:
        raw.send(post(CHAT))
        raw.read_until(b'"fp_simulated"}')
    assert simulator.until(lambda gauge: gauge.connections_open == 0).hangups == 0


def test_a_reader_that_does_not_read_stops_the_writer(simulator: SimulatorThread) -> None:
    simulator.script(HugeBody())
    with Raw(simulator.port) as raw:
        raw.send(post(CHAT))
        raw.read_some()
        assert simulator.gauge.in_flight == 1
    simulator.until(lambda gauge: gauge.hangups == 1)


def test_absence_is_a_closed_port_and_ends(simulator: SimulatorThread) -> None:
    with Raw(simulator.port) as raw:
        raw.send(get("/v1/models/m"))
        raw.read_until(b'"simulator"}')
        simulator.refuse_connections()
        assert raw.read_some() == b""
    with pytest.raises(ConnectionRefusedError):
        Raw(simulator.port)
    simulator.accept_connections()
    with Raw(simulator.port) as raw:
        raw.send(get("/v1/models/m"))
        raw.read_until(b'"simulator"}')


def test_absence_cuts_what_is_under_way_and_is_no_hang_up(simulator: SimulatorThread) -> None:
    simulator.script(Hold(after_tokens=1))
    with Raw(simulator.port) as raw:
        raw.send(post(STREAM))
        simulator.until(lambda gauge: gauge.held == 1)
        simulator.refuse_connections()
        assert b"[DONE]" not in raw.read_all()
    gauge = simulator.until(lambda gauge: gauge.in_flight == gauge.connections_open == 0)
    assert gauge.hangups == 0


def test_dropping_connections_resets_them(simulator: SimulatorThread) -> None:
    with Raw(simulator.port) as raw:
        simulator.until(lambda gauge: gauge.connections_open == 1)
        simulator.drop_connections()
        with pytest.raises(ConnectionResetError):
            raw.read_some()


def test_reset_forgets() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=1)
    with SimulatorThread(Simulator("openai", models=["m"], behaviour=behaviour)) as simulator:
        assert statuses(simulator, 2) == [b"200", b"429"]
        simulator.script(Status(status=500))
        simulator.reset()
        assert simulator.requests == ()
        assert statuses(simulator, 1) == [b"200"]


def test_only_what_the_model_answers_counts_as_capacity() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=1)
    with SimulatorThread(Simulator("openai", models=["m"], behaviour=behaviour)) as simulator:
        with Raw(simulator.port) as raw:
            for _ in range(3):
                raw.send(get("/v1/models/m"))
                raw.read_until(b'"simulator"}')
        assert statuses(simulator, 2) == [b"200", b"429"]


def test_a_scripted_request_is_never_refused_for_capacity() -> None:
    behaviour = SimulatedProvider(capacity_per_minute=0)
    with SimulatorThread(Simulator("openai", models=["m"], behaviour=behaviour)) as simulator:
        simulator.script(Status(status=503))
        assert statuses(simulator, 2) == [b"503", b"429"]


def test_at_once() -> None:
    behaviour = SimulatedProvider(capacity_concurrent=1)
    with SimulatorThread(Simulator("azure", models=["m"], behaviour=behaviour)) as simulator:
        simulator.script(Hold())
        path = "/openai/v1/chat/completions"
        with Raw(simulator.port) as raw:
            raw.send(post(CHAT, path))
            simulator.until(lambda gauge: gauge.held == 1)
            assert statuses(simulator, 1, path) == [b"429"]
            simulator.release()
            raw.read_until(b"}}")


def statuses(
    simulator: SimulatorThread, count: int, path: str = "/v1/chat/completions"
) -> list[bytes]:
    found: list[bytes] = []
    for _ in range(count):
        with Raw(simulator.port) as raw:
            raw.send(post(CHAT, path, close=True))
            found.append(raw.read_all()[9:12])
    return found


def test_a_thousand_streams_at_once() -> None:
    """Each held in the middle, so that all are open at the same time."""

    async def one(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(STREAM, close=True))
        answer = await reader.read()
        writer.close()
        return answer

    async def main() -> set[bytes]:
        async with Simulator("openai", models=["m"]) as simulator:
            simulator.script(Hold(after_tokens=1, times=1000))
            streams = [asyncio.create_task(one(simulator.port)) for _ in range(1000)]
            await simulator.until(lambda gauge: gauge.held == 1000, timeout_s=30)
            simulator.release()
            answers = await asyncio.gather(*streams)
            return {answer.partition(b"\r\n\r\n")[2] for answer in answers}

    [body] = asyncio.run(asyncio.wait_for(main(), 60))
    assert body.endswith(b"0\r\n\r\n")


def test_waiting_for_what_does_not_happen_ends(simulator: SimulatorThread) -> None:
    with pytest.raises(TimeoutError):
        simulator.until(lambda gauge: gauge.held == 1, timeout_s=0.01)


def test_stopping_twice_and_starting_on_a_taken_port(simulator: SimulatorThread) -> None:
    second = Simulator("openai", models=["m"], port=simulator.port)
    with pytest.raises(OSError, match="address already in use"):
        SimulatorThread(second).start()
    asyncio.run(second.stop())
