"""What agreements cost: a question that was asked before, one that was not, and making ready.

Measured in this process by processor time, over as many clauses as a large company has.
Example: `measure(rounds=5).cached_us`.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

import msgspec

from bench import contracts
from bench.agreement_files import agreement_files
from detente.agreements import CompiledAgreements, compile_agreements, load
from detente.agreements.check import check
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question
from detente.canonical.world import World

AGREEMENTS: Final = 200
CLAUSES: Final = 5_000
MODELS: Final = 300
NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
CALLS: Final = 20_000
PLACES: Final = (
    ("openai", "openai", "openai"),
    ("azure", "azure", "microsoft"),
    ("bedrock", "bedrock", "amazon"),
)


class Deciding(msgspec.Struct, frozen=True, kw_only=True):
    """The figures, each a median: microseconds for a question, seconds for the whole set."""

    cached_us: float
    cold_us: float
    load_s: float
    compile_s: float
    check_s: float


def many_models(count: int) -> World:
    """That many models, each at three places of different hosts."""
    names = [f"publisher-{number % 12}/model-{number:03d}" for number in range(count)]
    return World(
        models=tuple(
            Model(name=name, publisher=name.partition("/")[0], released=NOW - timedelta(days=700))
            for name in names
        ),
        deployments=tuple(
            Deployment(
                id=f"{provider}/{name.partition('/')[2]}",
                model=name,
                provider=provider,
                kind=kind,
                upstream_id=name,
                host=host,
                region="eastus",
            )
            for name in names
            for provider, kind, host in PLACES
        ),
    )


def measure(*, rounds: int) -> Deciding:
    """All figures, over 5,000 clauses in 200 agreements about 300 models."""
    world = many_models(MODELS)
    names = [model.name for model in world.models]
    files = agreement_files(agreements=AGREEMENTS, clauses=CLAUSES, models=names)
    agreements = load(files)
    compiled = compile_agreements(world, agreements)
    return Deciding(
        cached_us=median(_cached_us(compiled, names) for _ in range(rounds)),
        cold_us=median(_cold_us(compiled, names, number) for number in range(rounds)),
        load_s=_seconds(lambda: load(files)),
        compile_s=_seconds(lambda: compile_agreements(world, agreements)),
        check_s=_check_s(),
    )


def _question(name: str, at: datetime, project: str | None = None) -> Question:
    return Question(model=name, at=at, known_at=at, project=project, labels=(("data", "internal"),))


def _cached_us(compiled: CompiledAgreements, names: list[str]) -> float:
    """A class that was asked before, at another instant of the same epoch."""
    questions = [_question(name, NOW) for name in names[:20]]
    for question in questions:
        compiled.decide(question)
    started = time.process_time()
    for number in range(CALLS):
        compiled.decide(questions[number % len(questions)])
    return (time.process_time() - started) / CALLS * 1e6


def _cold_us(compiled: CompiledAgreements, names: list[str], round_: int) -> float:
    """A class that nobody asked yet, of a model that was asked about before."""
    for name in names:
        compiled.decide(_question(name, NOW))
    questions = [_question(name, NOW, project=f"p{round_}") for name in names]
    started = time.process_time()
    for question in questions:
        compiled.decide(question)
    return (time.process_time() - started) / len(questions) * 1e6


def _check_s() -> float:
    """Two hundred contracts of many dates and types, checked with all codes."""
    world, agreements = contracts.world(), load(contracts.contracts())
    return _seconds(lambda: check(world, agreements))


def _seconds(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started
