"""A drill on recorded traffic: every request decided anew, as if somebody had been gone.

Counts like `detente whatif` with somebody absent, and keeps beside it why requests had no route.
Nothing is sent to anybody. Not here: the live one (`live_drill`), the report (`exit_plan`).

>>> recorded_drill(path, terms, "host:microsoft").failed
100
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import msgspec

from detente.agreements import AgreementSet
from detente.canonical.question import HolderRefusal
from detente.ledger.store.interface import LedgerPlace
from detente.ledger.store.replaying import TrafficReader
from detente.replay.blame import cause_of
from detente.replay.comparison import Fate, Tally
from detente.replay.counting import Counting
from detente.replay.deciding import Decider
from detente.replay.evidence import Cause, Obstacle
from detente.replay.fates import EVER_US, NEVER_US, Fates, Ruling
from detente.replay.findings import Costs, Findings
from detente.replay.recorded import Recorded
from detente.replay.replaying import Order, Progress, replay
from detente.replay.terms import Terms
from detente.replay.walk import Path


class RecordedDrill(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill on recorded traffic found; `first_byte_ms` is what is usual by deployment.

    `since` and `until` are the starts of the first and the last request, None without any.
    """

    total: int
    findings: Findings
    first_byte_ms: dict[str, float]
    since: datetime | None
    until: datetime | None


class _Blaming(Fates):
    """Fates that remember why a request had no route."""

    def __init__(self, before: Terms, after: Terms) -> None:
        super().__init__(before, after)
        self.causes: dict[Fate, Cause] = {}
        self._decider = Decider(after)

    def ruling(self, recorded: Recorded, *, at: datetime, known_at: datetime) -> Ruling:
        """The ruling; see `Fates`."""
        found = super().ruling(recorded, at=at, known_at=known_at)
        fate, terms = found.fate, self._decider.terms
        if fate.after is None and fate.before is not None and fate not in self.causes:
            path = self._decider.path(recorded, at=at, known_at=known_at)
            question = msgspec.structs.replace(
                recorded.question,
                at=at,
                known_at=known_at,
                refusals=tuple(_refusals(path, recorded, terms.gone)),
            )
            met = {
                name: failed.signal or "failed"
                for name, failed in recorded.failed.items()
                if name not in terms.gone
            }
            self.causes[fate] = cause_of(path.last, question, met=met, terms=terms)
        return found


def _refusals(path: Path, recorded: Recorded, gone: frozenset[str]) -> Iterator[HolderRefusal]:
    """The refusals that a request met on its way."""
    for name in path.in_vain:
        met = recorded.failed.get(name)
        signal = "unreachable" if name in gone or met is None else met.signal
        waited_ms = 0 if name in gone or met is None else met.waited_ms
        if signal is not None:
            yield HolderRefusal(deployment=name, signal=signal, waited_ms=waited_ms)


def recorded_drill(
    path: LedgerPlace,
    terms: Terms,
    without: str,
    *,
    since_us: int = EVER_US,
    until_us: int = NEVER_US,
    progress: Progress | None = None,
) -> RecordedDrill:
    """The traffic that the ledger at `path` has recorded, `without` a provider, host or publisher.

    Requests that started in `since_us ≤ t < until_us` count. Raises `LedgerUnusable` where there
    is no ledger or a record of it cannot be read.
    """
    after = msgspec.structs.replace(terms, without=without)
    order = Order(before=terms, after=after, since_us=since_us, until_us=until_us)
    comparison = replay(path, order, progress=progress)
    lost = {f for f in comparison.fates if f.before is not None and f.after is None}
    causes = _causes(path, order, lost) if lost else {}
    return RecordedDrill(
        total=comparison.total.requests + comparison.undecided,
        findings=_findings(comparison.fates, causes, after),
        first_byte_ms=_usual(comparison.fates),
        since=comparison.since,
        until=comparison.until,
    )


def _causes(path: LedgerPlace, order: Order, lost: set[Fate]) -> dict[Fate, Cause]:
    """Why the `lost` had no route: read again, as far as it takes to meet one of each."""
    fates = _Blaming(order.before, order.after)
    with closing(TrafficReader.open(path)) as reader:
        counting = Counting(fates, reader.decision)
        for span in reader.spans(order.since_us, order.until_us):
            traffic = reader.block(span.block)
            counting.take(traffic, since_us=order.since_us, until_us=order.until_us)
            if lost <= fates.causes.keys():
                break
    return fates.causes


def _findings(counted: dict[Fate, Tally], causes: dict[Fate, Cause], after: Terms) -> Findings:
    found, gone = Findings(), after.gone
    for fate, tally in counted.items():
        if fate.before is None or not (fate.before in gone or (fate.gone and fate.is_moved)):
            continue  # nobody served it then either, or whoever did still does
        if fate.after is None:
            cause = causes.get(fate) or clauses_to_blame(fate, after.agreements)
            found.failed(fate.project, cause, tally.requests)
        else:
            costs = _costs(tally)
            found.moved(fate.project, (fate.model, fate.before, fate.after), costs, tally.requests)
    return found


def _costs(tally: Tally) -> Costs:
    """What requests cost there and elsewhere: compared only where both are known of all."""
    if tally.unpriced_before or tally.unpriced_after:
        return Costs(unpriced=tally.requests)
    return Costs(
        before_pico_usd=tally.cost_before_pico_usd, after_pico_usd=tally.cost_after_pico_usd
    )


def clauses_to_blame(fate: Fate, agreements: AgreementSet) -> Cause:
    """The cause as far as a fate tells it: the clauses that determined its last decision."""
    obstacles = tuple(
        Obstacle(
            deployment="",
            rule=clause.type,
            text=f"`{clause.id}` keeps it from the others",
            clause=clause.id,
            quote=clause.quote,
        )
        for clause in (agreements.clause(id_) for id_ in fate.clauses_after)
        if clause is not None
    )
    text = f"`{fate.model}` has no other deployment that serves at that moment"
    return Cause(model=fate.model, requests=1, projects=(), text=text, obstacles=obstacles)


def _usual(counted: dict[Fate, Tally]) -> dict[str, float]:
    """The mean time to the first byte by the deployment that answered, in milliseconds."""
    sums: dict[str, tuple[float, int]] = {}
    for fate, tally in counted.items():
        if fate.before is not None and tally.timed:
            ms, timed = sums.get(fate.before, (0.0, 0))
            sums[fate.before] = (ms + tally.first_byte_ms, timed + tally.timed)
    return {name: ms / timed for name, (ms, timed) in sums.items()}
