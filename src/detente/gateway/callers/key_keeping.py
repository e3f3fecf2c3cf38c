"""The parts of the control process that keep keys, joined: the store, its desk, its book.

>>> keeping = KeyKeeping(lambda: setup, place_of(setup), link)
>>> await keeping.run(stopping)
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from detente.gateway.callers.key_book import KeyBook
from detente.gateway.callers.key_desk import KeyDesk
from detente.gateway.callers.pepper import peppers_of
from detente.gateway.link.server import LinkServer
from detente.gateway.say import say
from detente.gateway.upstream.credentials import resolve_master_key
from detente.stores.interface import Principals
from detente.stores.opening import StorePlace, open_principals
from detente.wiring import Setup


class KeyKeeping:
    """See the module; `setup` is the one in force. Registers at `link`."""

    def __init__(self, setup: Callable[[], Setup], place: StorePlace, link: LinkServer) -> None:
        self._principals = open_principals(place)
        self.desk = KeyDesk(
            self._principals,
            broadcast=link.broadcast,
            say=say,
            timeout_ms=place.store.timeout_ms,
        )
        self.book = book_of(setup, self._principals, changed=self.desk.look)
        link.greet(self.desk.greet)

    async def run(self, stopping: asyncio.Event) -> None:
        """Keep workers told until stopped, then close the store."""
        await self.desk.watch(stopping)
        await self._principals.close()


def book_of(
    setup: Callable[[], Setup],
    principals: Principals,
    *,
    changed: Callable[[], Awaitable[object]] | None = None,
) -> KeyBook:
    """The book of a configuration's key store; `changed` as there. Raises `LocatedErrors` and
    `SecretFileUnusable` where master key or pepper cannot be read."""
    master_key = resolve_master_key(setup())
    return KeyBook(
        principals,
        configuration=lambda: setup().configuration,
        peppers=peppers_of(setup().state, master_key),
        master_key=master_key,
        wall=lambda: datetime.now(UTC),
        random=secrets.token_bytes,
        changed=changed,
    )
