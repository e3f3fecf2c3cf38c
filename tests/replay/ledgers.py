"""Small ledgers, request by request, with real decisions and real costs.

>>> ledger = Written(load(config))
>>> ledger.request("openai/gpt-4", at=DAY, usage=Usage(uncached_input_tokens=1000))
>>> path = ledger.close(tmp_path)
"""

from datetime import datetime
from pathlib import Path

import msgspec

from detente.agreements import compile_agreements
from detente.canonical.decision import Decision
from detente.canonical.entry import Attempt, EntryOutcome
from detente.canonical.failure import RefusalSignal
from detente.canonical.journal import DecisionRecord, Intent, Settlement
from detente.canonical.model import Interface
from detente.canonical.question import HolderRefusal, Labels, Question
from detente.canonical.snapshot import Snapshot
from detente.canonical.usage import Usage
from detente.ledger.entries import us_of
from detente.ledger.pricing import PriceBook
from detente.wiring import Setup
from tests.ledger.records import ingested, journal

Met = dict[str, RefusalSignal | None]
"""What deployments said to a request: a refusal, or a failure that is none."""


class Written:
    """Requests as a gateway under `setup` would have recorded them."""

    def __init__(self, setup: Setup) -> None:
        self.compiled = compile_agreements(setup.world, setup.agreements)
        self._setup = setup
        self._prices = PriceBook(setup.world.cost_prices)
        self._places = {(d.model, d.id): d for d in setup.world.deployments}
        self._records: list[DecisionRecord | Intent | Settlement] = []
        self._known: set[str] = set()
        self._count = 0

    def request(
        self,
        model: str,
        *,
        at: datetime,
        usage: Usage | None = None,
        met: Met | None = None,
        project: str = "shop",
        labels: Labels = (),
        header_labels: Labels = (),
        interface: Interface = "stateless_api",
        narrowed_to: tuple[str, ...] | None = None,
        passes_over: frozenset[str] = frozenset(),
        ends: EntryOutcome = "answered",
        rehearsed: bool = False,
        started_at: datetime | None = None,
        waited_ms: int = 0,
        drilled: frozenset[str] = frozenset(),
    ) -> str | None:
        """One request; returns who answered it."""
        setup, met = self._setup, met or {}
        question = Question(
            model=model,
            at=at,
            known_at=at,
            project=project,
            labels=labels,
            header_labels=header_labels,
            interface=interface,
            providers=narrowed_to,
            events=setup.events,
            offers=setup.offers,
        )
        first, last, attempts, name = self._walk(question, met, passes_over, waited_ms)
        attempts = tuple(
            msgspec.structs.replace(attempt, drill=attempt.deployment in drilled)
            for attempt in attempts
        )
        if name is not None:
            attempts = (*attempts, _attempt(name, ends, last.id))
        self._count += 1
        id_ = f"r{self._count}"
        intent = _intent(id_, question, first, started_at or at)
        if rehearsed:
            us = us_of(at)
            intent = msgspec.structs.replace(intent, rehearsed=True, at_us=us, known_us=us)
        cost, price = self._cost(question, name, usage)
        nobody: EntryOutcome = "refused" if attempts else "denied"
        settlement = Settlement(
            id=id_,
            outcome=ends if name is not None else nobody,
            status=200 if name is not None else 403,
            deployment=name or (attempts[-1].deployment if attempts else None),
            decision=last.id,
            attempts=attempts,
            usage=usage if name is not None else None,
            cost_pico_usd=cost,
            price=price,
        )
        self._records += (intent, settlement)
        return name

    def _walk(
        self, question: Question, met: Met, passes_over: frozenset[str], waited_ms: int
    ) -> tuple[Decision, Decision, tuple[Attempt, ...], str | None]:
        """The first and the last decision, who was asked in vain, and who answers."""
        first = last = self._decide(question)
        attempts: tuple[Attempt, ...] = ()
        refusals: tuple[HolderRefusal, ...] = ()
        while True:
            tried = {attempt.deployment for attempt in attempts} | passes_over
            name = next((name for name in last.order if name not in tried), None)
            if name is None or name not in met:
                return first, last, attempts, name
            signal = met[name]
            attempts = (*attempts, _attempt(name, signal or "upstream_failed", last.id, waited_ms))
            if signal is not None:
                refusal = HolderRefusal(deployment=name, signal=signal, waited_ms=waited_ms)
                refusals = (*refusals, refusal)
                last = self._decide(msgspec.structs.replace(question, refusals=refusals))

    def _cost(
        self, question: Question, name: str | None, usage: Usage | None
    ) -> tuple[int | None, str | None]:
        if name is None or usage is None:
            return None, None
        place = self._places[question.model, name]
        tariff = self._prices.tariff_of(place, question.at, usage)
        return (None, None) if tariff is None else (tariff.cost_pico_usd(usage), tariff.price.id)

    def undecided(self, at: datetime) -> None:
        """One request that no decision was made for."""
        self._count += 1
        id_ = f"r{self._count}"
        self._records.append(Intent(id=id_, started_us=us_of(at)))
        self._records.append(Settlement(id=id_, outcome="invalid", status=400))

    def observe(self, snapshot: Snapshot) -> None:
        """What was measured, from now on."""
        self.compiled.observe(snapshot)

    def close(self, state: Path) -> Path:
        """The ledger's file in the folder `state`."""
        writer = journal(state / "journal", segment_bytes=4 << 20)
        for record in self._records:
            writer.append(record)
        writer.close()
        ingested(state)
        return state / "ledger.sqlite3"

    def _decide(self, question: Question) -> Decision:
        decision = self.compiled.decide(question)
        if decision.id not in self._known:
            self._known.add(decision.id)
            self._records.append(
                DecisionRecord(id=decision.id, question=question, decision=decision)
            )
        return decision


def _intent(id_: str, question: Question, first: Decision, started_at: datetime) -> Intent:
    return Intent(
        id=id_,
        started_us=us_of(started_at),
        key="key",
        project=question.project,
        labels=question.labels,
        header_labels=question.header_labels,
        asked_model=question.model,
        model=question.model,
        interface=question.interface,
        narrowed_to=question.providers,
        deployment=first.order[0] if first.order else None,
        decision=first.id,
    )


def _attempt(name: str, result: str, decision: str, waited_ms: int = 1) -> Attempt:
    return Attempt(
        deployment=name,
        result=result,
        status=200 if result == "answered" else 429,
        decision=decision,
        started_ms=0.0,
        first_byte_ms=200.0,
        total_ms=float(waited_ms),
    )
