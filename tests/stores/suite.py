"""What every store of accounts must do, whichever it is: laws that each implementation's tests run.

A `Stage` opens the store, books what was spent as the ledger's ingest does, and lets time pass.

>>> @pytest.mark.parametrize("law", MONEY_LAWS, ids=name_of)
... def test_money(law: MoneyLaw, tmp_path: Path) -> None:
...     asyncio.run(law(MyStage(tmp_path)))
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from detente.accounts.messages import Have
from detente.accounts.money_lease import MoneyLease
from detente.accounts.window_lease import WindowLease
from detente.stores.interface import Accounts, MoneyAccounts

MONTH: Final = "project:shop/usd/month@2026-11"
DAY: Final = "key:app1/usd/day@2026-11-22"
REQUESTS: Final = "key:app1/requests/1s"
OPEN: Final = "key:app1/concurrent"
WINDOW_US: Final = 1_000_000
LEASE_US: Final = 400_000
MACHINE: Final = "m1"
HOLDERS: Final = tuple(f"w{n}-1p{n}" for n in range(4))
USD: Final = 10**12


class Stage(Protocol):
    """One store under test. `money` and `windows` open it, also once it was closed."""

    async def money(self) -> MoneyAccounts: ...

    async def windows(self) -> Accounts: ...

    async def spend(self, account: str, holder: str, amount: int) -> None:
        """The ledger has learnt that the holder spent that much more."""
        ...

    async def passes(self, us: int) -> None:
        """So much time passes for the store."""
        ...


Law = Callable[[Stage], Awaitable[None]]


def name_of(law: Law) -> str:
    """A law's name in a report."""
    return getattr(law, "__name__", "law")


class Spender:
    """A worker's life with leases of money."""

    def __init__(self, store: MoneyAccounts, holder: str, machine: str = MACHINE) -> None:
        self.store = store
        self.holder = holder
        self.machine = machine
        self.leases: dict[str, MoneyLease] = {}

    def lease(self, account: str = MONTH) -> MoneyLease:
        return self.leases.setdefault(account, MoneyLease())

    async def ask(
        self, need: int, *, limit: int, want: int | None = None, account: str = MONTH
    ) -> Have:
        lease = self.lease(account)
        asked = lease.ask(account, limit=limit, need=need, want=need if want is None else want)
        (have,) = await self.store.exchange(self.machine, self.holder, (asked,))
        lease.heard(have)
        return have


class Counter:
    """A worker's life with leases of windows; `now_us` is its own clock."""

    def __init__(self, store: Accounts, holder: str, machine: str = MACHINE) -> None:
        self.store = store
        self.holder = holder
        self.machine = machine
        self.now_us = 0
        self.leases: dict[str, WindowLease] = {}

    def lease(self, account: str = REQUESTS) -> WindowLease:
        window_us = 0 if account == OPEN else WINDOW_US
        return self.leases.setdefault(account, WindowLease(window_us))

    async def ask(
        self, need: int, *, limit: int, want: int = 0, back: int = 0, account: str = REQUESTS
    ) -> Have:
        lease = self.lease(account)
        asked = lease.ask(
            account, limit=limit, need=need, want=max(need, want), now_us=self.now_us, back=back
        )
        (have,) = await self.store.exchange(self.machine, self.holder, (asked,))
        lease.heard(have, self.now_us)
        return have


# Money.


async def grants_never_exceed_the_limit(stage: Stage) -> None:
    store = await stage.money()
    spenders = [Spender(store, holder) for holder in HOLDERS]
    for round_ in range(40):
        await spenders[round_ % 4].ask(7 + round_, limit=1_000, want=300)
        assert sum(one.lease().granted for one in spenders) <= 1_000
    have = await spenders[0].ask(1_000, limit=1_000)
    assert have.verdict == "wait"
    assert (await spenders[1].ask(1_001, limit=1_000)).verdict == "never"
    await store.close()


async def what_is_said_again_is_granted_once(stage: Stage) -> None:
    store = await stage.money()
    want = MoneyLease().ask(MONTH, limit=1_000, need=400, want=400)
    answers = [await store.exchange(MACHINE, HOLDERS[0], (want,)) for _ in range(3)]
    assert {have.granted for (have,) in answers} == {400}
    await store.close()


async def what_comes_back_can_be_granted_again(stage: Stage) -> None:
    store = await stage.money()
    first, second = (Spender(store, holder) for holder in HOLDERS[:2])
    await first.ask(1_000, limit=1_000)
    assert (await second.ask(600, limit=1_000)).verdict == "wait"
    first.lease().give_back(700)
    await first.ask(0, limit=1_000)
    await first.ask(0, limit=1_000)
    assert (await second.ask(600, limit=1_000)).verdict == "granted"
    assert (await second.ask(200, limit=1_000)).verdict == "wait"
    await store.close()


async def who_waits_is_told_to_who_holds(stage: Stage) -> None:
    store = await stage.money()
    first, second = (Spender(store, holder) for holder in HOLDERS[:2])
    await first.ask(1_000, limit=1_000)
    await second.ask(600, limit=1_000)
    assert (await first.ask(0, limit=1_000)).recall == 600
    await second.ask(0, limit=1_000)  # it has given up
    assert (await first.ask(0, limit=1_000)).recall == 0
    await store.close()


async def what_was_spent_is_gone_for_good(stage: Stage) -> None:
    store = await stage.money()
    first, second = (Spender(store, holder) for holder in HOLDERS[:2])
    await first.ask(600, limit=1_000)
    await stage.spend(MONTH, HOLDERS[0], 500)
    assert (await second.ask(400, limit=1_000)).left == 500
    assert (await second.ask(101, limit=1_000)).verdict == "wait"
    assert (await second.ask(501, limit=1_000)).verdict == "never"
    await stage.spend(MONTH, HOLDERS[0], 200)  # more than it held: an excess
    assert (await second.ask(1, limit=1_000)).left == 300
    await store.close()


async def an_ended_life_frees_what_it_did_not_spend(stage: Stage) -> None:
    store = await stage.money()
    first, second = (Spender(store, holder) for holder in HOLDERS[:2])
    await first.ask(900, limit=1_000)
    await stage.spend(MONTH, HOLDERS[0], 250)
    for _ in range(2):
        await store.end(MACHINE, HOLDERS[0])
    assert (await second.ask(751, limit=1_000)).verdict == "never"
    assert (await second.ask(750, limit=1_000)).verdict == "granted"
    (balance,) = await store.balances((MONTH,))
    assert (balance.spent, balance.held) == (250, 750)
    await store.close()


async def whoever_holds_something_is_known(stage: Stage) -> None:
    store = await stage.money()
    spenders = [Spender(store, holder) for holder in HOLDERS]
    for spender in spenders:
        await spender.ask(250, limit=1_000)
    assert await store.holders(MACHINE) == frozenset(HOLDERS)
    for holder in HOLDERS[:2]:
        await store.end(MACHINE, holder)
    assert await store.holders(MACHINE) == frozenset(HOLDERS[2:])
    (balance,) = await store.balances((MONTH,))
    assert balance.held == 500
    assert (await spenders[2].ask(500, limit=1_000)).verdict == "granted"
    await store.close()


async def what_was_granted_is_known_after_a_restart(stage: Stage) -> None:
    store = await stage.money()
    await Spender(store, HOLDERS[0]).ask(900, limit=1_000)
    await store.close()
    store = await stage.money()
    assert (await Spender(store, HOLDERS[1]).ask(101, limit=1_000)).verdict == "wait"
    assert (await Spender(store, HOLDERS[1]).ask(100, limit=1_000)).verdict == "granted"
    await store.close()


async def another_limit_holds_at_once(stage: Stage) -> None:
    store = await stage.money()
    spender = Spender(store, HOLDERS[0])
    await spender.ask(900, limit=1_000)
    assert (await spender.ask(101, limit=1_000)).verdict == "wait"
    assert (await spender.ask(101, limit=2_000)).verdict == "granted"
    assert (await spender.ask(1, limit=500)).verdict == "wait"
    await store.close()


async def accounts_are_counted_apart_and_answered_in_order(stage: Stage) -> None:
    store = await stage.money()
    leases = [MoneyLease().ask(name, limit=100, need=60, want=60) for name in (MONTH, DAY)]
    haves = await store.exchange(MACHINE, HOLDERS[0], tuple(leases))
    assert [(have.account, have.granted) for have in haves] == [(MONTH, 60), (DAY, 60)]
    await stage.spend(DAY, HOLDERS[0], 10)
    balances = {balance.account: balance for balance in await store.balances()}
    assert (balances[MONTH].spent, balances[MONTH].held) == (0, 60)
    assert (balances[DAY].spent, balances[DAY].held) == (10, 50)
    assert await store.balances(("project:none/usd/day@2026-11-22",)) == ()
    await store.close()


async def amounts_may_exceed_64_bits(stage: Stage) -> None:
    store = await stage.money()
    limit = 250_000_000_000 * USD + 3
    spender = Spender(store, HOLDERS[0])
    assert (await spender.ask(limit - 1, limit=limit)).granted == limit - 1
    await stage.spend(MONTH, HOLDERS[0], 200_000_000_000 * USD + 1)
    await stage.spend(MONTH, HOLDERS[0], USD - 1)
    (balance,) = await store.balances((MONTH,))
    assert balance.spent == 200_000_000_001 * USD
    assert (await spender.ask(2, limit=limit)).verdict == "wait"
    await store.close()


async def many_at_once_never_exceed_the_limit(stage: Stage) -> None:
    store = await stage.money()
    limit, rng = 10_000, random.Random(6)
    spenders = [Spender(store, f"w{n}-1p1") for n in range(16)]

    async def spends(spender: Spender) -> None:
        for _ in range(12):
            await spender.ask(rng.randint(1, 300), limit=limit, want=500)
            free = spender.lease().free
            if free:
                spender.lease().give_back(rng.randint(0, free))
            held = [one.lease() for one in spenders]
            assert sum(one.granted - one.returned for one in held) <= limit

    await asyncio.gather(*(spends(spender) for spender in spenders))
    (balance,) = await store.balances((MONTH,))
    assert balance.held <= limit
    await store.close()


async def an_alert_is_noted_once(stage: Stage) -> None:
    store = await stage.money()
    assert await store.first_told(MONTH, "0.8")
    assert not await store.first_told(MONTH, "0.8")
    assert await store.first_told(MONTH, "1")
    assert {(account, fraction) for account, fraction, _ in await store.told()} == {
        (MONTH, "0.8"),
        (MONTH, "1"),
    }
    await store.close()


async def a_heartbeat_says_how_long_leases_hold(stage: Stage) -> None:
    store = await stage.money()
    kept = await store.keep(MACHINE, lease_us=LEASE_US)
    again = await store.keep(MACHINE, lease_us=LEASE_US)
    assert 0 < kept.lease_us <= LEASE_US
    assert kept.now_us <= again.now_us
    assert await store.wanted(MACHINE, (MONTH,)) == ()
    await store.close()


MONEY_LAWS: Final[tuple[Law, ...]] = (
    grants_never_exceed_the_limit,
    what_is_said_again_is_granted_once,
    what_comes_back_can_be_granted_again,
    who_waits_is_told_to_who_holds,
    what_was_spent_is_gone_for_good,
    an_ended_life_frees_what_it_did_not_spend,
    whoever_holds_something_is_known,
    what_was_granted_is_known_after_a_restart,
    another_limit_holds_at_once,
    accounts_are_counted_apart_and_answered_in_order,
    amounts_may_exceed_64_bits,
    many_at_once_never_exceed_the_limit,
    an_alert_is_noted_once,
    a_heartbeat_says_how_long_leases_hold,
)


# Windows.


async def _counters(stage: Stage, count: int = 2) -> tuple[Accounts, list[Counter]]:
    store = await stage.windows()
    await store.keep(MACHINE, lease_us=60_000_000)
    return store, [Counter(store, holder) for holder in HOLDERS[:count]]


async def units_never_exceed_the_limit(stage: Stage) -> None:
    store, counters = await _counters(stage, 4)
    for round_ in range(24):
        await counters[round_ % 4].ask(3, limit=100, want=40)
        assert sum(one.lease().held for one in counters) <= 100
    assert (await counters[0].ask(101, limit=100)).verdict == "never"
    await store.close()


async def a_lone_worker_gets_everything(stage: Stage) -> None:
    store, (counter,) = await _counters(stage, 1)
    await counter.ask(1, limit=600, want=600)
    assert counter.lease().held == 600
    await store.close()


async def units_said_again_are_given_once(stage: Stage) -> None:
    store, (first, second) = await _counters(stage)
    await first.ask(10, limit=10)
    lease = first.lease()
    want = lease.ask(REQUESTS, limit=10, need=0, want=0, now_us=0, back=6)
    answers = [await store.exchange(MACHINE, first.holder, (want,)) for _ in range(3)]
    lease.heard(answers[-1][0], 0)
    assert lease.held == 4
    assert (await second.ask(7, limit=10)).verdict == "wait"
    assert second.lease().held == 6
    await store.close()


async def units_move_with_the_time_when_they_are_free(stage: Stage) -> None:
    store, (first, second) = await _counters(stage)
    await first.ask(10, limit=10)
    lease = first.lease()
    assert lease.take(10, 0)
    lease.settle(10, 10, 0)
    await first.ask(0, limit=10, back=10)
    assert lease.held == 0
    await second.ask(5, limit=10)
    assert second.lease().free(0) == 0
    wait_us = second.lease().next_free_us(5, 0)
    assert wait_us is None or WINDOW_US // 2 < wait_us <= WINDOW_US
    await store.close()


async def an_ended_life_lets_its_units_cool(stage: Stage) -> None:
    store, (first, second) = await _counters(stage)
    await first.ask(10, limit=10)
    for _ in range(2):
        await store.end(MACHINE, first.holder)
    await second.ask(5, limit=10)
    assert second.lease().free(0) == 0
    await stage.passes(WINDOW_US + 1_000)
    second.now_us += 2 * WINDOW_US
    await second.ask(10, limit=10)
    assert second.lease().free(second.now_us) == 10
    await store.close()


async def what_was_open_at_an_end_is_free_at_once(stage: Stage) -> None:
    store, (first, second) = await _counters(stage)
    await first.ask(4, limit=4, account=OPEN)
    assert (await second.ask(1, limit=4, account=OPEN)).verdict == "wait"
    await store.end(MACHINE, first.holder)
    assert await store.holders(MACHINE) == frozenset({second.holder})
    assert (await second.ask(4, limit=4, account=OPEN)).verdict == "granted"
    await store.close()


async def leases_that_nobody_took_go_on(stage: Stage) -> None:
    store = await stage.windows()
    await store.keep(MACHINE, lease_us=LEASE_US)
    first, second = (Counter(store, holder) for holder in HOLDERS[:2])
    await first.ask(10, limit=10)
    epoch = first.lease().epoch
    await stage.passes(LEASE_US + 50_000)
    await store.keep(MACHINE, lease_us=60_000_000)
    await second.ask(5, limit=10)
    assert second.lease().free(0) == 0
    await first.ask(1, limit=10)
    assert first.lease().epoch == epoch
    assert first.lease().held + second.lease().held <= 10
    assert first.lease().free(0) >= 5
    await store.close()


async def holdings_are_known_after_a_restart(stage: Stage) -> None:
    store, (first, _) = await _counters(stage)
    await first.ask(8, limit=10)
    await store.close()
    store = await stage.windows()
    await store.keep(MACHINE, lease_us=60_000_000)
    second = Counter(store, HOLDERS[1])
    assert (await second.ask(3, limit=10)).verdict == "wait"
    first.store = store
    held = first.lease().held
    await first.ask(0, limit=10)
    assert first.lease().held == held
    await store.close()


async def balances_tell_what_is_held_and_what_cools(stage: Stage) -> None:
    store, (first, second) = await _counters(stage)
    await first.ask(6, limit=10)
    await first.ask(0, limit=10, back=4)
    await second.ask(4, limit=10)
    await store.end(MACHINE, second.holder)
    (balance,) = await store.balances((REQUESTS,))
    assert (balance.held, balance.spent) == (6, 4)
    assert await store.balances(("key:none/requests/1s",)) == ()
    await store.close()


async def a_short_worker_gets_a_share_of_who_has_all(stage: Stage) -> None:
    store, (first, second) = await _counters(stage)
    await first.ask(1, limit=100, want=100)
    assert (await second.ask(1, limit=100, want=100)).verdict == "wait"
    have = await first.ask(0, limit=100)
    assert have.recall + have.spare > 0
    await first.ask(0, limit=100, back=have.recall + have.spare)
    assert (await second.ask(1, limit=100, want=100)).verdict == "granted"
    assert first.lease().held + second.lease().held <= 100
    await store.close()


async def many_workers_at_once_never_hold_more(stage: Stage) -> None:
    store = await stage.windows()
    await store.keep(MACHINE, lease_us=60_000_000)
    limit, rng = 200, random.Random(6)
    counters = [Counter(store, f"w{n}-1p1") for n in range(12)]

    async def uses(counter: Counter) -> None:
        for _ in range(10):
            free = counter.lease().free(0)
            back = rng.randint(0, free) if free > 0 else 0
            await counter.ask(rng.randint(1, 20), limit=limit, back=back)

    await asyncio.gather(*(uses(counter) for counter in counters))
    (balance,) = await store.balances((REQUESTS,))
    assert balance.held + balance.spent <= limit
    assert sum(counter.lease().held for counter in counters) <= limit
    await store.close()


WINDOW_LAWS: Final[tuple[Law, ...]] = (
    units_never_exceed_the_limit,
    a_lone_worker_gets_everything,
    units_said_again_are_given_once,
    units_move_with_the_time_when_they_are_free,
    an_ended_life_lets_its_units_cool,
    what_was_open_at_an_end_is_free_at_once,
    leases_that_nobody_took_go_on,
    holdings_are_known_after_a_restart,
    balances_tell_what_is_held_and_what_cools,
    a_short_worker_gets_a_share_of_who_has_all,
    many_workers_at_once_never_hold_more,
)
