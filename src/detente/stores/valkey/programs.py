"""What is asked of the server, in types: each method is one program (`scripts`), one round trip.

Each is told the life that its caller knows, and raises `Forgot` where the store lives another.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from detente.accounts.share import WindowState, is_waiting
from detente.stores.valkey.life import Life
from detente.stores.valkey.scripts import BEGIN_LIFE, EXCHANGE, KEEP, LOOK, MEMBERS
from detente.stores.valkey.server import Server, Value

VERSION_BYTES: Final = 8
KEPT_MS: Final = 86_400_000
"""How long after its last use, beyond two windows, an account is remembered."""
MACHINE_FORGOTTEN_S: Final = 86_400
"""A machine that was silent for so long is not known any more."""
WAITING_S: Final = 3
"""As `accounts.share.WAITING_US`: who has not asked again for so long does not wait."""
NO_LIFE: Final = Life(run="", born_us=0, forgot=False, lease_us=0)
"""Known by nobody: whoever asks in it is told which life there is."""

_decode: Final = msgspec.msgpack.Decoder(WindowState).decode
_encode: Final = msgspec.msgpack.Encoder().encode


class Forgot(Exception):
    """The store lives another life than the caller thought: `text`, on the start `run`."""

    def __init__(self, run: bytes, now_us: bytes, text: bytes) -> None:
        super().__init__()
        self.run = run.decode()
        self.now_us = int(now_us)
        self.text = text


class Seen(msgspec.Struct, frozen=True):
    """What was read: the store's time, holders whose machines live, and the accounts' values."""

    now_us: int
    live: frozenset[str]
    values: dict[str, bytes]

    def state(self, name: str) -> WindowState | None:
        """The account's state, None where the store knows nothing of it."""
        value = self.values[name]
        return _decode(value[VERSION_BYTES:]) if value else None


class Programs:
    """The programs under one prefix, whose keys stand in one slot of a cluster."""

    def __init__(self, server: Server, prefix: str) -> None:
        self._base = f"{{{prefix}}}"
        self._alive = f"{self._base}:alive:"
        self._keep = server.script(KEEP)
        self._exchange = server.script(EXCHANGE)
        self._begin = server.script(BEGIN_LIFE)
        self._look = server.script(LOOK)
        self._members = server.script(MEMBERS)

    async def keep(
        self, life: Life, machine: str, lease_us: int, touched: Mapping[str, int]
    ) -> tuple[int, bool]:
        """The machine lives for `lease_us` more, and accounts (with their windows) are not to be
        forgotten: the store's time, and whether its lease had ended."""
        args: list[Value] = [
            life.text,
            machine,
            self._alive,
            max(1, lease_us // 1_000),
            MACHINE_FORGOTTEN_S,
        ]
        for name, window_us in touched.items():
            args += [self._account(life, name), _ttl_ms(window_us)]
        answer = await self._keep(self._keys("holders", "machines"), args)
        return int(_checked(answer)[2]), bool(answer[4])

    async def read(self, life: Life, names: Iterable[str]) -> Seen:
        """What the store knows of these accounts."""
        every = list(dict.fromkeys(names))
        args = (life.text, "", "", self._alive, len(every))
        return _seen(every, await self._exchange(self._account_keys(life, every), args))

    async def write(
        self,
        life: Life,
        machine: str,
        holder: str,
        seen: Seen,
        states: Mapping[str, WindowState],
    ) -> Seen | None:
        """Writes all of `states`, or nothing where anything has changed since it was `seen`: then
        what there is now, else None. `holder` becomes the machine's, where it is not empty."""
        every = list(states)
        args: list[Value] = [life.text, holder, machine, self._alive, len(every)]
        for name, state in states.items():
            waits = any(is_waiting(share, seen.now_us) for share in state.shares.values())
            args += [
                seen.values[name][:VERSION_BYTES],
                os.urandom(VERSION_BYTES) + _encode(state),
                _ttl_ms(state.window_us),
                int(waits),
                name,
            ]
        answer = await self._exchange(self._account_keys(life, every), args)
        return None if answer[0] == b"done" else _seen(every, answer)

    async def names(
        self, life: Life, which: Literal["waiting", "accounts"]
    ) -> tuple[frozenset[str], dict[str, str]]:
        """Accounts for which somebody waits, or all; and each holder's machine."""
        keys = self._keys(f"{which}:{life.born_us}", "holders")
        answer = _checked(await self._look(keys, (life.text, which, WAITING_S)))
        flat = [word.decode() for word in answer[5]]
        machines = dict(zip(flat[::2], flat[1::2], strict=True))
        return frozenset(name.decode() for name in answer[4]), machines

    async def members(
        self, life: Life, act: Literal["join", "leave"], machine: str, holders: Iterable[str]
    ) -> None:
        """These lives are the machine's, or over."""
        _checked(await self._members(self._keys("holders"), (life.text, act, machine, *holders)))

    async def begin(self, text: bytes, life: Life) -> tuple[bytes, str | None]:
        """Begins `life` where there still is `text`: the life that there is then, and how the
        server's memory makes room when it is full, None where it does not."""
        there, memory, policy = await self._begin(self._keys(), (text, life.text))
        evicts = memory != b"0" and policy != b"noeviction"
        return there, policy.decode() if evicts else None

    def _keys(self, *names: str) -> list[str]:
        return [f"{self._base}:life", *(f"{self._base}:{name}" for name in names)]

    def _account_keys(self, life: Life, names: Sequence[str]) -> list[str]:
        keys = self._keys("holders", f"accounts:{life.born_us}", f"waiting:{life.born_us}")
        return [*keys, *(self._account(life, name) for name in names)]

    def _account(self, life: Life, name: str) -> str:
        return f"{self._base}:window:{life.born_us}:{name}"


def _ttl_ms(window_us: int) -> int:
    return KEPT_MS + 2 * window_us // 1_000


def _checked(answer: list[Any]) -> list[Any]:
    if answer[0] == b"forgot":
        raise Forgot(answer[1], answer[2], answer[3])
    return answer


def _seen(names: Sequence[str], answer: list[Any]) -> Seen:
    _, _, now_us, _, live, *values = _checked(answer)
    return Seen(
        int(now_us),
        frozenset(name.decode() for name in live),
        dict(zip(names, values, strict=True)),
    )
