"""What was really spent and used, and whether that was allowed: a log that is searched by force."""

from collections import deque
from typing import Protocol


class Request(Protocol):
    """What is known of a request."""

    money: str
    pico_usd: int
    tokens: int


class Truth:
    """Money by account; of windows what is open, and each use with its time.

    `excess` is by how much requests took more money than they had reserved, `token_excess` the
    same of tokens.
    """

    def __init__(self, windows: dict[str, int]) -> None:
        self.windows = windows
        self.spent: dict[str, int] = {}
        self.excess = 0
        self.token_excess = 0
        self.open: dict[int, tuple[Request, str]] = {}
        self.used: dict[str, deque[tuple[int, int]]] = {name: deque() for name in windows}
        self._sums: dict[str, int] = dict.fromkeys(windows, 0)
        self.peak: dict[str, int] = dict.fromkeys(windows, 0)
        self.forgotten: set[tuple[str, int]] = set()
        self.seen = 0
        self.over = 0

    def admitted(self, request: Request, holder: str, now_us: int) -> None:
        self.seen += 1
        self.open[id(request)] = (request, holder)
        self._use("requests", 1, now_us)
        for account in self.windows:
            self.peak[account] = max(self.peak[account], self.in_use(account, now_us))

    def ended(self, request: Request, pico_usd: int, tokens: int, now_us: int) -> None:
        del self.open[id(request)]
        self.over += 1
        self._spend(request, pico_usd)
        self.token_excess += max(0, tokens - request.tokens)
        if ("tokens", id(request)) not in self.forgotten:
            self._use("tokens", tokens, now_us)
        self._forget(request)

    def crashed(self, request: Request, pico_usd: int, now_us: int) -> None:
        """Nobody knows what it used: all that was reserved."""
        self.ended(request, pico_usd, request.tokens, now_us)

    def detached(self, account: str, holder: str, now_us: int) -> None:
        """The store takes what the holder held for used now, whatever is still open there."""
        for key, (request, owner) in self.open.items():
            if owner == holder and (account, key) not in self.forgotten:
                self.forgotten.add((account, key))
                if account == "tokens":
                    self._use("tokens", request.tokens, now_us)

    def in_use(self, account: str, now_us: int) -> int:
        """Open, and used less than a window ago."""
        window_us = self.windows[account]
        used = self.used[account]
        while used and used[0][0] <= now_us - window_us:
            self._sums[account] -= used.popleft()[1]
        amount = self._sums[account]
        if account == "requests":
            return amount
        for key, (request, _) in self.open.items():
            if (account, key) not in self.forgotten:
                amount += request.tokens if account == "tokens" else 1
        return amount

    def _use(self, account: str, amount: int, now_us: int) -> None:
        self.used[account].append((now_us, amount))
        self._sums[account] += amount

    def _spend(self, request: Request, pico_usd: int) -> None:
        self.spent[request.money] = self.spent.get(request.money, 0) + pico_usd
        self.excess += max(0, pico_usd - request.pico_usd)

    def _forget(self, request: Request) -> None:
        for account in self.windows:
            self.forgotten.discard((account, id(request)))
