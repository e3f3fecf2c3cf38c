"""Tells, once, that a fraction of a budget is spent: a line in the log, and a note in the store.

Looks at the accounts of which the ledger learnt a spend, a little later and all at once. The note
stands in the store, so that neither a restart nor another machine tells it again.

    alerts = Alerts(money, owners, wall=wall)
    alerts.spent(report.spent)
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Final

from detente.accounts.rules import Account, account_of, rules_of
from detente.canonical.principal import Scope
from detente.gateway.allowances.budget_book import Owners, fractions_reached
from detente.gateway.say import say
from detente.stores.interface import MoneyAccounts, StoreUnavailable

LOOK_S: Final = 1.0
"""How long after a spend it is told at the latest."""
ACCOUNTS_MAX: Final = 100_000
"""Accounts remembered between two looks; those beyond are looked at when more is spent."""


class Alerts:
    """See the module."""

    def __init__(
        self,
        money: MoneyAccounts,
        *,
        owners: Callable[[], Awaitable[Owners]],
        wall: Callable[[], datetime],
        said: Callable[[str], None] = say,
    ) -> None:
        self._money = money
        self._owners = owners
        self._wall = wall
        self._say = said
        self._spent: set[str] = set()
        self._told: dict[str, int] = {}
        """How many fractions of each account are known to be told."""

    def spent(self, accounts: Iterable[str]) -> None:
        """Something was spent of these accounts."""
        if len(self._spent) < ACCOUNTS_MAX:
            self._spent.update(accounts)

    async def run(self, stopping: asyncio.Event) -> None:
        """Look now and then until stopped."""
        while not stopping.is_set():
            with contextlib.suppress(StoreUnavailable):  # which others tell; it is looked at again
                await self.look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await stopping.wait()

    async def look(self) -> None:
        """Tell of every fraction that was reached; raises `StoreUnavailable`."""
        if not self._spent:
            return
        spent, self._spent = self._spent, set()  # what is spent meanwhile is looked at next
        try:
            await self._look(frozenset(spent))
        except StoreUnavailable:
            self.spent(spent)
            raise
        if len(self._told) > ACCOUNTS_MAX:
            self._told.clear()

    async def _look(self, spent: frozenset[str]) -> None:
        accounts = _accounts(await self._owners(), spent, self._wall())
        for balance in await self._money.balances(tuple(accounts)):
            account = accounts[balance.account]
            reached = fractions_reached(account, balance)
            for fraction in reached[self._told.get(account.id, 0) :]:
                if await self._money.first_told(account.id, f"{fraction:f}"):
                    self._say(_sentence(account, f"{fraction:f}"))
            self._told[account.id] = len(reached)


def _accounts(owners: Owners, spent: frozenset[str], at: datetime) -> dict[str, Account]:
    """Those accounts of now of which something was spent, by their ids."""
    names = {name.partition("/")[0] for name in spent}
    rules = [*rules_of(owners.organisation, None, None)] if "organisation" in names else []
    for project in owners.projects:
        if f"project:{project.name}" in names:
            rules += rules_of(Scope(), project, None)
    for key in owners.keys:
        if f"key:{key.name}" in names:
            rules += rules_of(Scope(), None, key)
    accounts = (account_of(rule, at) for rule in rules)
    return {account.id: account for account in accounts if account.id in spent}


def _sentence(account: Account, fraction: str) -> str:
    budget = account.rule.budget
    assert budget is not None
    kind = "budget" if budget.hard else "alerting budget"
    return f"{fraction} of the {kind} `{account.id}` ({budget.usd:f} dollars) is spent"
