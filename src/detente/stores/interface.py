"""What the treasury and the key desk ask of a store, whichever it is.

All calls are coroutines, are bounded by the caller's deadline, and raise `StoreUnavailable` where
the store cannot be asked now; nothing is then known to have changed, and everything may be said
again.
A store keeps its own clock: what expires, expires by that one.
"""

from typing import Final, Protocol

import msgspec

from detente.accounts.messages import Have, Want
from detente.canonical.principal import Key, Project

LOAD_S: Final = 30.0
"""What reading all projects and keys may take: a hundred thousand, from a server far away."""


class StoreUnavailable(Exception):
    """The store does not answer, or not in time; the message names it, never a credential."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a heartbeat says: microseconds until this machine's leases end by the store's clock, and
    the clock itself, by which a jump is seen. `lost` are machines that were silent for so long that
    what they held of money is given up."""

    lease_us: int
    now_us: int
    lost: tuple[str, ...] = ()


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in one account: `spent` (windows: used less than a window ago), and `held` by
    workers beyond that. Picodollars, requests or tokens."""

    account: str
    spent: int
    held: int


class Accounts(Protocol):
    """Accounts of one kind in a store: money, or windows.

    A *machine* is one gateway; its *holders* are its workers' lives. A machine that sends no
    heartbeat for a lease is gone: what its holders held of windows cools from when another machine
    asks for it, and is theirs again where none has once it is back; what they held of money stays
    theirs until the ledger says what they spent.
    """

    async def keep(self, machine: str, *, lease_us: int) -> Kept:
        """The machine lives, and holds its leases for `lease_us` more."""
        ...

    async def exchange(
        self, machine: str, holder: str, wants: tuple[Want, ...]
    ) -> tuple[Have, ...]:
        """Answers all wants in one transaction, each with one `Have` in the same order."""
        ...

    async def end(self, machine: str, holder: str) -> None:
        """The worker's life is over, and all that it spent is in the ledger."""
        ...

    async def holders(self, machine: str) -> frozenset[str]:
        """Who holds something of this machine, what a gateway left that was stopped or killed
        included."""
        ...

    async def wanted(self, machine: str, accounts: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
        """Which of these accounts other holders wait for, and how much of each."""
        ...

    async def balances(self, accounts: tuple[str, ...] | None = None) -> tuple[Balance, ...]:
        """What stands in these accounts, or in all that it knows; unknown ones are left out."""
        ...

    async def close(self) -> None:
        """Give back connections; the store may be opened again."""
        ...


class MoneyAccounts(Accounts, Protocol):
    """Accounts of money, with what is told of them once."""

    async def first_told(self, account: str, fraction: str) -> bool:
        """Notes that the spent `fraction` of an account was told of; False where it was before."""
        ...

    async def told(self) -> tuple[tuple[str, str, int], ...]:
        """The newest of these notes, at most a thousand: account, fraction, when (microseconds
        since the Unix epoch)."""
        ...


class Principals(Protocol):
    """Projects and keys in a store; every change raises its version by one.

    What reads all of them takes up to `LOAD_S`, and does not stop the event loop.
    """

    async def version(self) -> int:
        """The number of changes so far: cheap, asked several times a second."""
        ...

    async def load(self, since: int = -1) -> "Stored":
        """All of it, of one moment; or only what has changed since that version."""
        ...

    async def key(self, name: str) -> Key | None:
        """One key."""
        ...

    async def project(self, name: str) -> Project | None:
        """One project."""
        ...

    async def size(self) -> "Size":
        """How much there is."""
        ...

    async def put_key(self, key: Key, *, new: bool) -> bool:
        """Adds (`new`) or replaces a key; False where its name is taken or unknown, or a secret of
        it is another key's. What was revoked stays revoked, whoever writes an older key later."""
        ...

    async def put_project(self, project: Project, *, new: bool) -> bool:
        """Adds (`new`) or replaces a project; False where its name is taken or unknown."""
        ...

    async def remove_project(self, name: str) -> bool:
        """Removes a project without keys; False where there is none or it has some."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of principals, at `version`: all, or what has changed.

    `project_names` are always all: whoever knows another knows that it is gone. Keys never go.
    """

    version: int
    projects: tuple[Project, ...] = ()
    keys: tuple[Key, ...] = ()
    project_names: tuple[str, ...] = ()


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How many projects and keys there are, and what their scopes take together."""

    projects: int
    keys: int
    scope_bytes: int
