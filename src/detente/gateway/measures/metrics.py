"""What the control process counts, for whoever scrapes it: one value that its parts fill.

Numbers of requests come from the ledger's ingest, so they are as complete as the ledger is; those
of leases from the workers' purses (`link.messages.Counted`), those of stores from the treasury.
All begin at zero with the process. Not here: how they are written down (`exposition`).

>>> figures = Figures(journals)
>>> figures.entered(ingest.step())
"""

import contextlib
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from detente.gateway.link.messages import Counted, Hello
from detente.gateway.link.server import LinkServer
from detente.ledger.store.batch import Class
from detente.ledger.store.ingest import IngestReport

CLASSES_MAX: Final = 2_000
"""Series of requests, and of findings; what comes after is counted under `other`, so that no scrape
grows endless."""
OTHER: Final = "other"
RequestLabels = tuple[str, str, str, str, str]
"""Outcome, status, project, model, deployment; empty where there is none."""
FindingLabels = tuple[str, str, str, str]
"""Policy (empty: a platform's own deed), category, treatment, stage."""
_OTHER_FINDINGS: Final[FindingLabels] = (OTHER, OTHER, OTHER, OTHER)


class StoreFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A store as it is now: whether it answers; where that is counted, how often and how long in
    all it has not, the outage under way included. `lease_left_s` is the time until what this
    machine leases there ends, None where nothing is leased."""

    up: bool
    outages: int | None = None
    outage_s: float | None = None
    lease_left_s: float | None = None


class Figures:
    """Everything that is counted; `journals` is the folder of the workers' journals."""

    def __init__(self, journals: Path | None = None) -> None:
        self._journals = journals
        self.requests: Counter[RequestLabels] = Counter()
        self._labels: dict[int, tuple[Class, RequestLabels]] = {}
        """Of each class of the ledger, by its number: worked out once."""
        self.findings: Counter[FindingLabels] = Counter()
        self.entries = 0
        self.interrupted = 0
        self.orphans = 0
        self.open = 0
        self.stores: dict[str, Callable[[], StoreFigures]] = {}
        """What tells of each store, by its name: `accounts`, `keys`, `ledger`."""
        self.keys_version: Callable[[], int | None] = lambda: None
        self._lives: dict[str, str] = {}
        self.restarts: Counter[str] = Counter()
        self.admin_refused: Counter[str] = Counter()
        """Refusals of the admin API, by code."""
        self._counted: dict[str, Counted] = {}
        self._gone = Counted(worker="")

    def attach(self, links: LinkServer) -> None:
        """Hear what workers say over the link."""
        links.greet(lambda hello, _tell: self.greeted(hello))
        links.hear(Counted, self.counted)

    def entered(self, report: IngestReport) -> None:
        """One step of the ledger's ingest."""
        self.entries += report.entries
        self.interrupted += report.interrupted
        self.orphans += report.orphans
        self.open = report.open
        for number, known, count in report.classes:
            held = self._labels.get(number)
            if held is None or held[0] is not known:  # another ledger numbers otherwise
                held = self._labels[number] = (known, self._labels_of(known))
            self.requests[held[1]] += count
        for found, count in report.findings.items():
            full = len(self.findings) >= CLASSES_MAX and found not in self.findings
            self.findings[_OTHER_FINDINGS if full else found] += count

    def _labels_of(self, known: Class) -> RequestLabels:
        """The labels of a class; beyond the bound, those of all others."""
        outcome, status, _, _, project, _, model, deployment, _ = known
        labels = (outcome, str(status), project or "", model or "", deployment or "")
        if labels not in self.requests and len(self.requests) >= CLASSES_MAX:
            return (outcome, OTHER, OTHER, OTHER, OTHER)
        return labels

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

    def held(self) -> int:
        """What waits for an operator's word at all workers that live."""
        return sum(counted.held for counted in self._counted.values())

    def greeted(self, hello: Hello) -> None:
        """A worker said hello: in a new life where the name is known by another holder."""
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
