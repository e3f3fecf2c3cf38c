"""What an exchange leaves in the journal: its intent and its settlement.

Never a prompt, never an answer, never a key: the fields of `canonical.journal` and no others.
"""

from typing import TYPE_CHECKING, Final

from detente.canonical.guardrail import Screened
from detente.canonical.intent_template import IntentTemplate
from detente.canonical.journal import DecisionRecord, Intent, Settlement
from detente.canonical.safety import SafetySignal
from detente.gateway.allowances.reservation import settled
from detente.gateway.client_tries import client_try
from detente.gateway.routing import microseconds

if TYPE_CHECKING:
    from detente.gateway.callers.principals import Caller
    from detente.gateway.exchange import Exchange
    from detente.gateway.routing import Plan

ASKED_CHARACTERS_MAX: Final = 200
"""A model's name from outside is kept, but not at any length."""
PICO_USD_MAX: Final = 2**63 - 1
"""What a column of the ledger holds: nine million dollars. A provider that counts more tokens than
that for one request is wrong, and its count must not stop the ledger."""


def record_intent(exchange: "Exchange") -> None:
    """Append the intent, and its decision where this worker uses it for the first time.

    Raises `JournalFull` where nothing can be recorded: then nothing may be sent either.
    """
    plan, caller, head = exchange.plan, exchange.caller, exchange.head
    journal = exchange.worker.journal
    if plan is None or caller is None or head is None:
        journal.append(_undecided(exchange))
    else:
        if plan.intent is None:
            exchange.worker.record_decision(plan)
            plan.intent = _template(plan, caller, _asked(exchange) or head.model)
        journal.append_intent(
            plan.intent.encode(
                exchange.id,
                started_us=exchange.started_us,
                request_bytes=len(exchange.request.body),
                stream=head.stream,
                features=head.features,
            )
        )
    exchange.intended = True


def record_settlement(exchange: "Exchange") -> None:
    """Append the settlement, with what the request cost under the prices of its date."""
    plan, attempts, usage = exchange.plan, exchange.attempts, exchange.usage
    step = attempts.step
    cost = charge = price = deployment = dialect = None
    if step is not None and plan is not None:
        deployment, dialect = step.endpoint.deployment, step.endpoint.spec.name
        if usage is not None:
            at = plan.question.at if plan.rehearsed else exchange.worker.now
            plane = exchange.plane
            tariff = plane.cost_prices.tariff_of(deployment, at, usage)
            if tariff is not None:
                cost, price = _told(tariff.cost_pico_usd(usage)), tariff.price.id
            charged = plane.charge_prices.tariff_of(deployment, at, usage)
            charge = cost if charged is None else _told(charged.cost_pico_usd(usage))
    spends: tuple[tuple[str, int], ...] = ()
    reserved: int | None = None
    if exchange.held and exchange.hold is not None:
        spends = settled(exchange, charge)
        reserved = _told(exchange.hold.pico_usd) if exchange.hold.terms.money else None
    exchange.worker.journal.append(
        Settlement(
            id=exchange.id,
            outcome=exchange.outcome,
            status=exchange.status,
            error=exchange.error,
            deployment=None if deployment is None else deployment.id,
            upstream_dialect=dialect,
            decision=None if plan is None else plan.decision.id,
            attempts=attempts.records,
            usage=usage,
            cost_pico_usd=cost,
            charge_pico_usd=charge,
            price=price,
            losses=() if exchange.lane is None else exchange.lane.told(),
            response_bytes=exchange.response_bytes,
            first_byte_ms=exchange.first_byte_ms,
            total_ms=exchange.total_ms,
            client_try=client_try(exchange.request.headers),
            safety=_signals(exchange),
            screened=_screened(exchange),
            spends=spends,
            reserved_pico_usd=reserved,
        )
    )


def _signals(exchange: "Exchange") -> tuple[SafetySignal, ...]:
    """What the platform said of content risks."""
    return exchange.safety if exchange.watch is None else exchange.watch.signals


def _screened(exchange: "Exchange") -> tuple[Screened, ...]:
    """What policies on content found and did, nothing where none governs the request."""
    return () if exchange.guard is None else exchange.guard.told(_signals(exchange))


def _told(pico_usd: int | None) -> int | None:
    """An amount as the ledger can hold it, None for what no request costs."""
    return None if pico_usd is None or pico_usd > PICO_USD_MAX else pico_usd


def decision_record(plan: "Plan") -> DecisionRecord:
    """The decision with the question that it answered, as the ledger keeps it."""
    return DecisionRecord(id=plan.decision.id, question=plan.question, decision=plan.decision)


def _template(plan: "Plan", caller: "Caller", asked: str) -> IntentTemplate:
    """What all intents of a plan share."""
    question = plan.question
    first = plan.steps[0].endpoint if plan.steps else None
    return IntentTemplate(
        Intent(
            id="",
            started_us=0,
            rehearsed=plan.rehearsed,
            at_us=microseconds(question.at) if plan.rehearsed else None,
            known_us=microseconds(question.known_at) if plan.rehearsed else None,
            key=caller.name,
            project=caller.project,
            labels=caller.labels,
            header_labels=question.header_labels,
            asked_model=asked[:ASKED_CHARACTERS_MAX],
            model=plan.model,
            interface=question.interface,
            narrowed_to=question.providers,
            client_dialect=plan.dialect,
            upstream_dialect=None if first is None else first.spec.name,
            deployment=None if first is None else first.deployment.id,
            decision=plan.decision.id,
        )
    )


def _undecided(exchange: "Exchange") -> Intent:
    """The intent of a request that no decision was made for."""
    caller, head, route, asked = exchange.caller, exchange.head, exchange.route, _asked(exchange)
    return Intent(
        id=exchange.id,
        started_us=exchange.started_us,
        request_bytes=len(exchange.request.body),
        stream=head is not None and head.stream,
        key=None if caller is None else caller.name,
        project=None if caller is None else caller.project,
        asked_model=asked and asked[:ASKED_CHARACTERS_MAX],
        client_dialect=None if route is None else route.dialect,
    )


def _asked(exchange: "Exchange") -> str | None:
    """The model as the client named it: in the path, which wins, or in the body."""
    route, head = exchange.route, exchange.head
    named = None if route is None else route.path_model
    return named or (None if head is None else head.model)
