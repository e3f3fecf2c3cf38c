"""Ledgers of rehearsed requests, as a gateway would have left them: each served by the first in
the order of its decision, at the price of its day; or refused where nothing was allowed.

>>> ledger = rehearsed(folder, setup, [Asked(model="openai/gpt-4", at=JUNE)] * 10)
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from detente.agreements import compile_agreements
from detente.canonical.decision import Decision
from detente.canonical.entry import Attempt
from detente.canonical.journal import DecisionRecord, Intent, Settlement
from detente.canonical.question import Labels, Question
from detente.canonical.usage import Usage
from detente.ledger.entries import us_of
from detente.ledger.pricing import PriceBook
from detente.wiring import Setup
from tests.ledger.records import START_US, ingested, journal

SECOND_US = 1_000_000
FIRST_BYTE_MS = {"openai": 40.0, "azure": 60.0}
USAGE = Usage(uncached_input_tokens=1_000, visible_output_tokens=1_000)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request: of what, when, by whom."""

    model: str
    at: datetime
    project: str | None = "demo"
    labels: Labels = ()


def rehearsed(state: Path, setup: Setup, asked: Iterable[Asked]) -> Path:
    """The ledger of these requests, one a second."""
    compiled = compile_agreements(setup.world, setup.agreements)
    prices = PriceBook(setup.world.cost_prices)
    places = {deployment.id: deployment for deployment in setup.world.deployments}
    writer = journal(state / "journal")
    known: set[str] = set()
    for number, one in enumerate(asked):
        question = Question(
            model=one.model,
            at=one.at,
            known_at=one.at,
            project=one.project,
            labels=one.labels,
            events=setup.events,
        )
        decision = compiled.decide(question)
        if decision.id not in known:
            writer.append(DecisionRecord(id=decision.id, question=question, decision=decision))
            known.add(decision.id)
        writer.append(_intent(number, one, decision))
        served = decision.order[0] if decision.order else None
        settlement = _settlement(number, decision, served)
        if served is not None:
            tariff = prices.tariff_of(places[served], one.at, USAGE)
            cost = None if tariff is None else tariff.cost_pico_usd(USAGE)
            price = None if tariff is None else tariff.price.id
            settlement = msgspec.structs.replace(settlement, cost_pico_usd=cost, price=price)
        writer.append(settlement)
    writer.close()
    ingested(state)
    return state / "ledger.sqlite3"


def _intent(number: int, one: Asked, decision: Decision) -> Intent:
    return Intent(
        id=f"r{number}",
        started_us=START_US + number * SECOND_US,
        rehearsed=True,
        at_us=us_of(one.at),
        known_us=us_of(one.at),
        project=one.project,
        labels=one.labels,
        asked_model=one.model,
        model=one.model,
        interface="stateless_api",
        client_dialect="openai_chat",
        deployment=decision.order[0] if decision.order else None,
        decision=decision.id,
    )


def _settlement(number: int, decision: Decision, served: str | None) -> Settlement:
    if served is None:
        return Settlement(id=f"r{number}", outcome="denied", status=403, decision=decision.id)
    first_byte_ms = FIRST_BYTE_MS.get(served.partition("/")[0])
    return Settlement(
        id=f"r{number}",
        outcome="answered",
        status=200,
        deployment=served,
        decision=decision.id,
        attempts=(
            Attempt(
                deployment=served,
                result="answered",
                status=200,
                decision=decision.id,
                started_ms=0.0,
                first_byte_ms=first_byte_ms,
                total_ms=100.0,
            ),
        ),
        usage=USAGE,
        first_byte_ms=first_byte_ms,
        total_ms=100.0,
    )
