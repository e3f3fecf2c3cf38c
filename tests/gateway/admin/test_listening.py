"""The admin API's server, on a socket: its bounds, its TLS, whom it believes."""

import asyncio
import socket
import ssl
from pathlib import Path

from tests.gateway.admin.admin_props import administered, parts_in

from detente.gateway.admin.api import admin_api
from detente.gateway.admin.listening import admin_server

WAIT_S = 20.0


async def _said(app: object, sent: bytes, tls: ssl.SSLContext | None = None) -> bytes:
    """What the server answers to those bytes, until it closes the connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = admin_server(app, tls)  # pyright: ignore[reportArgumentType] - an application
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(WAIT_S):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(sent)
        try:
            return await reader.read()
        except ConnectionResetError:  # it was closed before all was read
            return b""
        finally:
            writer.close()
            server.should_exit = True
            await serving


def said(folder: Path, head: str, *, named: bool = True) -> bytes:
    parts = parts_in(folder, configuration=administered()) if named else parts_in(folder)
    sent = f"GET /admin/v1/status HTTP/1.1\r\nconnection: close\r\n{head}\r\n".encode()
    return asyncio.run(_said(admin_api(parts), sent))


def test_it_answers(tmp_path: Path) -> None:
    answer = said(tmp_path, "host: 127.0.0.1\r\nauthorization: Bearer dt-owner\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"server:" not in answer.lower()


def test_loopback_is_the_owner_by_its_own_address_alone(tmp_path: Path) -> None:
    assert said(tmp_path, "host: 127.0.0.1\r\n", named=False).startswith(b"HTTP/1.1 200 ")
    forged = "host: 127.0.0.1\r\nx-forwarded-for: 203.0.113.9\r\n"
    assert said(tmp_path, forged, named=False).startswith(b"HTTP/1.1 200 ")


def test_forged_and_doubled_hosts(tmp_path: Path) -> None:
    for head in ("host: evil.example\r\n", "host: 127.0.0.1\r\nhost: evil.example\r\n", ""):
        assert said(tmp_path, head, named=False).startswith(b"HTTP/1.1 400 ")


def test_a_head_is_bounded(tmp_path: Path) -> None:
    answer = said(tmp_path, f"host: 127.0.0.1\r\nx: {'x' * 200_000}\r\n", named=False)
    assert answer.startswith(b"HTTP/1.1 4") or answer == b""
