"""Budgets and limits as those see them who manage them: what is spent, held and left of each.

Every account of the organisation, of projects and of keys, in the period that runs now; and what
was spent in others, as far as the store knows. Which fractions of budgets were reached is told
once, by whoever notices first (`alerts`).

    book = BudgetBook(stores, owners, wall=wall)
    for shown in await book.accounts(): ...
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from detente.accounts.rules import PICO_PER_USD, Account, account_of, rules_of
from detente.canonical.price import PICO_DIGITS
from detente.canonical.principal import Key, Project, Scope
from detente.stores.interface import Accounts, Balance, MoneyAccounts

Unit = Literal["usd", "requests", "tokens", "concurrent"]


class AccountShown(msgspec.Struct, frozen=True, kw_only=True):
    """An account. Amounts are dollars where `unit` is `usd`, else requests or tokens.

    `spent` is what is gone in this period (of a window: what cools), `held` what workers may spend
    or use without asking again, `left` what is neither. `limit` and `left` are None for a period
    that is over, or that nobody limits any more; `ends_at` where the period never ends.
    """

    account: str
    owner: str
    unit: Unit
    spent: Decimal
    held: Decimal
    limit: Decimal | None = None
    left: Decimal | None = None
    hard: bool = True
    ends_at: datetime | None = None


class AlertShown(msgspec.Struct, frozen=True, kw_only=True):
    """That a fraction of a budget was spent, and when that was noticed."""

    account: str
    fraction: str
    at: datetime


class BudgetsShown(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts by name, and the newest alerts of theirs."""

    accounts: tuple[AccountShown, ...] = ()
    alerts: tuple[AlertShown, ...] = ()


class Owners(msgspec.Struct, frozen=True, kw_only=True):
    """Whose budgets and limits there are."""

    organisation: Scope
    projects: tuple[Project, ...]
    keys: tuple[Key, ...]


class BudgetBook:
    """See the module. Every call raises `StoreUnavailable` where a store does not answer."""

    def __init__(
        self,
        money: MoneyAccounts,
        windows: Accounts,
        *,
        owners: Callable[[], Awaitable[Owners]],
        wall: Callable[[], datetime],
    ) -> None:
        self._money = money
        self._windows = windows
        self._owners = owners
        self._wall = wall

    async def shown(self, *, project: str | None, key: str | None, past: bool) -> BudgetsShown:
        """The accounts of a key, of a project and its keys, or of all; and their alerts. `past`
        adds accounts of money of periods that are over."""
        owners = await self._owners()
        wanted = _names(owners, project=project, key=key)
        accounts = [a for a in _current(owners, self._wall()) if a.rule.owner in wanted]
        shown = await self._with_balances(accounts)
        if past:
            known = {one.account for one in shown}
            balances = await self._money.balances()
            shown += [
                _past(balance)
                for balance in balances
                if balance.account not in known and _owner(balance.account) in wanted
            ]
        alerts = [
            AlertShown(account=account, fraction=fraction, at=_moment(told_us))
            for account, fraction, told_us in await self._money.told()
            if _owner(account) in wanted
        ]
        return BudgetsShown(accounts=tuple(shown), alerts=tuple(alerts))

    async def _with_balances(self, accounts: Sequence[Account]) -> list[AccountShown]:
        money = tuple(a.id for a in accounts if a.window_us is None)
        windows = tuple(a.id for a in accounts if a.window_us is not None)
        balances = {b.account: b for b in await self._money.balances(money)} if money else {}
        if windows:
            balances |= {b.account: b for b in await self._windows.balances(windows)}
        return [shown_account(a, balances.get(a.id)) for a in accounts]


def unspent(owners: Owners, *, project: str | None, key: str | None, at: datetime) -> BudgetsShown:
    """What `BudgetBook.shown` tells where no store is there yet, so that nothing was ever spent."""
    wanted = _names(owners, project=project, key=key)
    accounts = [a for a in _current(owners, at) if a.rule.owner in wanted]
    return BudgetsShown(accounts=tuple(shown_account(a, None) for a in accounts))


def _current(owners: Owners, at: datetime) -> list[Account]:
    """Every account of that time, each once, the organisation's first."""
    rules = [*rules_of(owners.organisation, None, None)]
    for project in owners.projects:
        rules += rules_of(Scope(), project, None)
    for key in owners.keys:
        if key.revoked_at is None:
            rules += rules_of(Scope(), None, key)
    return [account_of(rule, at) for rule in rules]


def shown_account(account: Account, balance: Balance | None) -> AccountShown:
    """An account with what stands in it; nothing does where the store does not know it."""
    spent = 0 if balance is None else balance.spent
    held = 0 if balance is None else balance.held
    unit = unit_of(account)
    return AccountShown(
        account=account.id,
        owner=account.rule.owner,
        unit=unit,
        spent=_amount(spent, unit),
        held=_amount(held, unit),
        limit=_amount(account.limit, unit),
        left=_amount(max(0, account.limit - spent - held), unit),
        hard=account.rule.hard,
        ends_at=account.ends_at,
    )


def unit_of(account: Account) -> Unit:
    """What an account counts."""
    return "usd" if account.rule.limit is None else account.rule.limit.measure


def _past(balance: Balance) -> AccountShown:
    return AccountShown(
        account=balance.account,
        owner=_owner(balance.account),
        unit="usd",
        spent=_amount(balance.spent, "usd"),
        held=_amount(balance.held, "usd"),
    )


def _names(owners: Owners, *, project: str | None, key: str | None) -> frozenset[str]:
    keys: Iterable[Key] = owners.keys
    if key is not None:
        found = [k for k in keys if k.name == key and project in (None, k.project)]
        return frozenset(f"key:{k.name}" for k in found)
    if project is not None:
        mine = (f"key:{k.name}" for k in keys if k.project == project)
        return frozenset((f"project:{project}", *mine))
    projects = (f"project:{p.name}" for p in owners.projects)
    return frozenset(("organisation", *projects, *(f"key:{k.name}" for k in keys)))


def _owner(account: str) -> str:
    return account.partition("/")[0]


def _amount(amount: int, unit: Unit) -> Decimal:
    if unit != "usd" or not amount:
        return Decimal(amount)  # nothing is `0`, not `0E-12`
    return Decimal(amount).scaleb(-PICO_DIGITS)


def _moment(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC)


def fractions_reached(account: Account, balance: Balance) -> tuple[Decimal, ...]:
    """Which fractions of a budget are spent that are to be told, the smallest first."""
    budget = account.rule.budget
    if budget is None:
        return ()
    limit = budget.usd * PICO_PER_USD
    return tuple(f for f in sorted(budget.alert_at) if balance.spent >= f * limit)
