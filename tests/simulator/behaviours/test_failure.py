"""Refusals and cuts, byte by byte."""

import msgspec
import pytest

from detente.configuration.schema import ProviderKindName
from detente.simulator import Close, Cut, Simulator, SimulatorThread, Status, StreamError
from tests.simulator.raw import CHAT, STREAM, Raw, body_of, dechunked, post


def whole(simulator: SimulatorThread, body: object = CHAT) -> bytes:
    with Raw(simulator.port) as raw:
        raw.send(post(body, close=True))
        return raw.read_all()


@pytest.mark.parametrize("kind", ["openai", "azure", "anthropic", "openai_compatible"])
@pytest.mark.parametrize("status", [400, 404, 429, 500, 503, 529, 599])
def test_a_status_has_the_platforms_own_body(kind: ProviderKindName, status: int) -> None:
    with SimulatorThread(Simulator(kind, models=["m"])) as simulator:
        simulator.script(Status(status=status))
        answer = whole(simulator)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert "message" in msgspec.json.decode(body_of(answer))["error"]


def test_a_status_may_have_another_body_and_other_headers(simulator: SimulatorThread) -> None:
    headers = {"retry-after": "7", "x-request-id": "mine"}
    simulator.script(Status(status=429, body='{"a":1}', headers=headers))
    answer = whole(simulator)
    assert body_of(answer) == b'{"a":1}'
    assert b"\r\nretry-after: 7\r\n" in answer
    assert answer.count(b"x-request-id") == 1


def test_a_behaviour_is_performed_once_unless_it_says_more(simulator: SimulatorThread) -> None:
    simulator.script(Status(status=503, times=2), Status(status=500))
    statuses = [whole(simulator)[9:12] for _ in range(4)]
    assert statuses == [b"503", b"503", b"500", b"200"]


def test_close_sends_nothing(simulator: SimulatorThread) -> None:
    simulator.script(Close())
    assert whole(simulator) == b""


def test_close_by_reset(simulator: SimulatorThread) -> None:
    simulator.script(Close(reset=True))
    with pytest.raises(ConnectionResetError):
        whole(simulator)


def test_a_kept_connection_may_turn_out_stale(simulator: SimulatorThread) -> None:
    with Raw(simulator.port) as raw:
        raw.send(post(CHAT))
        raw.read_until(b'"fp_simulated"}')
        simulator.script(Close())
        raw.send(post(CHAT))
        assert raw.read_all() == b""


@pytest.mark.parametrize("tokens", [0, 1, 3])
def test_a_stream_is_cut_after_so_many_tokens(simulator: SimulatorThread, tokens: int) -> None:
    simulator.script(Cut(after_tokens=tokens))
    answer = whole(simulator, STREAM)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.count(b'"content":"') == tokens + (tokens > 0)  # the first chunk's is empty
    assert not answer.endswith(b"0\r\n\r\n")
    assert b"[DONE]" not in answer


def test_a_stream_is_reset(simulator: SimulatorThread) -> None:
    simulator.script(Cut(after_tokens=1, how="reset"))
    with pytest.raises(ConnectionResetError):
        whole(simulator, STREAM)


def test_a_stream_ends_in_http_but_not_in_its_dialect(simulator: SimulatorThread) -> None:
    simulator.script(Cut(after_tokens=2, how="end"))
    body = dechunked(whole(simulator, STREAM))
    assert b" 2" in body
    assert b"[DONE]" not in body


def test_a_whole_answer_is_cut_in_its_body(simulator: SimulatorThread) -> None:
    simulator.script(Cut())
    answer = whole(simulator)
    length = int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert 0 < len(body_of(answer)) < length


@pytest.mark.parametrize(
    ("kind", "path", "error"),
    [
        ("openai", "/v1/chat/completions", b'data: {"error":{"message":'),
        ("openai", "/v1/responses", b'event: error\ndata: {"type":"error","code":"server_error"'),
        ("azure", "/openai/v1/chat/completions", b'data: {"error":{"message":'),
        ("anthropic", "/v1/messages", b'event: error\ndata: {"type":"error","error":{"type":'),
    ],
)
def test_an_error_inside_a_stream(kind: ProviderKindName, path: str, error: bytes) -> None:
    body = {**STREAM, "input": "count to 5", "max_tokens": 9}
    with SimulatorThread(Simulator(kind, models=["m"])) as simulator, Raw(simulator.port) as raw:
        simulator.script(StreamError(after_tokens=2))
        head, _, rest = post(body, path, close=True).partition(b"\r\n")
        raw.send(head + b"\r\nanthropic-version: 2023-06-01\r\n" + rest)
        answer = dechunked(raw.read_all())
    before, found, after = answer.partition(error)
    assert found
    assert b" 2" in before
    assert b" 3" not in before
    assert after.count(b"\n\n") == 1


def test_a_whole_answer_with_a_stream_error_is_a_500(simulator: SimulatorThread) -> None:
    simulator.script(StreamError())
    assert whole(simulator).startswith(b"HTTP/1.1 500 ")
