"""Leases kept alive: the store is told that this machine lives, and workers how long leases hold.

A lease ends, for the workers, one skew before it does for the store, counted from before the store
was asked. A store that fails or does not answer in time is *out* from that moment on, and tried
again, more and more slowly, until it answers. Where the store's clock moved otherwise than ours by
more than the skew, what it thinks of our leases is unknown: all end at once, and begin anew.

Not here: what is leased (`treasury`).

>>> heartbeat = Heartbeat((money, windows), terms, tell=server.broadcast)
>>> await heartbeat.asked(money.exchange("here", "w0-1p1", wants))
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import msgspec

from detente.accounts.messages import Kept
from detente.gateway.say import say
from detente.stores import clock
from detente.stores.interface import Accounts, StoreUnavailable
from detente.stores.interface import Kept as StoreKept

BEATS_PER_LEASE: Final = 4
RETRY_S: Final = 0.1
RETRY_MAX_S: Final = 1.0
"""How soon a store that does not answer is tried again: doubles up to the latter."""

T = TypeVar("T")


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration says of leases; `machine` is this gateway's name in the store."""

    machine: str
    lease_us: int
    skew_us: int
    timeout_s: float


class Heartbeat:
    """See the module. Times are those of this machine's own clock (`stores.clock`)."""

    def __init__(
        self,
        stores: Sequence[Accounts],
        terms: Terms,
        *,
        tell: Callable[[Kept], None],
        now_us: Callable[[], int] = clock.now_us,
        said: Callable[[str], None] = say,
    ) -> None:
        self.good_until_us = 0
        self.outages = 0
        self.jumps = 0
        self.renew: Callable[[], Awaitable[None]] = _nothing_leased
        """Tells workers what they hold, after leases had ended."""
        self._stores = tuple(dict.fromkeys(stores))
        self._terms = terms
        self._tell = tell
        self._now_us = now_us
        self._say = said
        self._lost: frozenset[str] = frozenset()
        self._clocks: list[tuple[int, int] | None] = [None] * len(self._stores)
        self._until_us = 0
        """When the leases end, for workers, that the store told last; 0 before it has."""
        self._renewal: asyncio.Future[None] | None = None
        """Due since leases ended, and until it is done; until then workers are told of none."""
        self._out_since_us: int | None = None
        self._out_us = 0
        self._up = asyncio.Event()
        self._beat_now = asyncio.Event()

    @property
    def outage(self) -> bool:
        """Whether the store does not answer now."""
        return self._out_since_us is not None

    @property
    def outage_s(self) -> float:
        """For how long it did not answer, in all."""
        now = 0 if self._out_since_us is None else self._now_us() - self._out_since_us
        return (self._out_us + now) / 1_000_000

    def greet(self, tell: Callable[[Kept], object]) -> None:
        """Tell a worker that is new to us; nothing before the first beat, so that it goes on with
        what it holds where another control process was there before."""
        if self._until_us or self.outage:
            tell(self._kept())

    def _kept(self) -> Kept:
        good_until_us = self.good_until_us if self._until_us else None
        return Kept(good_until_us=good_until_us, outage=self.outage)

    async def run(self, stopping: asyncio.Event) -> None:
        """Beat until stopped."""
        retry_s = RETRY_S
        while not stopping.is_set():
            pause_s = self._terms.lease_us / 1_000_000 / BEATS_PER_LEASE
            if await self._beat():
                retry_s = RETRY_S
            else:
                pause_s, retry_s = retry_s, min(2 * retry_s, RETRY_MAX_S)
            await self._pause(stopping, pause_s)

    async def _beat(self) -> bool:
        try:
            return await self.beat()
        except Exception as error:  # noqa: BLE001 -- if this ended, the outage would be for good
            fault = f"a fault of the gateway's own ({type(error).__name__}); report it"
            self._out(StoreUnavailable(fault))
            return False

    async def beat(self) -> bool:
        """Renew once; whether the store answered."""
        before_us = self._now_us()
        lease_us = self._terms.lease_us
        self._beat_now.clear()
        try:
            async with asyncio.timeout(self._terms.timeout_s):
                calls = [
                    store.keep(self._terms.machine, lease_us=lease_us) for store in self._stores
                ]
                kept = await asyncio.gather(*calls)
        except (StoreUnavailable, TimeoutError) as error:
            self._out(error)
            return False
        jumped = self._jumped(kept)
        if jumped:
            self.jumps += 1
            self._say("the store's clock has jumped; all leases end now and begin anew")
        if jumped or 0 < self._until_us <= before_us:
            self.good_until_us = 0
            self._tell(self._kept())
            self._begin_renewal()
        self._until_us = before_us + min(one.lease_us for one in kept) - self._terms.skew_us
        if not await self._renewed():
            return False
        self.good_until_us = self._until_us
        self._in()
        self._tell(self._kept())
        self._tell_of_lost(frozenset(name for one in kept for name in one.lost))
        return True

    def _begin_renewal(self) -> None:
        """Leases had ended: every worker is told what it holds now, before it may use it again, for
        the store may have given it to others."""
        if self._renewal is not None:
            self._renewal.cancel()  # what it told may have ended, too
        self._renewal = asyncio.ensure_future(self.renew())

    async def _renewed(self) -> bool:
        """Whether no renewal is due any more; one that takes long goes on with the next beat."""
        if self._renewal is None:
            return True
        self._up.set()
        try:
            async with asyncio.timeout(self._terms.timeout_s):
                await asyncio.shield(self._renewal)
        except TimeoutError as error:
            self._out(error)
            return False
        self._renewal = None
        return True

    async def asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` answers, once the store does: asked again after every outage, so it must be
        fit to be said again."""
        retry_s = RETRY_S
        while True:
            await self._up.wait()
            try:
                async with asyncio.timeout(self._terms.timeout_s):
                    return await ask()
            except (StoreUnavailable, TimeoutError) as error:
                self._out(error)
            await asyncio.sleep(retry_s)  # it may answer heartbeats, and yet fail at this
            retry_s = min(2 * retry_s, RETRY_MAX_S)

    def doubt(self) -> None:
        """Somebody found the store silent: look at once."""
        self._beat_now.set()

    def _tell_of_lost(self, lost: frozenset[str]) -> None:
        """Whose money was given up, and who came back and holds it again."""
        before, self._lost = self._lost, lost
        for name in sorted(lost - before):
            self._say(
                f"machine `{name}` was silent for `store.lost_after_ms`; what it held of budgets is"
                " free again, and what it spent and never told is lost to the count"
            )
        for name in sorted(before - lost):
            self._say(f"machine `{name}` is not lost any more; what it spent counts again")

    def _out(self, error: Exception) -> None:
        self._up.clear()
        self._beat_now.set()
        if self._out_since_us is not None:
            return
        self._out_since_us = self._now_us()
        self.outages += 1
        reason = str(error) or f"no answer within {self._terms.timeout_s:g} s"
        self._say(f"the store of budgets and limits does not answer ({reason}); trying again")
        self._tell(self._kept())

    def _in(self) -> None:
        self._up.set()
        if self._out_since_us is not None:
            out_us = self._now_us() - self._out_since_us
            self._out_us += out_us
            self._out_since_us = None
            self._say(f"the store of budgets and limits answers again, after {out_us / 1e6:.1f} s")

    def _jumped(self, kept: Sequence[StoreKept]) -> bool:
        """Whether a store's clock moved otherwise than ours since the last beat."""
        now_us, jumped = self._now_us(), False
        for at, one in enumerate(kept):
            last = self._clocks[at]
            if last is not None:
                moved_us = (one.now_us - last[0]) - (now_us - last[1])
                jumped |= abs(moved_us) > self._terms.skew_us + self._terms.timeout_s * 1e6
            self._clocks[at] = (one.now_us, now_us)
        return jumped

    async def _pause(self, stopping: asyncio.Event, pause_s: float) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (stopping, self._beat_now)]
        if self.outage:
            waits.pop().cancel()  # it is tried again soon enough
        try:
            await asyncio.wait(waits, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await wait


async def _nothing_leased() -> None:
    """What there is to renew while nobody leases."""
