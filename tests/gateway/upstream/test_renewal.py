"""Credentials that are renewed in the background: once, ahead of their end, never in the way."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta

import pytest

from detente.gateway.upstream import renewal as renewal_module
from detente.gateway.upstream.renewal import NoCredential, Renewal, Renewals
from detente.providers.credentials import CredentialError, Lease, Source

WAIT_S = 10
NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Waiter:
    """An exchange that waits; what it is told."""

    def __init__(self) -> None:
        self.told: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    def resume(self, value: object) -> None:
        self.told.set_result(value)

    def throw(self, error: BaseException) -> None:
        self.told.set_exception(error)


class Chain:
    """A source that answers when it is let, and counts."""

    def __init__(self, *answers: Lease | CredentialError) -> None:
        self.let = threading.Event()
        self.let.set()
        self.calls: list[bool] = []
        self.at_once_max = 0
        self._answers = list(answers)
        self._inside = 0

    def fetch(self, *, anew: bool = False) -> Lease:
        self._inside += 1
        self.at_once_max = max(self.at_once_max, self._inside)
        self.calls.append(anew)
        assert self.let.wait(WAIT_S)
        self._inside -= 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, CredentialError):
            raise answer
        return answer


def lease(token: str, lasts_s: float | None = 3600) -> Lease:
    ends = None if lasts_s is None else NOW + timedelta(seconds=lasts_s)
    return Lease(credential=token, expires_at=ends)


def running(test: Callable[[Renewal], Coroutine[None, None, None]], chain: Chain) -> None:
    """Run `test` with a renewal that has been started."""

    async def body() -> None:
        renewals = Renewals(lambda: NOW)
        renewal = renewals.of("key", "aws", lambda: chain)
        assert renewals.of("key", "aws", lambda: chain) is renewal
        try:
            async with asyncio.timeout(WAIT_S):
                await test(renewal)
        finally:
            chain.let.set()
            renewals.stop()

    asyncio.run(body())


def test_five_hundred_wait_for_one_call() -> None:
    chain = Chain(lease("t"))
    chain.let.clear()

    async def test(renewal: Renewal) -> None:
        waiters = [Waiter() for _ in range(500)]
        for waiter in waiters:
            renewal.wait(waiter)
        assert not renewal.ready
        chain.let.set()
        await asyncio.gather(*(waiter.told for waiter in waiters))
        assert renewal.ready
        assert renewal.lease is not None
        assert renewal.lease.credential == "t"
        assert chain.calls == [False]

    running(test, chain)


def test_who_waits_is_told_why_there_is_nothing() -> None:
    chain = Chain(CredentialError("no profile `prod`; add it to the shared file"))
    chain.let.clear()

    async def test(renewal: Renewal) -> None:
        waiter, leaver = Waiter(), Waiter()
        renewal.wait(waiter)
        renewal.wait(leaver)
        renewal.forget(leaver)
        chain.let.set()
        with pytest.raises(NoCredential, match="provider `aws` has no credentials now: no profile"):
            await waiter.told
        assert not leaver.told.done()
        with pytest.raises(NoCredential, match="no profile"):  # nor is anybody held up later
            renewal.wait(Waiter())

    running(test, chain)


def test_a_failure_says_that_it_is_ours_and_that_others_may_serve() -> None:
    failure = NoCredential("aws", "no profile").failure
    assert (failure.blame, failure.retryable, failure.signal) == ("ours", True, None)


def test_what_is_about_to_end_is_not_sent_and_is_renewed() -> None:
    chain = Chain(lease("short", 1), lease("long"))

    async def test(renewal: Renewal) -> None:
        waiter = Waiter()
        renewal.wait(waiter)
        await waiter.told
        assert renewal.lease is not None
        assert renewal.lease.credential == "long"
        assert chain.calls == [False, True]  # what the library kept is asked for anew
        assert chain.at_once_max == 1

    running(test, chain)


def test_what_has_ended_already_is_a_failure_however_often_it_is_asked_for() -> None:
    chain = Chain(lease("past", -3600))
    chain.let.clear()

    async def test(renewal: Renewal) -> None:
        waiter = Waiter()
        renewal.wait(waiter)
        chain.let.set()
        with pytest.raises(NoCredential, match="has ended already; check the clock"):
            await waiter.told
        for _ in range(100):  # none of them has the service asked once more
            with pytest.raises(NoCredential, match="clock"):
                renewal.wait(Waiter())
            await asyncio.sleep(0)
        assert len(chain.calls) == 2
        assert renewal.lease is None

    running(test, chain)


@pytest.mark.parametrize("token", ["t\r\nx-injected: 1", "t\n", "tökén", "", "a b", "t" * 40_000])
def test_what_no_header_can_carry_is_a_failure(token: str) -> None:
    chain = Chain(lease(token))
    chain.let.clear()

    async def test(renewal: Renewal) -> None:
        waiter = Waiter()
        renewal.wait(waiter)
        chain.let.set()
        with pytest.raises(NoCredential, match="no credential that a header can carry"):
            await waiter.told
        assert renewal.lease is None

    running(test, chain)


def test_a_library_that_hangs_holds_up_neither_a_reload_nor_the_end() -> None:
    """And whoever waits is told after a while, as its own patience is longer."""
    chain = Chain(lease("late"))
    chain.let.clear()

    async def test(renewal: Renewal) -> None:
        waiter = Waiter()
        renewal.wait(waiter)
        await asyncio.sleep(0)
        begun = time.monotonic()
        renewal.stop()
        await asyncio.sleep(0)
        assert time.monotonic() - begun < 1
        with pytest.raises(NoCredential, match="the configuration no longer has it"):
            await waiter.told

    running(test, chain)


def test_a_silent_library_is_told_of_before_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal_module, "SILENT_S", 0.01)
    chain = Chain(lease("late"))
    chain.let.clear()

    async def test(renewal: Renewal) -> None:
        waiter = Waiter()
        renewal.wait(waiter)
        with pytest.raises(NoCredential, match="has said nothing"):
            await waiter.told
        chain.let.set()
        while not renewal.ready:
            await asyncio.sleep(0.01)
        assert chain.calls == [False]

    running(test, chain)


def test_threads_end_with_the_calls_that_they_make() -> None:
    chain = Chain(lease("t"))

    async def body() -> None:
        before = threading.active_count()
        renewals = Renewals(lambda: NOW)
        for number in range(50):  # reloads that each have another credential
            renewal = renewals.of(number, "aws", lambda: chain)
            renewals.keep([renewal])
            while not renewal.ready:
                await asyncio.sleep(0)
        renewals.stop()
        while threading.active_count() > before:
            await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(body(), WAIT_S))


def test_a_refused_credential_is_asked_for_anew_but_not_at_once() -> None:
    times = [NOW]
    chain = Chain(lease("revoked", None), lease("good", None))

    async def body() -> None:
        renewals = Renewals(lambda: times[0])
        renewal = renewals.of("key", "aws", lambda: chain)
        try:
            async with asyncio.timeout(WAIT_S):
                waiter = Waiter()
                renewal.wait(waiter)
                await waiter.told
                renewal.refused()  # quite new: what was refused may be the request's own fault
                await asyncio.sleep(0)
                assert chain.calls == [False]
                times[0] = NOW + timedelta(seconds=60)
                renewal.refused()
                while renewal.lease is None or renewal.lease.credential != "good":
                    await asyncio.sleep(0.01)
                assert chain.calls == [False, True]
        finally:
            renewals.stop()

    asyncio.run(body())


def test_what_no_configuration_has_any_more_is_stopped() -> None:
    chain = Chain(lease("t"))
    chain.let.clear()

    async def body() -> None:
        renewals = Renewals(lambda: NOW)
        renewal = renewals.of("key", "aws", lambda: chain)
        kept = renewals.of("other", "gcp", lambda: chain)
        waiter = Waiter()
        renewal.wait(waiter)
        renewals.keep([kept])
        with pytest.raises(NoCredential):
            await waiter.told
        assert renewals.of("other", "gcp", lambda: chain) is kept
        assert renewals.of("key", "aws", lambda: chain) is not renewal
        chain.let.set()
        renewals.stop()

    asyncio.run(body())


class Panic(BaseException):
    """As native parts of libraries raise them."""


@pytest.mark.parametrize("raised", [LookupError, RecursionError, Panic, SystemExit])
def test_what_nobody_foresaw_of_a_library_is_a_failure_without_its_words(
    raised: type[BaseException], capfd: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def fetch(self, *, anew: bool = False) -> Lease:
            del anew
            raise raised("secret-canary")

    async def body() -> None:
        renewals = Renewals(lambda: NOW)
        renewal = renewals.of("key", "aws", Broken)
        waiter = Waiter()
        renewal.wait(waiter)
        with pytest.raises(NoCredential, match=raised.__name__) as caught:
            await waiter.told
        assert "canary" not in str(caught.value)
        renewals.stop()

    asyncio.run(body())
    assert "canary" not in "".join(capfd.readouterr())


def test_a_library_that_is_missing_says_so_once_it_is_needed() -> None:
    def missing() -> Source:
        raise CredentialError("install `detente[aws]`")

    async def body() -> None:
        renewals = Renewals(lambda: NOW)
        renewal = renewals.of("key", "aws", missing)
        waiter = Waiter()
        renewal.wait(waiter)
        with pytest.raises(NoCredential, match="detente"):
            await waiter.told
        renewals.stop()

    asyncio.run(body())
