"""The control process's end of the link: who is connected, and who is told what.

A worker is known once it has said `Hello`; whoever has something for a new worker registers a
greeter, and whoever answers a kind of message registers for it. A worker that says anything else
first, or nothing that can be read, is cut off, and connects again.

Not here: what is said (`messages`, `accounts.messages`), and who answers (`treasury`, `key_desk`).

>>> server = LinkServer(state)
>>> server.greet(lambda hello, tell: tell(Kept(good_until_us=0)))
>>> server.hear(Ask, lambda hello, ask: treasury.heard(hello.holder, ask))
>>> await server.open()
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from detente.gateway.link.messages import Hello, Link, LinkMessage, address_of

BACKLOG: Final = 128
"""Connections that wait to be accepted: more than there are workers."""
LINKS_MAX: Final = 1_024
"""Workers, and what they left behind when they died a moment ago."""

Tell = Callable[[LinkMessage], bool]
Greeter = Callable[[Hello, Tell], object]
_Said = TypeVar("_Said", bound=LinkMessage)


class LinkServer:
    """All links of one gateway; make one, register, then `open` it."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._greeters: list[Greeter] = []
        self._heard: dict[type[LinkMessage], Callable[[Hello, LinkMessage], None]] = {}
        self._lost: list[Callable[[Hello], None]] = []
        self._links: dict[Link, Hello | None] = {}
        self._by_holder: dict[str, Link] = {}
        self._server: asyncio.Server | None = None

    def greet(self, greeter: Greeter) -> None:
        """Have `greeter` called with each worker that says hello, and what tells it something."""
        self._greeters.append(greeter)

    def hear(self, kind: type[_Said], heard: Callable[[Hello, _Said], None]) -> None:
        """Have `heard` called with each message of that kind, and who said it."""

        def hand_on(hello: Hello, message: LinkMessage) -> None:
            assert isinstance(message, kind)
            heard(hello, message)

        assert kind not in self._heard
        self._heard[kind] = hand_on

    def miss(self, lost: Callable[[Hello], None]) -> None:
        """Have `lost` called with each worker whose link ended; it may come back."""
        self._lost.append(lost)

    async def open(self) -> None:
        """Listen; raises `OSError` where the state folder does not take a socket."""
        listener = _bound(self._state)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(self._accepted, sock=listener, backlog=BACKLOG)

    @property
    def workers(self) -> tuple[Hello, ...]:
        """Who is connected now."""
        return tuple(hello for hello in self._links.values() if hello is not None)

    def tell(self, holder: str, message: LinkMessage) -> bool:
        """Say something to one worker's life; False where it is not connected."""
        link = self._by_holder.get(holder)
        return link is not None and link.send(message)

    def broadcast(self, message: LinkMessage) -> None:
        """Say something to every worker that has said hello."""
        for link in tuple(self._by_holder.values()):
            link.send(message)

    def close(self) -> None:
        """Listen no more, and end every link once what was said is written."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in tuple(self._links):
            link.close()

    def _accepted(self) -> Link:
        link = Link(self._message, self._ended)
        if len(self._links) < LINKS_MAX:
            self._links[link] = None
        return link

    def _message(self, link: Link, message: LinkMessage) -> None:
        hello = self._links.get(link)
        if isinstance(message, Hello):
            if link in self._links:
                self._hello(link, message)
            else:
                link.close()
            return
        heard = self._heard.get(type(message))
        if hello is None or heard is None:
            link.close()
        else:
            heard(hello, message)

    def _hello(self, link: Link, hello: Hello) -> None:
        self._links[link] = hello
        before = self._by_holder.get(hello.holder)
        self._by_holder[hello.holder] = link
        if before is not None and before is not link:
            before.close()
        for greeter in self._greeters:
            greeter(hello, link.send)

    def _ended(self, link: Link) -> None:
        hello = self._links.pop(link, None)
        if hello is None or self._by_holder.get(hello.holder) is not link:
            return
        del self._by_holder[hello.holder]
        for lost in self._lost:
            lost(hello)


def _bound(state: Path) -> socket.socket:
    """A socket in the folder, in place of one that an earlier life left; no other user's."""
    path, folder = address_of(state)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        listener.bind(path)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
        if folder is not None:
            os.close(folder)
    listener.setblocking(False)
    return listener
