"""Windows in a Valkey or Redis: limits that many machines share.

An exchange reads what it needs in one round trip, computes (`accounts.window`), and writes in a
second one if nobody else wrote meanwhile; else it computes again with what is there. What becomes
of leases when the server forgets is told in `life`. Accounts live for a day after their last use.

Money is not kept here: what a server forgets must be no more than a window's use.

    windows = ValkeyWindows(ValkeyPlace(url="redis://limits:6379/0"))
    await windows.keep("m1", lease_us=30_000_000)
    (have,) = await windows.exchange("m1", "w0-1p1", (want,))
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from detente.accounts.messages import Have, Want
from detente.accounts.share import WindowState, units
from detente.accounts.window import ended, exchange, wanted
from detente.stores import clock
from detente.stores.interface import Balance, Kept, StoreUnavailable
from detente.stores.valkey.life import UNKNOWN, Life, first_state, retold, settled
from detente.stores.valkey.memory import Held, Memory
from detente.stores.valkey.programs import NO_LIFE, Forgot, Programs
from detente.stores.valkey.server import Server, ValkeyPlace

T = TypeVar("T")
Change = Callable[[str, WindowState, int], WindowState]
"""What becomes of an account (name, state, time)."""

TOUCH_EVERY_US: Final = 3_600_000_000
"""How often what is held without being asked for is kept from being forgotten."""
TRIES_MAX: Final = 64
"""Of one exchange, while others keep changing the same accounts."""
LIVES_MAX: Final = 4
"""Lives met within one call: a server that restarts so often is none."""
BATCH: Final = 256
"""Accounts in one program: others wait for it."""
LEASE_US: Final = 30_000_000
"""Of a machine that has not said its own yet."""


class ValkeyWindows:
    """Implements `stores.interface.Accounts` for windows.

    `remembered` is a file that tells, after a restart of this process, that there was a store: one
    that is empty then has forgotten.
    """

    def __init__(
        self, place: ValkeyPlace, *, prefix: str = "detente", remembered: Path | None = None
    ) -> None:
        self._server = Server(place)
        self._programs = Programs(self._server, prefix)
        self._remembered = remembered
        self._life: Life | None = None
        self._meeting = asyncio.Lock()
        self._turn = asyncio.Lock()
        self._memories: dict[str, Memory] = {}
        self._lease_us = LEASE_US

    # What the treasury asks.

    async def keep(self, machine: str, *, lease_us: int) -> Kept:
        """See `Accounts`."""
        began_us = clock.now_us()
        self._lease_us = lease_us
        memory = await self._memory(machine)
        touch = began_us - memory.touched_us >= TOUCH_EVERY_US
        used = {name: held.window_us for name, held in memory.held.items()} if touch else {}
        now_us, lapsed = await self._in_life(
            lambda life: self._programs.keep(life, machine, lease_us, used)
        )
        if lapsed:
            memory.held.clear()  # others may have some of it: what is still held is learnt again
        memory.kept_until_us = began_us + lease_us
        if touch:
            memory.touched_us = began_us
        return Kept(lease_us=lease_us, now_us=now_us)

    async def exchange(
        self, machine: str, holder: str, wants: tuple[Want, ...]
    ) -> tuple[Have, ...]:
        """See `Accounts`."""
        memory = await self._memory(machine)
        limits = {want.account: want.limit for want in wants}

        async def exchanged(life: Life) -> tuple[Have, ...]:
            async with self._turn:  # among ourselves in turn: only other machines can come between
                return await in_turn(life)

        async def in_turn(life: Life) -> tuple[Have, ...]:
            seen = await self._programs.read(life, limits)
            for _ in range(TRIES_MAX):
                states: dict[str, WindowState] = {}
                haves: list[Have] = []
                for want in wants:
                    state = states.get(want.account) or seen.state(want.account)
                    state = _current(state, life, want.limit, want.window_us, seen.now_us)
                    gone = [h for h in state.shares if h != UNKNOWN and h not in seen.live]
                    states[want.account], have = exchange(
                        state, holder, want, now_us=seen.now_us, gone=gone
                    )
                    haves.append(have)
                again = await self._programs.write(life, machine, holder, seen, states)
                if again is None:
                    for name, state in states.items():
                        memory.hold(name, holder, state, limits[name])
                    return tuple(haves)
                seen = again
            raise self._contended()

        return await self._in_life(exchanged)

    async def end(self, machine: str, holder: str) -> None:
        """See `Accounts`. Nothing of windows is in the ledger: what was held cools from now on, of
        what this process does not know from whenever somebody asks for it."""
        memory = await self._memory(machine)
        held = memory.accounts_of(holder)
        await self._in_life(
            lambda life: self._changed(life, held, lambda _, state, now: ended(state, holder, now))
        )
        memory.forget(holder)
        await self._in_life(lambda life: self._programs.members(life, "leave", machine, (holder,)))

    async def holders(self, machine: str) -> frozenset[str]:
        """See `Accounts`."""

        async def look(life: Life) -> frozenset[str]:
            _, machines = await self._programs.names(life, "waiting")
            return frozenset(holder for holder, host in machines.items() if host == machine)

        return await self._in_life(look)

    async def wanted(self, machine: str, accounts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        """See `Accounts`."""

        async def look(life: Life) -> tuple[tuple[str, int], ...]:
            names, machines = await self._programs.names(life, "waiting")
            found = [name for name in accounts if name in names]
            own = {holder for holder, host in machines.items() if host == machine}
            amounts = [
                (name, wanted(state, own, now_us))
                for name, state, now_us in await self._states(life, found)
            ]
            return tuple((name, amount) for name, amount in amounts if amount > 0)

        return await self._in_life(look)

    async def balances(self, accounts: tuple[str, ...] | None = None) -> tuple[Balance, ...]:
        """See `Accounts`."""

        async def look(life: Life) -> tuple[Balance, ...]:
            names = accounts
            if names is None:
                names = tuple(sorted((await self._programs.names(life, "accounts"))[0]))
            return tuple(
                Balance(
                    account=name,
                    spent=units(part for part in state.pool if part[0] > now_us),
                    held=sum(share.held for share in state.shares.values()),
                )
                for name, state, now_us in await self._states(life, names)
            )

        return await self._in_life(look)

    async def close(self) -> None:
        """See `Accounts`."""
        await self._server.close()

    # Lives.

    async def _in_life(self, act: Callable[[Life], Awaitable[T]]) -> T:
        """`act` in the life that there is, which is met first where it is new; bounded."""
        async with self._server.bounded():
            for _ in range(LIVES_MAX):
                life = self._life
                try:
                    return await self._server.unbroken(lambda life=life: act(life or NO_LIFE))
                except Forgot as forgot:
                    async with self._meeting:
                        if self._life is life:  # nobody else has met it meanwhile
                            self._life = await self._met(life, forgot)
            raise StoreUnavailable(
                f"the server of limits `{self._server.place.name}` keeps restarting; see why"
            )

    async def _met(self, before: Life | None, seen: Forgot) -> Life:
        """The life that there is now, begun where nobody has, and told of what we hold."""
        life = Life.read(seen.text)
        if life is None or life.run != seen.run:
            known = bool(seen.text) or before is not None or self._remembers()
            life = await self._begun(seen, born_us=seen.now_us, forgot=known)
        elif before is not None and before.born_us != life.born_us and not life.forgot:
            # whoever began it had not known that there was one before
            life = await self._begun(seen, born_us=life.born_us, forgot=True)
        if before is not None and before.born_us != life.born_us:
            for machine, memory in self._memories.items():
                await self._tell(life, machine, memory)
        self._remember(life)
        return life

    async def _tell(self, life: Life, machine: str, memory: Memory) -> None:
        """Tell what the machine's workers hold; nothing, where its leases have ended meanwhile."""
        if clock.now_us() >= memory.kept_until_us:
            memory.held.clear()
            return
        held = dict(memory.held)

        def told(name: str, state: WindowState, now_us: int) -> WindowState:
            for holder, share in held[name].shares.items():
                state = retold(state, holder, share, now_us)
            return state

        # it lives, so that nobody takes what it tells
        await self._programs.keep(life, machine, self._lease_us, {})
        await self._programs.members(life, "join", machine, memory.holders())
        await self._changed(life, held, told)

    async def _begun(self, seen: Forgot, *, born_us: int, forgot: bool) -> Life:
        """The life that there is after we tried to begin one."""
        life = Life(run=seen.run, born_us=born_us, forgot=forgot, lease_us=self._lease_us)
        there, evicts = await self._programs.begin(seen.text, life)
        if evicts is not None:
            raise StoreUnavailable(
                f"the server of limits `{self._server.place.name}` drops keys when its memory is"
                f" full (`maxmemory-policy {evicts}`); set it to `noeviction`"
            )
        found = Life.read(there)
        if found is None or found.run != seen.run:
            raise StoreUnavailable(
                f"the server of limits `{self._server.place.name}` has just restarted; try again"
            )
        return found

    def _remembers(self) -> bool:
        return self._remembered is not None and self._remembered.exists()

    def _remember(self, life: Life) -> None:
        if self._remembered is not None:
            self._remembered.write_text(life.text, encoding="ascii")

    async def _memory(self, machine: str) -> Memory:
        """What is remembered of the machine; at first what the store knows of its workers."""
        memory = self._memories.get(machine)
        if memory is not None:
            return memory
        memory = Memory()

        async def learn(life: Life) -> None:
            names, machines = await self._programs.names(life, "accounts")
            own = [holder for holder, host in machines.items() if host == machine]
            if not own:
                return
            for name, state, _ in await self._states(life, names):
                for holder in own:
                    # its limit is not known before somebody asks: what there is will do
                    there = units(state.pool) + sum(share.held for share in state.shares.values())
                    memory.hold(name, holder, state, there)

        await self._in_life(learn)
        return self._memories.setdefault(machine, memory)

    # Accounts.

    async def _changed(self, life: Life, held: Mapping[str, Held], change: Change) -> None:
        """Change each of these accounts, whether the store knows of it or not."""
        names = list(held)
        for at in range(0, len(names), BATCH):
            batch = names[at : at + BATCH]
            seen = await self._programs.read(life, batch)
            for _ in range(TRIES_MAX):
                now_us = seen.now_us
                states: dict[str, WindowState] = {}
                for name in batch:
                    known = held[name]
                    state = _current(seen.state(name), life, known.limit, known.window_us, now_us)
                    states[name] = change(name, state, now_us)
                again = await self._programs.write(life, "", "", seen, states)
                if again is None:
                    break
                seen = again
            else:
                raise self._contended()

    async def _states(self, life: Life, names: Iterable[str]) -> list[tuple[str, WindowState, int]]:
        """Those accounts of which something is known, with the time."""
        every = list(names)
        found: list[tuple[str, WindowState, int]] = []
        for at in range(0, len(every), BATCH):
            batch = every[at : at + BATCH]
            seen = await self._programs.read(life, batch)
            for name in batch:
                state = seen.state(name)
                if state is not None:
                    found.append((name, settled(state, life, seen.now_us), seen.now_us))
        return found

    def _contended(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"limits in `{self._server.place.name}` change too fast; raise `[store] lease_ms`"
        )


def _current(
    state: WindowState | None, life: Life, limit: int, window_us: int | None, now_us: int
) -> WindowState:
    """The account as it is now, be it unknown."""
    if state is not None:
        return settled(state, life, now_us)
    assert window_us is not None  # money is elsewhere
    return first_state(life, limit, window_us, now_us)
