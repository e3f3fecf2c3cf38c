"""What an exchange leaves in the journal: its intent and its settlement.

Never a prompt, never an answer, never a key: the fields of `canonical.journal` and no others.
"""

from typing import TYPE_CHECKING

from detente.canonical.journal import DecisionRecord, Intent, Settlement
from detente.canonical.price import cost_usd
from detente.gateway import estimate
from detente.gateway.routing import microseconds

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange
    from detente.gateway.routing import Plan

ASKED_CHARACTERS_MAX = 200
"""A model's name from outside is kept, but not at any length."""


def record_intent(exchange: "Exchange") -> None:
    """Append the intent, and its decision where this worker uses it for the first time.

    Raises `JournalFull` where nothing can be recorded: then nothing may be sent either.
    """
    plan, caller, head = exchange.plan, exchange.caller, exchange.head
    step = exchange.attempts.step
    journal = exchange.worker.journal
    now_us = exchange.started_us
    if plan is None:
        journal.append(
            Intent(
                id=exchange.id,
                started_us=now_us,
                at_us=now_us,
                known_us=now_us,
                key=caller.name if caller else None,
                project=caller.project if caller else None,
                asked_model=head.model[:ASKED_CHARACTERS_MAX] if head else None,
                client_dialect=exchange.route.dialect if exchange.route else None,
                stream=head.stream if head else False,
                request_bytes=len(exchange.request.body),
            )
        )
        exchange.intended = True
        return
    assert caller is not None
    assert head is not None
    assert exchange.route is not None
    record_plan(exchange, plan)
    question = plan.question
    rehearsed = plan.rehearsed
    dialect = exchange.route.dialect
    size = len(exchange.request.body)
    journal.append(
        Intent(
            id=exchange.id,
            started_us=now_us,
            at_us=microseconds(question.at) if rehearsed else now_us,
            known_us=microseconds(question.known_at) if rehearsed else now_us,
            rehearsed=rehearsed,
            key=caller.name,
            project=caller.project,
            labels=caller.labels,
            header_labels=question.header_labels,
            asked_model=head.model[:ASKED_CHARACTERS_MAX],
            model=plan.model,
            interface=question.interface,
            features=head.features,
            narrowed_to=question.providers,
            client_dialect=dialect,
            upstream_dialect=dialect,
            stream=head.stream,
            deployment=step.endpoint.deployment.id if step else None,
            decision=plan.decision.id,
            request_bytes=size,
            estimated_input_tokens=estimate.input_tokens(size),
        )
    )
    exchange.intended = True


def record_plan(exchange: "Exchange", plan: "Plan") -> None:
    """Append a plan's decision where this worker uses it for the first time."""
    if not plan.recorded:
        plan.recorded = True
        exchange.worker.record_decision(plan)


def record_settlement(exchange: "Exchange") -> None:
    """Append the settlement, with what the request cost under the prices of its date."""
    plan, step, usage = exchange.plan, exchange.attempts.step, exchange.usage
    cost = charge = price_id = None
    if usage is not None and step is not None and plan is not None:
        at = plan.question.at if plan.rehearsed else exchange.worker.now()
        plane = exchange.plane
        deployment = step.endpoint.deployment
        price = plane.cost_prices.for_deployment(deployment, at)
        cost = cost_usd(price, usage)
        price_id = price.id if price is not None else None
        charged = plane.charge_prices.for_deployment(deployment, at)
        charge = cost if charged is None else cost_usd(charged, usage)
    exchange.worker.journal.append(
        Settlement(
            id=exchange.id,
            outcome=exchange.outcome,
            status=exchange.status,
            error=exchange.error,
            deployment=step.endpoint.deployment.id if step else None,
            upstream_dialect=exchange.route.dialect if step and exchange.route else None,
            decision=plan.decision.id if plan else None,
            attempts=exchange.attempts.records,
            usage=usage,
            cost_usd=cost,
            charge_usd=charge,
            price=price_id,
            response_bytes=exchange.response_bytes,
            first_byte_ms=exchange.first_byte_ms,
            total_ms=exchange.elapsed_ms(),
        )
    )


def decision_record(plan: "Plan") -> DecisionRecord:
    """The decision with the question that it answered, as the ledger keeps it."""
    return DecisionRecord(id=plan.decision.id, question=plan.question, decision=plan.decision)
