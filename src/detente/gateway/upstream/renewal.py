"""Credentials that a platform's own library finds, renewed in the background before they end.

The library blocks, so it runs in a thread, one call of a provider at a time. A request waits only
where there is no credential yet; once there is one, it is renewed ahead of its end. A thread whose
library hangs is waited for by nobody: neither a reload nor the process's end.

    renewal = renewals.of(key, "aws", opener)
    if not renewal.ready:
        renewal.wait(exchange)
        await suspended()
    renewal.lease.credential
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Thread
from typing import Final

from detente.canonical.failure import Failure, ProviderFault
from detente.gateway.suspension import Suspension
from detente.providers.credentials import CredentialError, Lease, Source, check_sendable

AHEAD_S_MAX: Final = 300.0
"""Renewed so long before the end, or in the last quarter of a shorter life."""
AHEAD_PART: Final = 4
MARGIN_S: Final = 2.0
"""So close to its end a credential is not sent: it may end on the way."""
LIFE_S_MIN: Final = 3.0
"""What is to live shorter is as good as ended: else every request would have it renewed."""
SILENT_S: Final = 30.0
"""So long a library may say nothing before who waits is told; their own patience is shorter."""
UNENDING_S: Final = 300.0
"""How often a credential without an end is asked for again: files and profiles change."""
RETRY_S: Final = 1.0
RETRY_S_MAX: Final = 15.0
RENEW_AGAIN_S: Final = 10.0
"""A credential that the platform refused is asked for anew, but not more often."""


class NoCredential(ProviderFault):
    """A provider's credentials cannot be had; another deployment may serve the request."""

    def __init__(self, provider: str, reason: str) -> None:
        said = f"provider `{provider}` has no credentials now: {reason}"
        super().__init__("upstream_failed", said)
        self.failure = Failure(
            code="upstream_failed",
            message=said,
            blame="ours",
            status=self.failure.status,
            retryable=True,
        )


class Renewal:
    """One provider's credential; `open_source` is called once, in the thread."""

    def __init__(
        self, provider: str, open_source: Callable[[], Source], now: Callable[[], datetime]
    ) -> None:
        self.provider = provider
        self.lease: Lease | None = None
        self._open_source = open_source
        self._source: Source | None = None
        self._now = now
        self._fetched_at: datetime | None = None
        self._waiting: list[Suspension] = []
        self._reason: str | None = None
        self._wanted = asyncio.Event()
        self._anew = False
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a credential that can be sent."""
        lease = self.lease
        if lease is None:
            return False
        ends = lease.expires_at
        return ends is None or self._now() + timedelta(seconds=MARGIN_S) < ends

    def start(self) -> None:
        """Fetch the first credential, then keep it fresh until `stop`."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep())

    def stop(self) -> None:
        """Nobody needs it any more; who still waits is told so."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._tell("the configuration no longer has it; try again")

    def wait(self, waiter: Suspension) -> None:
        """Resume `waiter` when there is a credential, or throw `NoCredential` there.

        Raises it at once where the library has just failed.
        """
        if self._reason is not None:
            raise NoCredential(self.provider, self._reason)
        self._waiting.append(waiter)
        self._wanted.set()

    def forget(self, waiter: Suspension) -> None:
        """`waiter` has given up."""
        with suppress(ValueError):
            self._waiting.remove(waiter)

    def refused(self) -> None:
        """The platform refused the credential: have it renewed now, unless it is quite new."""
        fetched = self._fetched_at
        if fetched is None or self._now() - fetched > timedelta(seconds=RENEW_AGAIN_S):
            self._anew = True
            self._wanted.set()

    async def _keep(self) -> None:
        retry_s = RETRY_S
        while True:
            self._wanted.clear()
            anew, self._anew = self._anew, False
            try:
                lease = await self._fetched(anew=anew)
                if self._has_ended(lease):  # the library may have kept it too long
                    lease = await self._fetched(anew=True)
                if self._has_ended(lease):
                    raise CredentialError(_ENDED)
            except CredentialError as error:
                self._tell(str(error))
                await self._rest(retry_s)
                retry_s = min(2 * retry_s, RETRY_S_MAX)
            else:
                retry_s = RETRY_S
                self.lease, self._fetched_at = lease, self._now()
                self._tell(None)
                await self._rest(self._lasts_s(lease), until_wanted=True)

    async def _fetched(self, *, anew: bool) -> Lease:
        """What the library says, in a thread of its own; raises `CredentialError`.

        A library that hangs must not hold up the others, and a thread cannot be ended from outside:
        it is a daemon, for which an interpreter that ends does not wait.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Lease] = loop.create_future()

        def call() -> None:
            result = self._fetch(anew)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_hand_over, answer, result)

        Thread(target=call, name=f"credentials-{self.provider}", daemon=True).start()
        await asyncio.wait((answer,), timeout=SILENT_S)
        if not answer.done():
            self._tell(_SILENT)
        return await answer

    def _fetch(self, anew: bool) -> Lease | CredentialError:
        """In the thread: the library's answer, or why there is none; raises nothing."""
        try:
            if self._source is None:
                self._source = self._open_source()
            lease = self._source.fetch(anew=anew)
            check_sendable(lease)
        except CredentialError as error:
            return error
        except BaseException as error:  # noqa: BLE001 -- a library's own; its words may hold a secret
            said = f"the platform's library failed ({type(error).__name__})"
            return CredentialError(f"{said}; look at `detente providers test`")
        return lease

    def _has_ended(self, lease: Lease) -> bool:
        """Whether a credential cannot be used any more, or not long enough to be worth it."""
        ends = lease.expires_at
        return ends is not None and ends < self._now() + timedelta(seconds=LIFE_S_MIN)

    def _lasts_s(self, lease: Lease) -> float:
        """How long to rest before the next call, in seconds."""
        if lease.expires_at is None:
            return UNENDING_S
        left_s = (lease.expires_at - self._now()).total_seconds()
        return max(RETRY_S, left_s - min(AHEAD_S_MAX, left_s / AHEAD_PART))

    async def _rest(self, seconds: float, *, until_wanted: bool = False) -> None:
        """Rest; somebody who needs a credential now ends it, but not after a failure."""
        if not until_wanted:
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wanted.wait()

    def _tell(self, reason: str | None) -> None:
        """Let everyone who waits go on, or tell them why there is nothing."""
        self._reason = reason
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if reason is None:
                waiter.resume(None)
            else:
                waiter.throw(NoCredential(self.provider, reason))


def _hand_over(answer: asyncio.Future[Lease], result: Lease | CredentialError) -> None:
    """In the loop: what the thread has brought, unless nobody waits for it any more."""
    if answer.done():
        return
    if isinstance(result, CredentialError):
        answer.set_exception(result)
    else:
        answer.set_result(result)


_ENDED: Final = (
    "what its identity service gave has ended already; check the clock of the gateway's machine"
)
_SILENT: Final = (
    f"its identity service, or the library that asks it, has said nothing for {SILENT_S:g} s; look "
    "at `detente providers test`"
)


class Renewals:
    """The renewals of a worker, by what they are made from; they outlive a plane."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._renewals: dict[object, Renewal] = {}

    def of(self, key: object, provider: str, open_source: Callable[[], Source]) -> Renewal:
        """The renewal of `key`, begun where there is none yet."""
        renewal = self._renewals.get(key)
        if renewal is None:
            renewal = self._renewals[key] = Renewal(provider, open_source, self._now)
            renewal.start()
        return renewal

    def keep(self, wanted: Iterable[Renewal]) -> None:
        """Stop all but those in `wanted`."""
        kept = set(map(id, wanted))
        for key, renewal in list(self._renewals.items()):
            if id(renewal) not in kept:
                del self._renewals[key]
                renewal.stop()

    def stop(self) -> None:
        """Stop all."""
        self.keep(())
