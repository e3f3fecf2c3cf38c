"""The control process's end of the link: who says hello is greeted, heard, told, and missed."""

import asyncio
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from detente.accounts.messages import Answer, Ask, Kept
from detente.gateway.link.messages import SOCKET_NAME, Counted, Hello, Link, LinkMessage, address_of
from detente.gateway.link.server import LinkServer

WITHIN_S = 20.0


class Worker:
    """A worker's end, for tests."""

    def __init__(self, name: str) -> None:
        self.hello = Hello(worker=name, holder=f"{name}-1p1")
        self.heard: asyncio.Queue[LinkMessage | None] = asyncio.Queue()
        self.link = Link(
            lambda _, message: self.heard.put_nowait(message),
            lambda _: self.heard.put_nowait(None),
        )

    async def connect(self, state: Path, *, hello: bool = True) -> "Worker":
        path, folder = address_of(state)
        await asyncio.get_running_loop().create_unix_connection(lambda: self.link, path)
        if folder is not None:
            os.close(folder)
        if hello:
            assert self.link.send(self.hello)
        return self

    async def next(self) -> LinkMessage | None:
        async with asyncio.timeout(WITHIN_S):
            return await self.heard.get()


def run(state: Path, story: Callable[[LinkServer], Awaitable[None]]) -> None:
    async def told() -> None:
        server = LinkServer(state)
        server.greet(lambda hello, tell: tell(Kept(good_until_us=len(hello.worker))))
        await server.open()
        try:
            async with asyncio.timeout(WITHIN_S):
                await story(server)
        finally:
            server.close()

    asyncio.run(told())


def test_a_worker_is_greeted_heard_and_told(tmp_path: Path) -> None:
    async def story(server: LinkServer) -> None:
        asks: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        server.hear(Ask, lambda hello, ask: asks.put_nowait((hello.worker, ask.number)))
        first, second = [await Worker(name).connect(tmp_path) for name in ("w0", "w1")]
        for worker in (first, second):
            assert await worker.next() == Kept(good_until_us=2)
        first.link.send(Ask(number=7, holder="w0-1p1", wants=()))
        assert await asks.get() == ("w0", 7)
        assert server.tell("w1-1p1", Answer(number=3, good_until_us=0, haves=()))
        assert not server.tell("w9-1p1", Kept(good_until_us=0))
        assert await second.next() == Answer(number=3, good_until_us=0, haves=())
        server.broadcast(Kept(good_until_us=9))
        assert [await worker.next() for worker in (first, second)] == [Kept(good_until_us=9)] * 2
        assert {hello.worker for hello in server.workers} == {"w0", "w1"}

    run(tmp_path, story)


def test_who_goes_is_missed_and_may_come_back(tmp_path: Path) -> None:
    async def story(server: LinkServer) -> None:
        lost: asyncio.Queue[str] = asyncio.Queue()
        server.miss(lambda hello: lost.put_nowait(hello.worker))
        worker = await Worker("w0").connect(tmp_path)
        await worker.next()
        worker.link.close()
        assert await lost.get() == "w0"
        assert server.workers == ()
        again = await Worker("w0").connect(tmp_path)
        assert await again.next() == Kept(good_until_us=2)

    run(tmp_path, story)


def test_one_life_has_one_link_the_newest(tmp_path: Path) -> None:
    async def story(server: LinkServer) -> None:
        before, after = [await Worker("w0").connect(tmp_path) for _ in range(2)]
        assert await before.next() == await after.next()
        assert await before.next() is None
        assert server.tell("w0-1p1", Kept(good_until_us=5))
        assert await after.next() == Kept(good_until_us=5)

    run(tmp_path, story)


def test_who_does_not_say_hello_or_speaks_of_what_nobody_hears_is_cut_off(tmp_path: Path) -> None:
    async def story(server: LinkServer) -> None:
        server.hear(Ask, lambda _hello, _ask: None)
        silent = await Worker("w0").connect(tmp_path, hello=False)
        silent.link.send(Ask(number=1, holder="w0-1p1", wants=()))
        assert await silent.next() is None
        other = await Worker("w1").connect(tmp_path)
        await other.next()
        other.link.send(Counted(worker="w1"))
        assert await other.next() is None

    run(tmp_path, story)


def test_what_cannot_be_read_ends_the_link_and_nothing_else(tmp_path: Path) -> None:
    async def story(server: LinkServer) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        good = await Worker("w0").connect(tmp_path)
        await good.next()
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / SOCKET_NAME))
        writer.write(b"\x07\x00\x00\x00" + msgspec.json.encode([1, 2, 3]))
        assert await reader.read() == b""
        writer.close()
        server.broadcast(Kept(good_until_us=1))
        assert await good.next() == Kept(good_until_us=1)

    run(tmp_path, story)


def test_the_socket_is_the_owners_alone_and_replaces_what_was_left(tmp_path: Path) -> None:
    (tmp_path / SOCKET_NAME).write_text("left by an earlier life")

    async def story(_: LinkServer) -> None:
        mode = (tmp_path / SOCKET_NAME).stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600

    run(tmp_path, story)


def test_a_state_folder_with_a_long_path_will_do(tmp_path: Path) -> None:
    state = tmp_path / ("d" * 120)
    state.mkdir()

    async def story(server: LinkServer) -> None:
        worker = await Worker("w0").connect(state)
        assert await worker.next() == Kept(good_until_us=2)
        assert len(server.workers) == 1

    run(state, story)
