"""A live drill as the ledger recorded it: what moved, what failed, how long it took to switch.

Takes the entries of requests that started while somebody was cut out; asks nobody. An attempt
that the drill kept from the network carries its mark, so nothing is guessed.

>>> drill = LiveDrill(terms, began_at=began_at, ended_at=ended_at)
>>> drill.take(entry, reader.decision)
>>> drill.exit_takes_s
0.012
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from statistics import median

import msgspec

from detente.canonical.entry import Attempt, LedgerEntry
from detente.canonical.journal import DecisionRecord
from detente.canonical.tariff import pico_of_usd
from detente.ledger.pricing import PriceBook
from detente.replay.blame import cause_of
from detente.replay.evidence import Cause
from detente.replay.findings import Costs, Findings
from detente.replay.terms import Terms

UNFINISHED = frozenset({"client_gone", "interrupted"})


class LiveDrill:
    """What the entries of a drill's time say, one after the other."""

    def __init__(self, terms: Terms, *, began_at: datetime, ended_at: datetime) -> None:
        self.findings = Findings()
        self.total = 0
        self._terms = terms
        self._gone = terms.gone
        self._began_at = began_at
        self.ended_at = ended_at
        self._prices = PriceBook(terms.world.cost_prices)
        self._places = {d.id: d for d in terms.world.deployments}
        self._switched_s = 0.0
        self._causes: dict[tuple[object, ...], Cause] = {}
        self._times: dict[str, tuple[float, int]] = {}

    def take(self, entry: LedgerEntry, decision_of: Callable[[str], DecisionRecord | None]) -> None:
        """One request, if it started while the drill ran."""
        if not self._began_at <= entry.started_at < self.ended_at:
            return
        self.total += 1
        drilled = [attempt for attempt in entry.attempts if attempt.drill]
        still_there = entry.deployment in self._gone and not drilled
        model = entry.model or entry.asked_model or ""
        if still_there and entry.outcome == "answered":
            # answered by who is cut out, in the moments before every worker knew
            self.findings.served_on(entry.project, model)
            self._switched(entry.started_at - self._began_at)
        elif drilled and entry.outcome == "answered" and entry.deployment is not None:
            self._moved(entry, drilled[0], entry.deployment, model)
        elif drilled and entry.outcome in UNFINISHED:
            self.findings.served_on(entry.project, model)
        elif drilled:
            self.findings.failed(entry.project, self._cause(entry, model, decision_of))

    def end(self, at: datetime) -> None:
        """The drill was ended early."""
        self.ended_at = min(at, self.ended_at)

    @property
    def exit_takes_s(self) -> float | None:
        """Seconds from the order until nothing was sent there any more and every request was on
        its way elsewhere; None where nothing was affected, or something was never served."""
        findings = self.findings
        if findings.failures or not findings.moves:
            return None
        return round(self._switched_s, 6)

    def first_byte_ms(self, usual: dict[str, float]) -> dict[str, float]:
        """What is usual at each deployment: as measured in the drill, else as `usual` says."""
        measured = {name: ms / count for name, (ms, count) in self._times.items()}
        return {**usual, **measured}

    def _moved(self, entry: LedgerEntry, cut: Attempt, after: str, model: str) -> None:
        last = entry.attempts[-1]
        self._switched(timedelta(milliseconds=last.started_ms))
        if last.first_byte_ms is not None:
            ms, count = self._times.get(after, (0.0, 0))
            self._times[after] = (ms + last.first_byte_ms, count + 1)
        self.findings.moved(entry.project, (model, cut.deployment, after), self._costs(entry, cut))

    def _costs(self, entry: LedgerEntry, cut: Attempt) -> Costs:
        """What it cost, and what the same use would have cost where it wanted to go."""
        place, usage = self._places.get(cut.deployment), entry.usage
        if usage is None:
            return Costs()
        tariff = None if place is None else self._prices.tariff_of(place, entry.at, usage)
        after = pico_of_usd(entry.cost_usd)
        if tariff is None or after is None:
            return Costs(unpriced=1)
        return Costs(before_pico_usd=tariff.cost_pico_usd(usage) or 0, after_pico_usd=after)

    def _cause(
        self,
        entry: LedgerEntry,
        model: str,
        decision_of: Callable[[str], DecisionRecord | None],
    ) -> Cause:
        record = None if entry.decision is None else decision_of(entry.decision)
        if record is None:
            text = f"`{model}` was not served, and the decision is not in the ledger"
            return Cause(model=model, requests=1, projects=(), text=text)
        met = tuple((a.deployment, a.result) for a in entry.attempts if not a.drill)
        key = (record.id, model, met)
        if key not in self._causes:  # one decision stands behind thousands of requests
            question = msgspec.structs.replace(record.question, at=entry.at, known_at=entry.at)
            self._causes[key] = cause_of(
                record.decision, question, met=dict(met), terms=self._terms
            )
        return self._causes[key]

    def _switched(self, took: timedelta) -> None:
        self._switched_s = max(self._switched_s, took.total_seconds())


def usual_first_byte_ms(entries: Iterable[LedgerEntry]) -> dict[str, float]:
    """The median time to the first byte by the deployment that answered, in milliseconds."""
    times: dict[str, list[float]] = {}
    for entry in entries:
        last = entry.attempts[-1] if entry.attempts else None
        if entry.outcome == "answered" and last is not None and last.first_byte_ms is not None:
            times.setdefault(last.deployment, []).append(last.first_byte_ms)
    return {name: median(found) for name, found in times.items()}
