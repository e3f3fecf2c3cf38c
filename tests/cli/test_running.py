"""A running gateway is found by its configuration; what is no gateway is told with the cure."""

import socket
import threading
from pathlib import Path

import pytest

from detente.cli.running import InForce, ask_if_running, ask_running, put_in_force
from detente.wiring import load

SERVER = '[server]\nlisten = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:{port}"\n'
WAIT_S = 20.0


def answered(folder: Path, answer: bytes) -> tuple[bytes, bytes]:
    """What is asked of an address, and what is made of `answer`."""
    asked = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT_S)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(WAIT_S)
                asked.extend(connection.recv(65536))
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            file = folder / "detente.toml"
            file.write_text(SERVER.format(port=listener.getsockname()[1]))
            got = ask_running(file, "GET", "/admin/v1/headroom")
        finally:
            thread.join(WAIT_S)
    return bytes(asked), got


def test_the_body_is_given_whatever_the_status(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 422 Wrong\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
    asked, got = answered(tmp_path, answer)
    assert asked.startswith(b"GET /admin/v1/headroom HTTP/1.1\r\n")
    assert got == b"{}"


@pytest.mark.parametrize("answer", [b"SSH-2.0-x\r\n", b""])
def test_what_is_no_gateway(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    with pytest.raises(SystemExit) as end:
        answered(tmp_path, answer)
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("no gateway answers at `127.0.0.1:")
    assert said.endswith("start it with `detente serve`\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-x\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\ncontent-length: 26\r\nconnection: close\r\n\r\n"
        b'{"configuration":"/other"}',
    ],
)
def test_nothing_is_put_in_force_where_no_gateway_of_this_configuration_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    found: list[InForce] = []

    def put(file: Path, *_: object) -> bytes:
        found.append(put_in_force(load(file)))
        return b""

    monkeypatch.setattr("tests.cli.test_running.ask_running", put)
    answered(tmp_path, answer)
    assert found == [InForce(running=False)]
    assert not found[0].now


def test_what_is_in_force_now() -> None:
    assert InForce(running=True).now
    assert not InForce(running=True, errors=("x",)).now


def test_no_gateway_may_be_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "detente.toml"
    file.write_text(SERVER.format(port=1))
    assert ask_if_running(file, "GET", "/admin/v1/status") is None
    assert capsys.readouterr() == ("", "")
