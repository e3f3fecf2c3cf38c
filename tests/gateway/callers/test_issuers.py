"""The control process asks issuers: keys rotate, issuers misbehave, workers are told in time."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop
from tests.token_issuer import (
    AUDIENCE,
    Answer,
    TokenIssuer,
    ec_key,
    jwk_of,
    jwk_set,
    rsa_key,
    running_issuer,
)

from detente.canonical.failure import ClientFault
from detente.configuration.callers import IdentityProvider
from detente.gateway.callers import issuers as issuers_module
from detente.gateway.callers.issuer_keys import IssuerUnreached
from detente.gateway.callers.issuers import KEPT_S, Issuers, published
from detente.gateway.link.messages import Hello, IssuerTold, LinkMessage
from detente.gateway.link.server import Greeter, LinkServer
from detente.gateway.upstream.dial import client_tls
from detente.gateway.upstream.fetch import BODY_BYTES_MAX, FetchError

WAIT_S = 20
PAUSE_S = 0.02
DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def issuer() -> Generator[TokenIssuer]:
    with running_issuer() as running:
        yield running


def provider(issuer: TokenIssuer, **table: Any) -> IdentityProvider:
    usual = {"issuer": issuer.url, "audience": AUDIENCE, "project": "shop"}
    return msgspec.convert({**usual, **table}, IdentityProvider)


class Workers:
    """What workers were told."""

    def __init__(self) -> None:
        self.told: list[IssuerTold] = []
        self._came = asyncio.Event()

    def tell(self, message: IssuerTold) -> None:
        self.told.append(message)
        self._came.set()

    async def told_times(self, count: int) -> IssuerTold:
        async with asyncio.timeout(WAIT_S):
            while len(self.told) < count:
                self._came.clear()
                await self._came.wait()
        return self.told[count - 1]


class Door(LinkServer):
    """Where workers say hello, without a socket."""

    def __init__(self) -> None:
        super().__init__(Path())
        self._greeter: Greeter | None = None

    def greet(self, greeter: Greeter) -> None:
        self._greeter = greeter

    def hears(self) -> list[LinkMessage]:
        """What a worker that comes now is told."""
        heard: list[LinkMessage] = []

        def tell(message: LinkMessage) -> bool:
            heard.append(message)
            return True

        assert self._greeter is not None
        self._greeter(Hello(worker="w0", holder="w0-1"), tell)
        return heard


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0


async def until(done: Callable[[], bool], issuers: Issuers | None = None) -> None:
    """Wait for what happens in another thread, within a bound; `issuers` are asked meanwhile."""
    async with asyncio.timeout(WAIT_S):
        while not done():
            if issuers is not None:
                issuers.asked("id")
            await asyncio.sleep(PAUSE_S)


def play(scene: Callable[[Issuers, Workers], Awaitable[None]], clock: Clock | None = None) -> None:
    """One scene with issuers that are stopped at its end."""
    clock = clock or Clock()

    async def run() -> None:
        workers = Workers()
        issuers = Issuers(
            tell=workers.tell, trust=client_tls(), pause_s=PAUSE_S, now=lambda: clock.now
        )
        try:
            async with asyncio.timeout(WAIT_S):
                await scene(issuers, workers)
        finally:
            issuers.stop()

    uvloop.run(run())


def asked_of(provider_: IdentityProvider) -> bytes:
    return uvloop.run(published(provider_, client_tls()))


def failure(provider_: IdentityProvider) -> str:
    with pytest.raises(FetchError) as error:
        asked_of(provider_)
    return str(error.value)


# Discovery.


def test_keys_are_found_by_discovery_or_where_they_are_configured(issuer: TokenIssuer) -> None:
    assert asked_of(provider(issuer)) == issuer.jwks
    assert issuer.asked == [DISCOVERY, "/keys"]
    assert asked_of(provider(issuer, jwks_url=f"{issuer.url}/keys")) == issuer.jwks
    assert issuer.asked[2:] == ["/keys"]


def document(issuer: TokenIssuer, changed: dict[str, object]) -> Callable[[], Answer]:
    whole = {"issuer": issuer.url, "jwks_uri": f"{issuer.url}/keys", **changed}
    return lambda: (200, {}, json.dumps(whole).encode())


def test_an_issuer_may_end_with_a_slash_where_its_document_does(issuer: TokenIssuer) -> None:
    slashed = issuer.url + "/"
    issuer.answers[DISCOVERY] = document(issuer, {"issuer": slashed})
    assert asked_of(msgspec.structs.replace(provider(issuer), issuer=slashed)) == issuer.jwks
    assert "another issuer" in failure(provider(issuer))


@pytest.mark.parametrize("named", ["https://evil.example", "", "HTTP://127.0.0.1", None, 7, ["x"]])
def test_a_document_that_names_another_issuer_is_refused(
    issuer: TokenIssuer, named: object
) -> None:
    issuer.answers[DISCOVERY] = document(issuer, {"issuer": named})
    assert failure(provider(issuer)) != ""
    assert issuer.asked == [DISCOVERY]


@pytest.mark.parametrize(
    "uri",
    [
        "http://id.example/keys",
        "https://127.0.0.2/keys",
        "https://localhost/keys",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/keys",
        "https://[::1]/keys",
        "file:///etc/passwd",
        "//id.example/keys",
        "https://user:secret@127.0.0.1/keys",
        "http://127.0.0.1:99999/keys",
        "http://127.0.0.1/a b\r\nx: y",
        "",
        None,
        7,
    ],
)
def test_a_document_leads_nowhere_but_to_public_addresses(issuer: TokenIssuer, uri: object) -> None:
    issuer.answers[DISCOVERY] = document(issuer, {"jwks_uri": uri})
    said = failure(provider(issuer))
    assert "discovery document" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, b"<html>sign in</html>"),
        (200, {}, b"[]"),
        (200, {}, b"[" * 100_000),
        (200, {}, b"\xff"),
        (200, {}, b'{"issuer":"\xff","jwks_uri":"","keys":"\xff"}'),
        (200, {}, b""),
        (302, {"location": "/elsewhere"}, b""),
        (301, {"location": "https://evil.example/"}, b""),
        (503, {}, b"{}"),
        (200, {}, b"x" * (BODY_BYTES_MAX + 1)),
    ],
)
@pytest.mark.parametrize("path", [DISCOVERY, "/keys"])
def test_garbage_gives_no_keys(issuer: TokenIssuer, path: str, answer: Answer) -> None:
    issuer.answers[path] = lambda: answer

    async def scene(issuers: Issuers, workers: Workers) -> None:
        issuers.reload({"id": provider(issuer)})
        await until(lambda: len(issuer.asked) >= 3, issuers)  # it is asked again
        assert workers.told == []

    play(scene)


def test_whatever_goes_wrong_an_issuer_is_asked_again(
    issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unforeseen(*_: object) -> None:
        raise KeyError("secret")

    async def scene(issuers: Issuers, workers: Workers) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(issuers_module, "read_key_set", unforeseen)
            issuers.reload({"id": provider(issuer)})
            await until(lambda: len(issuer.asked) >= 3, issuers)
        issuers.asked("id")
        assert (await workers.told_times(1)).jwks == issuer.jwks

    play(scene)
    said = capsys.readouterr().err
    assert said.count("gives no keys: asking it met a fault of the gateway's own (KeyError)") == 1
    assert "secret" not in said


# Keys in time.


def identity(issuers: Issuers, token: str) -> str:
    """The subject, or the code of the refusal."""
    try:
        found, _ = issuers.verifier.identity(token.encode(), time.time_ns() // 1000)
    except (ClientFault, IssuerUnreached) as fault:
        return fault.failure.code
    return found.name


def test_keys_are_fetched_at_once_and_told(issuer: TokenIssuer) -> None:
    async def scene(issuers: Issuers, workers: Workers) -> None:
        token = issuer.token()
        issuers.reload({"id": provider(issuer)})
        assert identity(issuers, token) == "store_unavailable"
        told = await workers.told_times(1)
        assert told == IssuerTold(name="id", issuer=issuer.url, jwks=issuer.jwks)
        assert identity(issuers, token).startswith("token:id:")

    play(scene)


def test_a_new_key_is_fetched_when_somebody_asks(issuer: TokenIssuer) -> None:
    async def scene(issuers: Issuers, workers: Workers) -> None:
        issuers.reload({"id": provider(issuer)})
        await workers.told_times(1)
        issuer.keys = {"two": ec_key()}
        issuers.asked("id")
        issuers.asked("nobody")
        assert (await workers.told_times(2)).jwks == issuer.jwks
        assert identity(issuers, issuer.token()).startswith("token:id:")

    play(scene)


def test_who_asks_is_answered_where_nothing_is_new_too(issuer: TokenIssuer) -> None:
    async def scene(issuers: Issuers, workers: Workers) -> None:
        issuers.reload({"id": provider(issuer)})
        await workers.told_times(1)
        issuers.asked("id")
        assert (await workers.told_times(2)).jwks == issuer.jwks

    play(scene)


def test_questions_do_not_make_an_issuer_be_asked_more_often(issuer: TokenIssuer) -> None:
    async def scene(issuers: Issuers, workers: Workers) -> None:
        issuers.reload({"id": provider(issuer)})
        await workers.told_times(1)
        for count in range(2, 5):
            for _ in range(1000):
                issuers.asked("id")
            await workers.told_times(count)
        assert len(issuer.asked) <= 2 * 5

    play(scene)


def test_keys_are_fetched_again_by_themselves(
    issuer: TokenIssuer,
) -> None:
    async def scene(issuers: Issuers, workers: Workers) -> None:
        issuers.reload({"id": msgspec.structs.replace(provider(issuer), refresh_ms=50)})
        await workers.told_times(1)
        issuer.keys["two"] = ec_key()
        assert (await workers.told_times(2)).jwks == issuer.jwks

    play(scene)


def test_an_issuer_that_fails_keeps_its_keys_for_a_day(
    issuer: TokenIssuer, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()

    async def scene(issuers: Issuers, workers: Workers) -> None:
        issuers.reload({"id": provider(issuer)})
        await workers.told_times(1)
        issuer.answers["/keys"] = lambda: (500, {}, b"")
        before = len(issuer.asked)
        await until(lambda: len(issuer.asked) >= before + 4, issuers)
        assert identity(issuers, issuer.token()).startswith("token:id:")
        assert len(workers.told) == 1
        clock.now += KEPT_S + 1
        issuers.asked("id")
        assert (await workers.told_times(2)).jwks == b""
        assert identity(issuers, issuer.token()) == "store_unavailable"
        del issuer.answers["/keys"]
        issuers.asked("id")
        assert (await workers.told_times(3)).jwks == issuer.jwks

    assert KEPT_S == 86_400
    play(scene, clock)
    said = capsys.readouterr().err
    assert said.count("gives no keys: it answered 500") == 1
    assert said.count("has confirmed no keys for a day") == 1
    assert "is reached again" in said


def test_what_workers_knew_before_a_restart_counts_for_a_day_too(issuer: TokenIssuer) -> None:
    clock = Clock()
    issuer.answers["/keys"] = lambda: (500, {}, b"")

    async def scene(issuers: Issuers, workers: Workers) -> None:
        issuers.reload({"id": provider(issuer)})
        clock.now += KEPT_S
        await until(lambda: len(issuer.asked) >= 6, issuers)
        assert workers.told == []
        clock.now += 1
        issuers.asked("id")
        assert (await workers.told_times(1)).jwks == b""
        before = len(issuer.asked)
        await until(lambda: len(issuer.asked) >= before + 4, issuers)
        assert len(workers.told) == 1

    play(scene, clock)


def test_a_worker_that_comes_hears_what_counts_and_what_counts_no_more(
    issuer: TokenIssuer,
) -> None:
    clock = Clock()

    async def scene(issuers: Issuers, workers: Workers) -> None:
        door = Door()
        issuers.serve(door)
        issuers.reload({"id": provider(issuer)})
        assert door.hears() == []
        await workers.told_times(1)
        assert door.hears() == [workers.told[-1]]
        issuer.answers["/keys"] = lambda: (500, {}, b"")
        clock.now += KEPT_S + 1
        issuers.asked("id")
        await workers.told_times(2)
        assert door.hears() == [workers.told[-1]]
        assert workers.told[-1].jwks == b""

    play(scene, clock)


def test_a_slow_issuer_holds_up_nobody_else(issuer: TokenIssuer) -> None:
    def slow() -> Answer:
        issuer.released.wait(WAIT_S)
        return 200, {}, b"{}"

    async def scene(issuers: Issuers, workers: Workers) -> None:
        with running_issuer() as other:
            issuer.answers[DISCOVERY] = slow
            issuers.reload({"slow": provider(issuer), "id": provider(other)})
            assert (await workers.told_times(1)).name == "id"

    play(scene)


def test_an_issuer_that_is_down_is_reached_when_it_is_up(
    issuer: TokenIssuer, capsys: pytest.CaptureFixture[str]
) -> None:
    url = issuer.url
    issuer.stop()

    async def scene(issuers: Issuers, workers: Workers) -> None:
        issuers.reload({"id": provider(issuer)})
        await until(lambda: "gives no keys" in capsys.readouterr().err)
        with running_issuer(port=int(url.rpartition(":")[2])) as again:
            assert again.url == url
            issuers.asked("id")
            assert (await workers.told_times(1)).jwks == again.jwks

    play(scene)


def test_private_keys_are_told_and_not_used(
    issuer: TokenIssuer, capsys: pytest.CaptureFixture[str]
) -> None:
    leaked = {**jwk_of(rsa_key(), "leaked"), "d": "AQAB"}
    issuer.answers["/keys"] = lambda: (200, {}, jwk_set(leaked, jwk_of(ec_key(), "two")))

    async def scene(issuers: Issuers, workers: Workers) -> None:
        issuers.reload({"id": provider(issuer)})
        await workers.told_times(1)

    play(scene)
    assert "private half" in capsys.readouterr().err


# Configuration and workers.


def test_a_reload_asks_whom_it_names_and_forgets_the_others(issuer: TokenIssuer) -> None:
    async def scene(issuers: Issuers, workers: Workers) -> None:
        first = provider(issuer)
        issuers.reload({"id": first})
        await workers.told_times(1)
        token = issuer.token()
        issuers.reload({"id": first})
        assert identity(issuers, token).startswith("token:id:")
        with running_issuer() as other:
            issuers.reload({"id": provider(other)})
            assert identity(issuers, token) == "key_invalid"
            assert identity(issuers, other.token()) == "store_unavailable"
            await workers.told_times(2)
            assert identity(issuers, other.token()).startswith("token:id:")
            issuers.reload({})
            assert identity(issuers, other.token()) == "key_invalid"

    play(scene)
