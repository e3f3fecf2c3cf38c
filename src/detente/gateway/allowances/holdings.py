"""What the workers of this machine last said of each account, and who of them waits.

The treasury's memory: what it needs to say a want again. Where it is lost (a restart), workers
build it up again with their next asks; nothing is granted or forgotten by it.

>>> holdings = Holdings()
>>> holdings.told("w0-1p1", Want(account="a", limit=10, need=5), Have(account="a", verdict="wait"))
False
>>> holdings.waiting("a")
('w0-1p1',)
"""

from typing import Final

import msgspec

from detente.accounts.messages import Have, Want

ACCOUNTS_MAX: Final = 200_000
"""Accounts remembered, some 500 bytes each; of those beyond, workers ask by themselves."""


class _Account:
    """Last wants by holder, and who waits, in order of arrival."""

    __slots__ = ("waiting", "wants")

    def __init__(self) -> None:
        self.wants: dict[str, Want] = {}
        self.waiting: dict[str, None] = {}


class Holdings:
    """See the module."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._of: dict[str, dict[str, None]] = {}

    def told(self, holder: str, want: Want, have: Have) -> bool:
        """What a holder wanted and was answered; whether it gave something back."""
        account = self._accounts.get(want.account)
        if account is None:
            if len(self._accounts) >= ACCOUNTS_MAX:
                return False
            account = self._accounts[want.account] = _Account()
        before = account.wants.get(holder)
        account.wants[holder] = want
        self._of.setdefault(holder, {})[want.account] = None
        if want.need > 0 and have.verdict == "wait":
            account.waiting[holder] = None
        else:
            account.waiting.pop(holder, None)
        if want.window_us is None:
            return want.returned > (0 if before is None else before.returned)
        return bool(want.back) and (before is None or before.turn != want.turn)

    def waiting(self, account: str) -> tuple[str, ...]:
        """Who waits for something of an account, the first to come first."""
        found = self._accounts.get(account)
        return () if found is None else tuple(found.waiting)

    def others(self, account: str) -> tuple[str, ...]:
        """Who uses an account and does not wait."""
        found = self._accounts.get(account)
        if found is None:
            return ()
        return tuple(holder for holder in found.wants if holder not in found.waiting)

    def is_money(self, account: str) -> bool:
        """Whether the account, which somebody uses, is one of money."""
        return all(want.window_us is None for want in self._accounts[account].wants.values())

    def used(self) -> tuple[str, ...]:
        """All accounts that somebody uses."""
        return tuple(self._accounts)

    def again(self, holder: str, account: str) -> Want | None:
        """What to say again for a holder: its last want; that of one who does not wait, without
        asking for more. None where nothing is known of it."""
        found = self._accounts.get(account)
        want = None if found is None else found.wants.get(holder)
        if found is None or want is None or holder in found.waiting:
            return want
        return msgspec.structs.replace(want, need=0, want=0)

    def windows_of(self, holder: str) -> tuple[str, ...]:
        """The accounts of windows that a holder uses."""
        return tuple(name for name in self._of.get(holder, ()) if not self.is_money(name))

    def gone(self, holder: str) -> tuple[str, ...]:
        """Forgets a holder; which accounts it used."""
        accounts = tuple(self._of.pop(holder, {}))
        for name in accounts:
            account = self._accounts[name]
            account.wants.pop(holder, None)
            account.waiting.pop(holder, None)
            if not account.wants:
                del self._accounts[name]
        return accounts
