"""Small worlds and questions for tests; every answer is asked of both evaluators.

>>> answer(world(AZURE, OPENAI), loaded(FIRST), question("2026-02-01")).order
('azure/gpt-4',)
"""

from datetime import UTC, datetime
from typing import Literal

from detente.agreements import AgreementSet, compile_agreements, load, reference
from detente.canonical.decision import Decision, Reason
from detente.canonical.model import Deployment, Interface, Model
from detente.canonical.price import Price
from detente.canonical.question import Event, HolderRefusal, Question, labels_of
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
    prices: tuple[Price, ...] = (),
) -> World:
    """The model with these deployments."""
    model = Model(
        name=MODEL,
        publisher="openai",
        released=None if released is None else day(released),
        open_weights=open_weights,
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
        refusals=refusals,
    )


def happened(name: str, occurred: str, recorded: str | None = None) -> Event:
    """A recorded event."""
    return Event(name=name, occurred_at=day(occurred), recorded_at=day(recorded or occurred))


def answer(asked_of: World, agreements: AgreementSet, asked: Question) -> Decision:
    """The answer, which both evaluators give alike."""
    plain = reference.decide(asked_of, agreements, asked)
    assert compile_agreements(asked_of, agreements).decide(asked) == plain
    return plain


def outcomes(decision: Decision) -> dict[str, str]:
    """Each provider's outcome."""
    return {v.deployment.partition("/")[0]: v.outcome for v in decision.verdicts}


def reasons(decision: Decision, provider: str) -> tuple[Reason, ...]:
    """Why a provider's deployment is admitted or not."""
    return next(v.reasons for v in decision.verdicts if v.deployment.partition("/")[0] == provider)
