"""The admin API's server, on a socket: its bounds, its TLS, whom it believes."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Send
from tests.gateway.admin.admin_props import administered, parts_in

from detente.gateway.admin import listening
from detente.gateway.admin.api import admin_api
from detente.gateway.admin.listening import BODY_S_MAX, HEAD_S_MAX, AdminServer, admin_server

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


# Who is slow, and who is many.


class Jumping(asyncio.SelectorEventLoop):
    """A loop whose clock a test moves ahead."""

    ahead_s = 0.0

    def time(self) -> float:
        return super().time() + self.ahead_s


class Held:
    """An application that reads a body, and answers when it is let go on."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, _scope: object, receive: Receive, send: Send) -> None:
        self.asked.set()
        while (await receive()).get("more_body", False):
            pass
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})


class Guests:
    """Connections to a server of `Held`, and what it has heard of them."""

    def __init__(self, loop: Jumping, server: AdminServer, address: tuple[str, int]) -> None:
        self.loop = loop
        self._server = server
        self.address = address

    @property
    def count(self) -> int:
        return len(self._server.server_state.connections)

    async def come(self, said: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """One more, when the server knows it."""
        before = self.count
        reader, writer = await asyncio.open_connection(*self.address)
        await self.until(lambda: self.count > before)
        await self.say(writer, said)
        return reader, writer

    async def say(self, writer: asyncio.StreamWriter, said: bytes) -> None:
        """Say half a head, and wait until the server has it."""
        before = self._unread()
        writer.write(said)
        await self.until(lambda: self._unread() == before + said)

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not done():
                await asyncio.sleep(0)

    def _unread(self) -> bytes:
        connections: set[Any] = set(self._server.server_state.connections)
        return b"".join(one.conn.trailing_data[0] for one in connections)


def play(scene: Callable[[Guests, Held], Awaitable[None]]) -> None:
    """One scene with a server whose clock can be moved."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Jumping)
        held = Held()
        listener = socket.create_server(("127.0.0.1", 0))
        server = admin_server(held, None)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await scene(Guests(loop, server, listener.getsockname()), held)
        finally:
            held.go_on.set()
            server.should_exit = True
            await serving

    with asyncio.Runner(loop_factory=Jumping) as runner:
        runner.run(run())


async def end_of(reader: asyncio.StreamReader) -> bytes:
    """What came until the server closed the connection."""
    async with asyncio.timeout(WAIT_S):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


HEAD = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n"


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nhost:"])
def test_who_sends_no_head_is_not_waited_for(said: bytes) -> None:
    async def scene(guests: Guests, _held: Held) -> None:
        reader, writer = await guests.come(said)
        guests.loop.ahead_s += HEAD_S_MAX - 1
        await guests.say(writer, b"x")  # which gains no time
        guests.loop.ahead_s += 1
        assert await end_of(reader) == b""
        writer.close()

    play(scene)


def test_a_second_head_is_waited_for_no_longer() -> None:
    async def scene(guests: Guests, held: Held) -> None:
        reader, writer = await guests.come(b"")
        held.go_on.set()
        writer.write(HEAD + b"body")
        assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
        await guests.say(writer, b"GET")
        guests.loop.ahead_s += HEAD_S_MAX
        assert await end_of(reader) == b""
        writer.close()

    play(scene)


def test_who_sends_no_whole_body_is_not_waited_for() -> None:
    async def scene(guests: Guests, held: Held) -> None:
        reader, writer = await guests.come(b"")
        writer.write(HEAD + b"bod")
        await held.asked.wait()
        guests.loop.ahead_s += BODY_S_MAX - 1
        await guests.come(b"")
        assert not reader.at_eof()
        guests.loop.ahead_s += 1
        assert await end_of(reader) == b""
        writer.close()

    assert BODY_S_MAX > HEAD_S_MAX
    play(scene)


def test_a_whole_request_may_take_its_time() -> None:
    async def scene(guests: Guests, held: Held) -> None:
        reader, writer = await guests.come(b"")
        writer.write(HEAD + b"body")
        await held.asked.wait()
        guests.loop.ahead_s += 10 * BODY_S_MAX
        await guests.come(b"")
        held.go_on.set()
        assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
        writer.close()

    play(scene)


def test_more_connections_than_there_may_be_are_closed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listening, "CONNECTIONS_MAX", 2)

    async def scene(guests: Guests, held: Held) -> None:
        first, _ = await guests.come(b"")
        await guests.come(b"")
        third, _ = await asyncio.open_connection(*guests.address)
        assert await end_of(third) == b""
        guests.loop.ahead_s += HEAD_S_MAX
        assert await end_of(first) == b""
        await guests.until(lambda: guests.count == 0)
        held.go_on.set()
        again, writer = await guests.come(b"")
        writer.write(HEAD + b"body")
        assert b" 204 " in await again.readuntil(b"\r\n\r\n")

    play(scene)
