"""A large ledger of plausible traffic, made fast: 30 models, 5 projects, refusals, some denied.

Made of real decisions and the ledger's own rows, without a gateway: a million requests in some
ten seconds. Everything follows from numbers, so that every run makes the same ledger.
Example: `write(Path("ledger.sqlite3"), requests=1_000_000)`.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from detente.agreements import AgreementSet, CompiledAgreements, compile_agreements, load
from detente.canonical.decision import Decision
from detente.canonical.entry import Attempt
from detente.canonical.failure import RefusalSignal
from detente.canonical.intent_template import IntentTemplate
from detente.canonical.journal import DecisionRecord, Intent, Settlement
from detente.canonical.model import Deployment, Model
from detente.canonical.price import Price
from detente.canonical.question import HolderRefusal, Question
from detente.canonical.usage import Usage
from detente.canonical.world import World
from detente.ledger.entries import us_of
from detente.ledger.pricing import PriceBook
from detente.ledger.store.database import Batch, Ledger
from detente.ledger.store.known import Known
from detente.ledger.store.rows import add_block

START: Final = datetime(2026, 7, 1, tzinfo=UTC)
DAYS: Final = 31
BLOCK_ENTRIES: Final = 128
COMMIT_BLOCKS: Final = 80
ENDINGS: Final = 40
"""Different usages of each class: the rest of a settlement is encoded once for each."""
PROJECTS: Final = ("shop", "search", "support", "research", "press")
PUBLISHERS: Final = ("openai", "anthropic", "mistral", "meta", "google", "cohere")
PLACES: Final = (
    ("azure", "azure", "microsoft", "eu"),
    ("aws", "bedrock", "aws", "us"),
    ("gcp", "vertex", "google", "eu"),
)
MEETINGS: Final[tuple[tuple[RefusalSignal | None, ...], ...]] = (
    ("429",),
    (None,),
    ("503", "429"),
    (),
)
"""What the first deployments say: refusals, or a failure that is none (None)."""
ID_PREFIX: Final = "req_0000000000bec000"

AGREEMENTS: Final = b"""
id = "cloud"
recorded_at = 2026-01-01
from = 2026-01-01

[[clause]]
id = "first"
type = "first_refusal"
holder = "host:microsoft"
scope = { publisher = "openai" }
signals = ["429", "503", "unreachable"]

[[clause]]
id = "press-stays-in-europe"
type = "forbid"
scope = { project = "press", zone = "us" }
reason = "what the press office writes stays in Europe"

[[clause]]
id = "not-for-research"
type = "forbid"
scope = { project = "research", publisher = "cohere" }
reason = "no licence"
from = 2026-07-15
"""


def world() -> World:
    """Six publishers of five models, each at its publisher's and at two or three clouds."""
    models = tuple(
        Model(name=f"{publisher}/model-{n}", publisher=publisher)
        for publisher in PUBLISHERS
        for n in range(5)
    )
    deployments: list[Deployment] = []
    prices: list[Price] = []
    for number, model in enumerate(models):
        short = model.name.partition("/")[2]
        places = [(model.publisher, "openai", model.publisher, "us"), *PLACES]
        for rank, (provider, kind, host, zone) in enumerate(places[: 3 + number % 2]):
            name = f"{model.publisher}-{short}"
            deployments.append(
                Deployment(
                    id=f"{provider}/{name}",
                    model=model.name,
                    provider=provider,
                    kind=kind,
                    upstream_id=name,
                    host=host,
                    processing_zone=zone,
                )
            )
            rate = Decimal(number + 1) / 10 + Decimal(rank) / 50
            prices.append(
                Price(
                    id=f"{model.name}@{provider}",
                    model=model.name,
                    provider=provider,
                    meters={
                        "uncached_input_tokens": rate,
                        "cache_read_tokens": rate / 10,
                        "visible_output_tokens": rate * 4,
                        "reasoning_output_tokens": rate * 4,
                    },
                    source="the benchmark",
                )
            )
    return World(models=models, deployments=tuple(deployments), cost_prices=tuple(prices))


def agreements(extra: bytes = b"") -> AgreementSet:
    """A first refusal, a zone and a licence that ends in the middle of the month."""
    return load((("agreements/cloud.toml", AGREEMENTS + extra),))


def write(path: Path, *, requests: int, seed: int = 1) -> None:
    """Makes the ledger at `path`, of so many requests in the month from `START`."""
    ledger = Ledger.open(path, now_us=us_of(START))
    known, batch, number = Known(), Batch(), 0
    maker = _Maker(random.Random(seed), batch)
    step_us = DAYS * 86_400 * 1_000_000 // max(1, requests)
    try:
        for blocks, count in enumerate(_sizes(requests)):
            ids: list[bytes] = []
            pieces: list[bytes] = []
            for _ in range(count):
                id_ = f"{ID_PREFIX}{number:08x}"
                ids.append(id_.encode())
                pieces += maker.request(id_, us_of(START) + number * step_us)
                number += 1
            add_block(known, batch, "w0-1p1", ids, pieces)
            if blocks % COMMIT_BLOCKS == COMMIT_BLOCKS - 1 or number == requests:
                ledger.commit(batch)
                batch = maker.batch = Batch()
    finally:
        ledger.close()


class _Kind(msgspec.Struct):
    """Requests of one class in one epoch: how their records go on after the id."""

    template: IntentTemplate
    endings: list[bytes]
    until_us: int


class _Maker:
    """Makes the two records of a request; decisions go into `batch` once."""

    def __init__(self, chance: random.Random, batch: Batch) -> None:
        self.batch = batch
        self._chance = chance
        self._world = world()
        self._compiled: CompiledAgreements = compile_agreements(self._world, agreements())
        self._places = {(d.model, d.id): d for d in self._world.deployments}
        self._prices = PriceBook(self._world.cost_prices)
        self._kinds: dict[tuple[str, str, int], _Kind] = {}
        self._recorded: set[str] = set()
        self._encode = msgspec.msgpack.Encoder().encode

    def request(self, id_: str, started_us: int) -> tuple[bytes, bytes]:
        """Intent and settlement of the next request."""
        chance = self._chance
        model = self._world.models[int(chance.random() ** 2 * len(self._world.models))].name
        project = PROJECTS[int(chance.random() * len(PROJECTS))]
        met = int(chance.random() * 40)
        fate = (model, project, min(3, met))
        kind = self._kinds.get(fate)
        if kind is None or started_us >= kind.until_us:
            kind = self._kinds[fate] = self._kind(*fate, started_us)
        asked = kind.template.encode(
            id_, started_us=started_us, request_bytes=900, stream=started_us % 2 == 0
        )
        ending = kind.endings[int(chance.random() * ENDINGS)]
        return asked, _SETTLEMENT_HEAD + self._encode(id_) + ending

    def _kind(self, model: str, project: str, met: int, started_us: int) -> _Kind:
        """The records of a class of requests, which meet `MEETINGS[met]`."""
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=started_us)
        question = Question(model=model, at=at, known_at=at, project=project)
        first = last = self._decide(question)
        bounds = [last.valid_until]
        attempts: tuple[Attempt, ...] = ()
        refusals: tuple[HolderRefusal, ...] = ()
        for signal in MEETINGS[met]:
            name = self._next(last, attempts)
            if name is None:
                break
            attempts = (*attempts, _attempt(name, signal or "upstream_failed", last.id))
            if signal is not None:
                refusals = (*refusals, HolderRefusal(deployment=name, signal=signal))
                last = self._decide(msgspec.structs.replace(question, refusals=refusals))
                bounds.append(last.valid_until)
        name = self._next(last, attempts)
        if name is not None:
            attempts = (*attempts, _attempt(name, "answered", last.id))
        chosen = first.order[0] if first.order else None
        return _Kind(
            template=IntentTemplate(
                Intent(
                    id="",
                    started_us=0,
                    key=f"{project}-key",
                    project=project,
                    asked_model=model,
                    model=model,
                    interface="stateless_api",
                    client_dialect="openai_chat",
                    upstream_dialect="openai_chat",
                    deployment=chosen,
                    decision=first.id,
                )
            ),
            endings=list(self._endings(model, name, last, attempts, at)),
            until_us=min((us_of(b) for b in bounds if b is not None), default=2**62),
        )

    def _decide(self, question: Question) -> Decision:
        decision = self._compiled.decide(question)
        if decision.id not in self._recorded:
            self._recorded.add(decision.id)
            record = DecisionRecord(id=decision.id, question=question, decision=decision)
            payload = self._encode(record)
            self.batch.decisions.append((decision.id, decision.outcome, payload))
            self.batch.clauses.extend((clause, decision.id) for clause in decision.clauses)
        return decision

    def _next(self, decision: Decision, attempts: tuple[Attempt, ...]) -> str | None:
        tried = {attempt.deployment for attempt in attempts}
        return next((name for name in decision.order if name not in tried), None)

    def _endings(
        self,
        model: str,
        name: str | None,
        decision: Decision,
        attempts: tuple[Attempt, ...],
        at: datetime,
    ) -> Iterator[bytes]:
        for _ in range(ENDINGS):
            usage = self._usage() if name is not None else None
            tariff = cost = None
            if name is not None and usage is not None:
                tariff = self._prices.tariff_of(self._places[model, name], at, usage)
                cost = None if tariff is None else tariff.cost_pico_usd(usage)
            refused = "refused" if attempts else "denied"
            settlement = Settlement(
                id="",
                outcome=refused if name is None else "answered",
                status=(429 if attempts else 403) if name is None else 200,
                error=None if name is not None or attempts else "agreement_denied",
                deployment=name or (attempts[-1].deployment if attempts else None),
                upstream_dialect="openai_chat",
                decision=decision.id,
                attempts=attempts,
                usage=usage,
                cost_pico_usd=cost,
                charge_pico_usd=cost,
                price=None if tariff is None else tariff.price.id,
                response_bytes=700,
                first_byte_ms=250.0,
                total_ms=900.0,
            )
            yield self._encode(settlement)[len(_SETTLEMENT_HEAD) + 1 :]

    def _usage(self) -> Usage:
        chance = self._chance
        return Usage(
            uncached_input_tokens=chance.randrange(50, 4_000),
            cache_read_tokens=chance.choice((0, 0, 1_024)),
            visible_output_tokens=chance.randrange(10, 900),
            reasoning_output_tokens=chance.choice((0, 300)),
        )


def _attempt(deployment: str, result: str, decision: str) -> Attempt:
    return Attempt(
        deployment=deployment,
        result=result,
        status={"answered": 200, "429": 429, "503": 503}.get(result, 500),
        decision=decision,
        started_ms=0.4,
        first_byte_ms=250.5,
        total_ms=900.5,
    )


def _sizes(requests: int) -> Iterator[int]:
    whole, rest = divmod(requests, BLOCK_ENTRIES)
    yield from [BLOCK_ENTRIES] * whole
    if rest:
        yield rest


_SETTLEMENT_HEAD: Final = (
    b"\xdc" + (len(Settlement.__struct_fields__) + 1).to_bytes(2, "big") + b"\xa1s"
)
