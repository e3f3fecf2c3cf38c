"""Small worlds and questions for tests; every answer is asked of both evaluators.

>>> answer(world(AZURE, OPENAI), loaded(FIRST), question("2026-02-01")).order
('azure/gpt-4',)
"""

from datetime import UTC, datetime
from typing import Literal

from detente.agreements import AgreementSet, compile_agreements, load, reference
from detente.canonical.decision import Decision, Reason
from detente.canonical.failure import RefusalSignal
from detente.canonical.model import Attestation, Deployment, Interface, Model, RetentionMode
from detente.canonical.price import Price
from detente.canonical.question import Event, HolderRefusal, Offer, Question, labels_of
from detente.canonical.snapshot import NOTHING_MEASURED, Snapshot
from detente.canonical.world import World

MODEL = "openai/gpt-4"
HEAD = 'id = "a"\nrecorded_at = 2025-01-01\n'


def day(text: str) -> datetime:
    """`2026-02-01` or `2026-02-01T12:00:00` as a UTC time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at_place(
    provider: str,
    host: str,
    *,
    kind: str = "openai_compatible",
    region: str | None = None,
    tier: str | None = None,
    zone: str | None = None,
    storage: str | None = None,
    retention: RetentionMode | None = None,
    attestations: tuple[Attestation, ...] = (),
    offer: str | None = None,
    interfaces: tuple[Interface, ...] = ("stateless_api",),
) -> Deployment:
    """A deployment of the model at a provider."""
    return Deployment(
        id=f"{provider}/gpt-4",
        model=MODEL,
        provider=provider,
        kind=kind,
        upstream_id="gpt-4",
        host=host,
        region=region,
        tier=tier,
        processing_zone=zone,
        storage_zone=storage,
        retention=retention,
        attestations=attestations,
        offer=offer,
        interfaces=interfaces,
    )


OPENAI = at_place("openai", "openai", kind="openai")
AZURE = at_place("azure", "microsoft", kind="azure", region="eastus")
AWS = at_place("aws", "amazon", region="us-east-2")


def world(
    *deployments: Deployment,
    default: Literal["permit", "deny"] = "permit",
    released: str | None = None,
    open_weights: bool = False,
    retention_required: RetentionMode | None = None,
    prices: tuple[Price, ...] = (),
) -> World:
    """The model with these deployments."""
    model = Model(
        name=MODEL,
        publisher="openai",
        released=None if released is None else day(released),
        open_weights=open_weights,
        retention_required=retention_required,
    )
    return World(models=(model,), deployments=deployments, default=default, cost_prices=prices)


def loaded(*clauses: str, head: str = HEAD) -> AgreementSet:
    """One agreement `a` with these clauses, each the lines below `[[clause]]`."""
    text = head + "".join(f"\n[[clause]]\n{clause}\n" for clause in clauses)
    return load([("a.toml", text.encode())])


def loaded_files(*texts: str) -> AgreementSet:
    """Whole files, one agreement each."""
    return load([(f"{i}.toml", text.encode()) for i, text in enumerate(texts)])


def question(
    at: str = "2026-02-01",
    *,
    known_at: str | None = None,
    interface: Interface = "stateless_api",
    project: str | None = None,
    labels: dict[str, str] | None = None,
    header_labels: dict[str, str] | None = None,
    providers: tuple[str, ...] | None = None,
    region: str | None = None,
    events: tuple[Event, ...] = (),
    offers: tuple[Offer, ...] = (),
    refusals: tuple[HolderRefusal, ...] = (),
) -> Question:
    """A question about the model."""
    return Question(
        model=MODEL,
        at=day(at),
        known_at=day(known_at or at),
        interface=interface,
        project=project,
        labels=labels_of(labels or {}),
        header_labels=labels_of(header_labels or {}),
        providers=providers,
        region=region,
        events=events,
        offers=offers,
        refusals=refusals,
    )


def happened(
    name: str,
    occurred: str,
    recorded: str | None = None,
    *,
    declared_by: str | None = None,
    verified_by: str | None = None,
) -> Event:
    """A recorded event."""
    return Event(
        name=name,
        occurred_at=day(occurred),
        recorded_at=day(recorded or occurred),
        declared_by=declared_by,
        verified_by=verified_by,
    )


def refused(
    *providers: str, signal: RefusalSignal = "429", waited_ms: int = 0
) -> tuple[HolderRefusal, ...]:
    """Recorded refusals of the model's deployments at these providers."""
    return tuple(
        HolderRefusal(deployment=f"{name}/gpt-4", signal=signal, waited_ms=waited_ms)
        for name in providers
    )


def answer(
    asked_of: World,
    agreements: AgreementSet,
    asked: Question,
    snapshot: Snapshot = NOTHING_MEASURED,
) -> Decision:
    """The answer, which both evaluators give alike."""
    plain = reference.decide(asked_of, agreements, asked, snapshot)
    compiled = compile_agreements(asked_of, agreements)
    compiled.observe(snapshot)
    assert compiled.decide(asked) == plain
    return plain


def outcomes(decision: Decision) -> dict[str, str]:
    """Each provider's outcome."""
    return {v.deployment.partition("/")[0]: v.outcome for v in decision.verdicts}


def reasons(decision: Decision, provider: str) -> tuple[Reason, ...]:
    """Why a provider's deployment is admitted or not."""
    return next(v.reasons for v in decision.verdicts if v.deployment.partition("/")[0] == provider)
