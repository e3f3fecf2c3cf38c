"""How commands reach the key store: by the running gateway, or at rest, and never half."""

import http.server
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from detente.canonical.failure import ClientFault
from detente.cli.key_access import Asked, carry_out
from detente.gateway.callers.key_book import KeyBook
from detente.gateway.callers.key_forms import KeyAsked, KeysShown, shown_key
from detente.ledger.store.database import Ledger


class Answering(http.server.BaseHTTPRequestHandler):
    """An admin API that always answers the same; what it was asked is noted by the server."""

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        body = self.rfile.read(int(self.headers["content-length"]))
        server.heard.append((self.path, body))
        self.send_response(server.status)
        self.send_header("content-length", str(len(server.said)))
        self.end_headers()
        self.wfile.write(server.said)

    def log_message(self, format: str, *args: object) -> None:
        del format, args


class Server(http.server.HTTPServer):
    """The server, with what it says."""

    status = 200
    said = b'{"keys":[]}'

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.heard: list[tuple[str, bytes]] = []


@pytest.fixture
def server() -> Generator[Server]:
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        found.shutdown()
        thread.join(10)


def configured(folder: Path, port: int) -> Path:
    path = folder / "detente.toml"
    path.write_text(f'[server]\nadmin_listen = "127.0.0.1:{port}"\n[projects.p]\n')
    return path


async def never(book: KeyBook) -> KeysShown:
    raise AssertionError(book)


async def listed(book: KeyBook) -> KeysShown:
    return KeysShown(keys=tuple(shown_key(key, book.now) for key in await book.keys()))


ASKED = Asked("POST", "/admin/v1/keys", KeyAsked(name="a", project="p"))


def test_a_running_gateway_is_asked(tmp_path: Path, server: Server) -> None:
    config = configured(tmp_path, server.server_port)
    assert carry_out(config, ASKED, KeysShown, never) == KeysShown(keys=())
    ((path, body),) = server.heard
    assert path == "/admin/v1/keys"
    assert b'"name":"a"' in body
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("status", [404, 409, 422])
def test_its_refusal_is_wrong_usage(tmp_path: Path, server: Server, status: int) -> None:
    server.status, server.said = status, b'{"code":"conflict","errors":["no, for a reason"]}'
    with pytest.raises(ClientFault, match="no, for a reason"):
        carry_out(configured(tmp_path, server.server_port), ASKED, KeysShown, never)


@pytest.mark.parametrize(("status", "ends"), [(401, 2), (403, 2), (503, 1)])
def test_who_may_not_and_what_is_away_end_the_command(
    tmp_path: Path, server: Server, status: int, ends: int, capsys: pytest.CaptureFixture[str]
) -> None:
    server.status, server.said = status, b'{"code":"x","errors":["no, for a reason"]}'
    with pytest.raises(SystemExit) as ended:
        carry_out(configured(tmp_path, server.server_port), ASKED, KeysShown, never)
    assert ended.value.code == ends
    assert "no, for a reason" in capsys.readouterr().err


def test_where_none_runs_the_store_is_asked(tmp_path: Path) -> None:
    assert carry_out(configured(tmp_path, 1), ASKED, KeysShown, listed) == KeysShown(keys=())
    assert (tmp_path / "state" / "ledger.sqlite3").exists()


def test_a_file_that_another_process_writes_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path, 1)
    ledger = Ledger.open(tmp_path / "state" / "ledger.sqlite3", now_us=0)
    try:
        with pytest.raises(SystemExit) as ended:
            carry_out(config, ASKED, KeysShown, never)
    finally:
        ledger.close()
    assert ended.value.code == 1
    assert "is being written by another process" in capsys.readouterr().err
