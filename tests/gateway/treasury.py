"""A treasury without a store or a socket, from the accounts' own arithmetic, for purses on stage.

It answers when told to, so that a test decides what is under way; the ledger's part (what was
spent) is told by the test, too.

>>> treasury = PlayedTreasury()
>>> purse = treasury.purse("w0-1")
>>> treasury.turn()
"""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from detente.accounts import book, window
from detente.accounts.book import Line, MoneyState
from detente.accounts.messages import Answer, Ask, Have, Kept, Want
from detente.accounts.share import WindowState
from detente.gateway.allowances.purse import Purse

LEASE_US = 30_000_000
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class PlayedTreasury:
    """Books in memory and purses that ask them; `now_us` moves only when told."""

    def __init__(self) -> None:
        self.now_us = 1_000_000_000
        self.money: dict[str, MoneyState] = {}
        self.windows: dict[str, WindowState] = {}
        self.asks: deque[Ask] = deque()
        self.asked: list[Ask] = []
        self.deaf = False
        self._purses: dict[str, Purse] = {}
        self._wants: dict[tuple[str, str], Want] = {}
        self._soon: list[Callable[[], None]] = []

    def purse(self, holder: str = "w0-1", *, fail_closed: bool = True) -> Purse:
        """A worker's purse, connected and with a lease."""
        purse = Purse(
            holder=holder,
            send=self.hear,
            now_us=lambda: self.now_us,
            now=lambda: NOW,
            soon=self._at_the_end,
        )
        purse.follow(fail_closed=fail_closed, waiting_max=4_096)
        self.join(holder, purse)
        return purse

    def join(self, holder: str, purse: Purse) -> None:
        """Know a purse that somebody else made."""
        self._purses[holder] = purse
        self.keep(purse)

    def keep(self, purse: Purse, *, outage: bool = False) -> None:
        """A heartbeat."""
        purse.heard(Kept(good_until_us=self.now_us + LEASE_US, outage=outage))

    def hear(self, ask: Ask) -> bool:
        """A purse asks."""
        if self.deaf:
            return False
        self.asks.append(ask)
        return True

    def run_soon(self) -> None:
        """The end of a loop's turn."""
        while self._soon:
            due, self._soon = self._soon, []
            for call in due:
                call()

    def answer(self) -> None:
        """Answer everything that was asked so far."""
        while self.asks:
            ask = self.asks.popleft()
            self.asked.append(ask)
            haves = tuple(self._exchange(ask.holder, want) for want in ask.wants)
            self._tell(ask.holder, ask.number, haves)

    def turn(self, rounds: int = 20) -> None:
        """Let everybody speak until nobody has anything to say, at most so many times."""
        for _ in range(rounds):
            self.run_soon()
            if not self.asks:
                return
            self.answer()

    def say_again(self) -> None:
        """What a treasury does when something came back: everybody's last want once more."""
        for (holder, _), want in list(self._wants.items()):
            have = self._exchange(holder, want)
            if have.recall or have.spare or (want.need and have.verdict == "granted"):
                self._tell(holder, 0, (have,))

    def settled(self, account: str, holder: str, spent: int) -> None:
        """The ledger has taken in that a holder spent so much more."""
        state = self.money.get(account, MoneyState(lines={}))
        line = state.lines.get(holder, Line())
        line = msgspec.structs.replace(line, spent=line.spent + spent)
        self.money[account] = MoneyState(lines={**state.lines, holder: line})

    def _at_the_end(self, call: Callable[[], None]) -> None:
        self._soon.append(call)

    def _tell(self, holder: str, number: int, haves: tuple[Have, ...]) -> None:
        good_until_us = self.now_us + LEASE_US
        self._purses[holder].heard(Answer(number=number, good_until_us=good_until_us, haves=haves))

    def _exchange(self, holder: str, want: Want) -> Have:
        have = self._counted(holder, want)
        if have.verdict == "granted":  # it waits no more
            want = msgspec.structs.replace(want, need=0, want=0, held=have.granted or have.held)
        self._wants[holder, want.account] = want
        return have

    def _counted(self, holder: str, want: Want) -> Have:
        if want.window_us is None:
            money = self.money.get(want.account, MoneyState(lines={}))
            self.money[want.account], have = book.exchange(money, holder, want)
            return have
        state = self.windows.get(want.account) or window.opened(self.now_us)
        self.windows[want.account], have = window.exchange(state, holder, want, now_us=self.now_us)
        return have
