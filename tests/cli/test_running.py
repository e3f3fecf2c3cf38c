"""A running gateway is found by its configuration; what is no gateway is told with the cure."""

import contextlib
import datetime
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from detente.cli.running import (
    KEY_VARIABLE,
    Admin,
    InForce,
    admin_of,
    ask_if_running,
    ask_running,
    put_in_force,
    reasons,
)
from detente.wiring import load

SERVER = '[server]\nlisten = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:{port}"\n'
WAIT_S = 20.0
NOT_UTF8 = b'{"configuration":"\xff","errors":["\xff"]}'
TOO_DEEP = b'{"other":' + b"[" * 100_000


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
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + NOT_UTF8,
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + TOO_DEEP,
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


REFUSED = b'{"code":"key_invalid","errors":["no administrator\'s key was sent; send one"]}'


def refusal(status: int) -> bytes:
    head = f"HTTP/1.1 {status} No\r\ncontent-length: {len(REFUSED)}\r\nconnection: close\r\n\r\n"
    return head.encode() + REFUSED


def test_the_administrators_key_comes_from_the_environment_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert b"authorization" not in answered(tmp_path, answer)[0].lower()
    monkeypatch.setenv(KEY_VARIABLE, " dt-owner\n")
    assert b"\r\nauthorization: Bearer dt-owner\r\n" in answered(tmp_path, answer)[0]


@pytest.mark.parametrize("key", ["a\nx: y", "dt-ä", "a\x00"])
def test_what_is_no_key_is_not_sent_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    monkeypatch.setattr("detente.cli.running.os.environ", {KEY_VARIABLE: key})
    (tmp_path / "detente.toml").write_text(SERVER.format(port=1))
    with pytest.raises(SystemExit) as end:
        ask_running(tmp_path, "GET", "/admin/v1/status")
    assert end.value.code == 2
    assert capsys.readouterr().err == (
        "`DETENTE_ADMIN_KEY` holds what no header can carry; set it to the key\n"
    )


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"errors":7}', NOT_UTF8, TOO_DEEP])
def test_a_refusal_that_says_no_reason_names_the_cure(body: bytes) -> None:
    assert reasons(body) == ("the gateway refused without a reason; check `server.admin_listen`",)


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_is_told_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    with pytest.raises(SystemExit) as end:
        answered(tmp_path, refusal(status))
    assert end.value.code == 2
    assert capsys.readouterr().err == "no administrator's key was sent; send one\n"


def test_what_may_not_be_put_in_force_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[InForce] = []

    def put(file: Path, *_: object) -> bytes:
        found.append(put_in_force(load(file)))
        return b""

    monkeypatch.setattr("tests.cli.test_running.ask_running", put)
    answered(tmp_path, refusal(401))
    assert found == [InForce(running=True, errors=("no administrator's key was sent; send one",))]


@pytest.mark.parametrize(
    ("server", "admin"),
    [
        ('admin_listen = "0.0.0.0:9"', Admin(host="127.0.0.1", port=9)),
        ('admin_listen = "[::]:9"', Admin(host="::1", port=9)),
        ('admin_listen = "10.1.1.1:9"', Admin(host="10.1.1.1", port=9)),
    ],
)
def test_where_it_is_asked(tmp_path: Path, server: str, admin: Admin) -> None:
    file = tmp_path / "detente.toml"
    file.write_text(f"[server]\n{server}\n")
    assert admin_of(file) == admin_of(tmp_path) == admin
    file.write_text(
        f'[server]\n{server}\ntls = {{ certificate = "c.pem", private_key = "k.pem" }}\n'
    )
    with_tls = Admin(host=admin.host, port=9, certificate=tmp_path / "c.pem")
    assert admin_of(file) == with_tls


def test_addresses_as_people_write_them() -> None:
    assert Admin(host="::1", port=9).shown == "[::1]:9"
    assert Admin(host="127.0.0.1", port=9).shown == "127.0.0.1:9"


def always(_: object) -> bool:
    return True


def pair(folder: Path, name: str) -> Path:
    """A certificate and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gateway.example")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder(
        subject, subject, key.public_key(), 1, start, start.replace(year=2099)
    ).sign(key, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / name
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize("expected", ["own.pem", "other.pem"])
def test_over_tls_the_key_goes_to_the_very_certificate_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: str
) -> None:
    own = pair(tmp_path, "own.pem")
    pair(tmp_path, "other.pem")
    monkeypatch.setattr("detente.cli.running.admin_speaks_tls", always)
    monkeypatch.setenv(KEY_VARIABLE, "dt-owner")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    asked = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT_S)

        def serve() -> None:
            plain, _ = listener.accept()
            plain.settimeout(WAIT_S)
            with contextlib.suppress(OSError), context.wrap_socket(plain, True) as connection:
                asked.extend(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        tls = f'tls = {{ certificate = "{expected}", private_key = "k" }}\n'
        (tmp_path / "detente.toml").write_text(SERVER.format(port=port) + tls)
        got = ask_if_running(tmp_path, "GET", "/admin/v1/status")
        thread.join(WAIT_S)
    if expected == "own.pem":
        assert got == b"{}"
        assert b"Bearer dt-owner" in asked
    else:
        assert got is None
        assert asked == b""


def test_a_file_without_a_certificate_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.pem").write_text("nothing")
    monkeypatch.setattr("detente.cli.running.admin_speaks_tls", always)
    tls = 'tls = { certificate = "c.pem", private_key = "k" }\n'
    (tmp_path / "detente.toml").write_text(SERVER.format(port=1) + tls)
    with pytest.raises(SystemExit):
        ask_running(tmp_path, "GET", "/admin/v1/status")
    assert "no certificate in the file that `server.tls` names" in capsys.readouterr().err
