"""A Valkey or Redis server: how it is reached, how long anything may take, and what its silence is.

Every call is bounded by the client's own clock and ends in an answer or `StoreUnavailable`, which
names the server and never a credential. A connection on which a call was cut off is thrown away.
What finds its connection broken is asked once more on a new one, which is safe: everything may be
said again. Where the server says that it may not be written to (a replica, or
a primary that became one) its connections are closed, so that the next call follows its name.

Not here: what is asked of it (`scripts`, `windows`).

>>> server = Server(ValkeyPlace(url="redis://limits:6379/0", password="..."))
>>> await server.run(server.script(KEEP), keys=[b"k"], args=[1])
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

import msgspec
import redis.asyncio as client
from redis import exceptions
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from detente.stores.interface import StoreUnavailable

T = TypeVar("T")
Value = bytes | str | int
SCHEMES: Final = {"valkey": "redis", "valkeys": "rediss"}
"""Valkey's own names of the same two protocols."""
_Pool: Final[Any] = client.BlockingConnectionPool  # its types do not say what it takes
IN_FLIGHT_PER_CONNECTION: Final = 64
"""Calls that may wait for a connection, for each that there is; more are refused at once."""
BROKEN: Final = (exceptions.ConnectionError, RuntimeError)
"""What a connection that has just broken makes of a call: uvloop says of one whose end it has not
told yet that its handler is closed, which is a `RuntimeError`."""
_CURES: Final[tuple[tuple[type[exceptions.RedisError], str], ...]] = (
    (exceptions.AuthenticationError, "refuses the password; correct `[store] limits_password`"),
    (exceptions.NoPermissionError, "allows this user too little; let it use keys and scripts"),
    (exceptions.ReadOnlyError, "is a replica; name the primary in `[store] limits_url`"),
    (exceptions.BusyLoadingError, "is reading its data back; it will be ready in a moment"),
    (exceptions.OutOfMemoryError, "has no memory left; give it more"),
)


class ValkeyPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server is (`redis://`, `rediss://`, `valkey://`, `valkeys://`, `unix://`). Never
    shows its password."""

    url: str
    password: str | None = None
    timeout_ms: int = 1_000
    connections_max: int = 8

    @property
    def name(self) -> str:
        """Host and database, as people know them."""
        parts = urlsplit(self.url)
        return f"{parts.netloc.rpartition('@')[2]}{parts.path}" or "valkey"

    @property
    def timeout_s(self) -> float:
        """What one call may take."""
        return self.timeout_ms / 1000

    def __repr__(self) -> str:
        return f"ValkeyPlace({self.name!r})"


class Script:
    """A program that the server runs in one piece; sent once a connection needs it."""

    __slots__ = ("_registered",)

    def __init__(self, registered: Any) -> None:
        self._registered = registered  # the client's types do not say what a script answers

    async def __call__(self, keys: Sequence[str], args: Sequence[Value]) -> list[Any]:
        """What the program answers, always a list."""
        return cast("list[Any]", await self._registered(keys=keys, args=args))


class Server:
    """Connections to one server, none before the first call."""

    def __init__(self, place: ValkeyPlace) -> None:
        self.place = place
        scheme, _, rest = place.url.partition("://")
        self._pool: client.BlockingConnectionPool = _Pool.from_url(
            f"{SCHEMES.get(scheme, scheme)}://{rest}",
            password=place.password,
            max_connections=place.connections_max,
            timeout=place.timeout_s,
            socket_timeout=place.timeout_s,
            socket_connect_timeout=place.timeout_s,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._client: client.Redis = client.Redis(connection_pool=self._pool)
        self._in_flight = 0

    def script(self, text: str) -> Script:
        """A program to run."""
        return Script(self._client.register_script(text))

    def bounded(self) -> "Bounded":
        """`async with server.bounded():` bounds what is done inside, and names what goes wrong."""
        return Bounded(self)

    async def unbroken(self, act: Callable[[], Awaitable[T]]) -> T:
        """What `act` answers, on new connections where the kept ones were broken."""
        try:
            return await act()
        except BROKEN as error:
            if cause_of(error) is not None or isinstance(error, exceptions.BusyLoadingError):
                raise
            await self.forget_connections()
            return await act()

    async def ping(self) -> None:
        """Ask it for a sign of life; raises `StoreUnavailable` where none comes."""

        async def asked() -> None:
            # a script, since who may do no more than we need may not be allowed `PING`
            await self.script("return {1}")([], [])

        async with self.bounded():
            await self.unbroken(asked)

    async def forget_connections(self) -> None:
        """The next call connects anew, to whatever the server's name then means."""
        await self._pool.disconnect(inuse_connections=False)

    async def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        await self._pool.disconnect()

    def enter(self) -> None:
        """Count a call; raises `StoreUnavailable` where too many wait already."""
        if self._in_flight >= self.place.connections_max * IN_FLIGHT_PER_CONNECTION:
            raise StoreUnavailable(
                f"too many calls wait for limits in `{self.place.name}`; see why"
            )
        self._in_flight += 1

    def leave(self) -> None:
        """The call is over."""
        self._in_flight -= 1


def cause_of(error: BaseException) -> str | None:
    """What the server said, where that is known: the error itself, or what caused it."""
    for one in (error, error.__cause__):
        for kind, cure in _CURES:
            if isinstance(one, kind):
                return cure
    return None


class Bounded:
    """See `Server.bounded`."""

    __slots__ = ("_clock", "_server")

    def __init__(self, server: Server) -> None:
        self._server = server
        self._clock = asyncio.timeout(server.place.timeout_s)

    async def __aenter__(self) -> None:
        self._server.enter()
        await self._clock.__aenter__()

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._server.leave()
        try:
            await self._clock.__aexit__(kind, error, trace)
        except TimeoutError:
            raise self._silent() from None
        if isinstance(error, exceptions.ReadOnlyError | exceptions.BusyLoadingError):
            await self._server.forget_connections()
        if isinstance(error, exceptions.TimeoutError | TimeoutError):
            raise self._silent() from None
        if isinstance(error, exceptions.RedisError | OSError | RuntimeError):
            raise self._said(error) from None

    def _silent(self) -> StoreUnavailable:
        place = self._server.place
        return StoreUnavailable(
            f"limits in `{place.name}` do not answer within {place.timeout_ms} ms;"
            " see whether the server runs and can be reached"
        )

    def _said(self, error: Exception) -> StoreUnavailable:
        name = self._server.place.name
        if (cure := cause_of(error)) is not None:
            return StoreUnavailable(f"the server of limits `{name}` {cure}")
        return StoreUnavailable(
            f"limits in `{name}` cannot be asked ({type(error).__name__});"
            " see whether the server runs and can be reached"
        )
