"""Script and record over HTTP."""

import httpx2
import pytest

from detente.simulator import SimulatorThread
from tests.simulator.raw import CHAT, PATH, Raw


def control(simulator: SimulatorThread, name: str) -> str:
    return f"http://127.0.0.1:{simulator.port}/_simulator/{name}"


def ask(simulator: SimulatorThread) -> int:
    return httpx2.post(f"http://127.0.0.1:{simulator.port}{PATH}", json=CHAT).status_code


def test_a_script_is_performed(simulator: SimulatorThread) -> None:
    script = [{"do": "status", "status": 503, "times": 2}]
    answer = httpx2.post(control(simulator, "script"), json=script)
    assert answer.json() == {"scripted": 1}
    assert [ask(simulator) for _ in range(3)] == [503, 503, 200]


def test_requests_are_shown_without_those_for_control(simulator: SimulatorThread) -> None:
    ask(simulator)
    httpx2.post(f"http://127.0.0.1:{simulator.port}{PATH}", content=b"\xff", headers={"x-a": "b"})
    first, second = httpx2.get(control(simulator, "requests")).json()
    assert (first["method"], first["target"], first["number"]) == ("POST", PATH, 1)
    assert '"model":"m"' in first["body"]
    assert second["body_base64"] == "/w=="
    assert ["x-a", "b"] in second["headers"]


def test_gauge_hangups_release_and_reset(simulator: SimulatorThread) -> None:
    ask(simulator)
    assert httpx2.get(control(simulator, "gauge")).json()["requests"] == 1
    assert httpx2.get(control(simulator, "hangups")).json() == []
    assert httpx2.post(control(simulator, "release")).json() == {}
    assert httpx2.post(control(simulator, "reset")).json() == {}
    assert simulator.requests == ()


def test_absence_ends_by_itself(simulator: SimulatorThread) -> None:
    with Raw(simulator.port) as raw:
        simulator.until(lambda gauge: gauge.connections_open == 1)
        assert httpx2.post(control(simulator, "refuse"), json={"for_ms": 50}).json() == {}
        assert raw.read_all() == b""
    simulator.until(lambda gauge: gauge.listening)
    assert ask(simulator) == 200


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("script", b"{", 400),
        ("script", b'[{"do": "explode"}]', 400),
        ("script", b'[{"do": "\xff"}]', 400),
        ("script", b"[" * 100_000, 400),
        ("refuse", b'{"for_ms": 0}', 400),
        ("explode", b"", 404),
    ],
)
def test_what_cannot_be_done_is_said(
    simulator: SimulatorThread, name: str, body: bytes, status: int
) -> None:
    answer = httpx2.post(control(simulator, name), content=body)
    assert answer.status_code == status
    assert answer.json()["error"]
