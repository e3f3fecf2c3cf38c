"""What the control process counts, for whoever scrapes it: one value that its parts fill.

Numbers of requests come from the ledger's ingest, so they are as complete as the ledger is; those
of leases from the workers' purses (`link.Counted`), those of stores from the treasury. All begin
at zero with the process. Not here: how they are written down (`exposition`).

>>> figures = Figures(wall_s=time.monotonic)
>>> figures.entered(ingest.step())
"""

import contextlib
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec

from detente.gateway.link import Counted, Hello
from detente.gateway.link_server import LinkServer, Tell
from detente.ledger.store.ingest import IngestReport

CLASSES_MAX: Final = 2_000
"""Series of requests; what comes after is counted under `other`, so that no scrape grows endless.
"""
OTHER: Final = "other"
ACCOUNTS_MAX: Final = 500
"""Accounts that are told, the fullest first."""

RequestLabels = tuple[str, str, str, str, str]
"""Outcome, status, project, model, deployment; empty where there is none."""


class StoreFigures(msgspec.Struct, kw_only=True):
    """A store as the treasury finds it: `up` now, and for how long it has not been, in all.

    `down_since_s` is the monotonic time of the outage under way. `good_until_s` is the monotonic
    time at which what this machine leases there ends, None before the first heartbeat.
    """

    down_since_s: float | None = None
    outages: int = 0
    outage_s: float = 0.0
    good_until_s: float | None = None

    def seen(self, up: bool, now_s: float) -> None:
        """The store answered at `now_s`, or did not."""
        if up and self.down_since_s is not None:
            self.outage_s += now_s - self.down_since_s
            self.down_since_s = None
        elif not up and self.down_since_s is None:
            self.down_since_s = now_s
            self.outages += 1

    def down_s(self, now_s: float) -> float:
        """How long it has not answered in all, the outage under way included."""
        return self.outage_s + (0.0 if self.down_since_s is None else now_s - self.down_since_s)


class AccountFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A money account in its period that runs, in picodollars."""

    account: str
    limit: int
    spent: int
    held: int = 0


Accounts = Callable[[], Awaitable[tuple[AccountFigures, ...]]]


class Figures:
    """Everything that is counted; `now_s` is the monotonic time in seconds, `journals` the folder
    of the workers' journals."""

    def __init__(self, now_s: Callable[[], float], journals: Path | None = None) -> None:
        self.now_s = now_s
        self._journals = journals
        self.requests: Counter[RequestLabels] = Counter()
        self.entries = 0
        self.interrupted = 0
        self.orphans = 0
        self.open = 0
        self.stores: dict[str, StoreFigures] = {}
        self.keys_version = 0
        self.accounts: Accounts | None = None
        self._lives: dict[str, str] = {}
        self.restarts: Counter[str] = Counter()
        self._counted: dict[str, Counted] = {}
        self._gone = Counted(worker="")

    def attach(self, links: LinkServer) -> None:
        """Hear what workers say over the link."""
        links.greet(self._greeted)
        links.hear(Counted, self.counted)

    def store(self, name: str) -> StoreFigures:
        """What is counted of the store of that name (`money`, `windows`, `keys`, `ledger`)."""
        return self.stores.setdefault(name, StoreFigures())

    def entered(self, report: IngestReport) -> None:
        """One step of the ledger's ingest."""
        self.entries += report.entries
        self.interrupted += report.interrupted
        self.orphans += report.orphans
        self.open = report.open
        for known, number in report.classes.items():
            outcome, status, _, _, project, _, model, deployment, _ = known
            labels = (outcome, str(status), project or "", model or "", deployment or "")
            if labels not in self.requests and len(self.requests) >= CLASSES_MAX:
                labels = (outcome, OTHER, OTHER, OTHER, OTHER)
            self.requests[labels] += number

    def backlog_bytes(self) -> int:
        """What journals take on the disk now: what `ledger.journal_bytes_max` bounds."""
        if self._journals is None:
            return 0
        total = 0
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(self._journals):
                with contextlib.suppress(FileNotFoundError):  # read to its end in this moment
                    total += entry.stat().st_size
        return total

    def counted(self, hello: Hello, counted: Counted) -> None:
        """What a worker's purse has counted since its life began."""
        self._counted[hello.holder] = counted

    def leases(self) -> Counted:
        """The sums over all workers, those that died included."""
        total = self._gone
        for counted in self._counted.values():
            total = added(total, counted)
        return total

    def _greeted(self, hello: Hello, _tell: Tell) -> None:
        before = self._lives.get(hello.worker)
        if before == hello.holder:
            return  # the link broke, the worker lives
        self._lives[hello.worker] = hello.holder
        if before is not None:
            self.restarts[hello.worker] += 1
            if (last := self._counted.pop(before, None)) is not None:
                self._gone = added(self._gone, last)


def added(one: Counted, other: Counted) -> Counted:
    """The sums of what two purses have counted."""
    return Counted(
        worker="",
        asks=one.asks + other.asks,
        reserved=one.reserved + other.reserved,
        waited=one.waited + other.waited,
        refused=dict(Counter(one.refused) + Counter(other.refused)),
        excess_requests=one.excess_requests + other.excess_requests,
        excess_pico_usd=one.excess_pico_usd + other.excess_pico_usd,
        excess_tokens=one.excess_tokens + other.excess_tokens,
    )
