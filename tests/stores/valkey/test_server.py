"""Reaching a server: bounds, what is said of failures, and never a credential."""

import asyncio

import pytest
from redis import exceptions

from detente.stores.interface import StoreUnavailable
from detente.stores.valkey.server import (
    IN_FLIGHT_PER_CONNECTION,
    Server,
    ValkeyPlace,
    cause_of,
)

SECRET = "canary-7f3a"


def place(url: str = "redis://nobody.invalid:1/0", **said: int) -> ValkeyPlace:
    return ValkeyPlace(url=url, password=SECRET, **said)


def test_a_place_shows_its_host_and_nothing_else() -> None:
    shown = place(f"rediss://user:{SECRET}@limits.example:6380/2")
    assert shown.name == "limits.example:6380/2"
    assert SECRET not in repr(shown)
    assert SECRET not in str(shown)


@pytest.mark.parametrize("scheme", ["redis", "rediss", "valkey", "valkeys"])
def test_both_names_of_the_protocol_are_known(scheme: str) -> None:
    asyncio.run(Server(place(f"{scheme}://limits:1/0")).close())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (exceptions.AuthenticationError(SECRET), "limits_password"),
        (exceptions.ReadOnlyError(SECRET), "is a replica"),
        (exceptions.BusyLoadingError(SECRET), "is reading its data back"),
        (exceptions.OutOfMemoryError(SECRET), "no memory left"),
        (exceptions.NoPermissionError(SECRET), "allows this user too little"),
        (exceptions.ResponseError(SECRET), "cannot be asked (ResponseError)"),
        (ConnectionResetError(SECRET), "cannot be asked (ConnectionResetError)"),
        (RuntimeError(SECRET), "cannot be asked (RuntimeError)"),
        (exceptions.TimeoutError(SECRET), "do not answer within 1000 ms"),
    ],
)
def test_what_a_server_says_becomes_our_words(error: Exception, said: str) -> None:
    async def play() -> None:
        server = Server(place())
        with pytest.raises(StoreUnavailable) as raised:
            async with server.bounded():
                raise error
        assert said in str(raised.value)
        assert SECRET not in str(raised.value)
        await server.close()

    asyncio.run(play())


def test_what_is_ours_passes_unchanged() -> None:
    async def play() -> None:
        with pytest.raises(KeyError):
            async with Server(place()).bounded():
                raise KeyError("x")

    asyncio.run(play())


def test_the_cause_of_an_error_counts() -> None:
    outer = exceptions.ConnectionError("broken")
    assert cause_of(outer) is None
    outer.__cause__ = exceptions.AuthenticationError("no")
    assert "limits_password" in (cause_of(outer) or "")


def test_a_call_that_takes_too_long_is_cut_off() -> None:
    async def play() -> None:
        with pytest.raises(StoreUnavailable, match="do not answer within 10 ms"):
            async with Server(place(timeout_ms=10)).bounded():
                await asyncio.Event().wait()

    asyncio.run(play())


def test_too_many_calls_are_refused_at_once() -> None:
    async def play() -> None:
        server = Server(place(connections_max=1))
        for _ in range(IN_FLIGHT_PER_CONNECTION):
            server.enter()
        with pytest.raises(StoreUnavailable, match="too many calls"):
            async with server.bounded():
                pass
        server.leave()
        async with server.bounded():
            pass

    asyncio.run(play())


@pytest.mark.parametrize(
    "broken", [exceptions.ConnectionError("broken"), RuntimeError("the handler is closed")]
)
def test_a_broken_connection_is_tried_once_more(broken: Exception) -> None:
    async def play() -> None:
        server, tries = Server(place()), 0

        async def act() -> int:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise broken
            return tries

        assert await server.unbroken(act) == 2
        await server.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    "error", [exceptions.BusyLoadingError("x"), exceptions.AuthenticationError("x")]
)
def test_what_a_server_refuses_is_not_tried_again(error: Exception) -> None:
    async def play() -> None:
        tries = 0

        async def act() -> None:
            nonlocal tries
            tries += 1
            raise error

        with pytest.raises(type(error)):
            await Server(place()).unbroken(act)
        assert tries == 1

    asyncio.run(play())
