"""From a request to a plan: which deployments may be tried, in which order, and how.

The agreements decide (`agreements.compiled`); this module asks them once for each class of
request and keeps the answer for as long as it holds. A refusal is a new question.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from detente.agreements import CompiledAgreements, explain
from detente.canonical.decision import Decision
from detente.canonical.failure import AgreementRefusal, ClientFault, Fault
from detente.canonical.intent_template import IntentTemplate
from detente.canonical.model import Dialect, Model
from detente.canonical.question import Event, HolderRefusal, Labels, Offer, Question
from detente.canonical.snapshot import Snapshot
from detente.configuration.located import did_you_mean, nearest
from detente.dialects import Spec, any_codec_of, asked_by
from detente.gateway.callers.principals import Caller
from detente.gateway.guarding.guardrails_plane import Guardrails
from detente.gateway.http.message import Request
from detente.gateway.upstream.endpoint import Endpoint, Step, spilling
from detente.guardrails.rulebook import Governed
from detente.principals.scopes import EVERYTHING, Allowed

if TYPE_CHECKING:
    from detente.gateway.allowances.holds import Terms

MICROSECONDS: Final = 1_000_000
FOREVER_US: Final = 2**62
HEADER_LABELS_MAX: Final = 32
HEADER_LABELS_BYTES_MAX: Final = 4096
"""The ledger keeps them with every request and every decision."""
NARROWING_HEADERS: Final = (
    b"x-detente-route",
    b"x-detente-labels",
    b"x-detente-at",
    b"x-detente-on-loss",
)
NAME_CHARACTERS_MAX: Final = 80
"""Of a name from outside, in an error's sentence and in the search for what was meant."""
DENIED_CODES: Final = {
    "deny": "agreement_denied",
    "conflict": "agreement_conflict",
    "unknown": "agreement_unknown",
}


class Plan:
    """What one decision means for the requests of its class; `steps` may be empty.

    `intent` encodes their intents once the first was recorded; `terms` is what they may spend, once
    the first was reserved; `lines` is the decision's header;
    `operation` is by which of the dialect's operations the client asks, None the usual one.
    `governed` is what policies on content say, None where none governs these requests.
    `allowed` is what the caller may use; `barred` are deployments that the agreements allow and the
    caller may not use.
    """

    def __init__(
        self,
        *,
        model: str,
        question: Question,
        decision: Decision,
        steps: tuple[Step, ...],
        dialect: Dialect,
        rehearsed: bool,
        operation: str | None = None,
        allowed: Allowed = EVERYTHING,
        barred: tuple[str, ...] = (),
        governed: Governed | None = None,
    ) -> None:
        self.governed = governed
        self.dialect: Dialect = dialect
        self.model = model
        self.question = question
        self.decision = decision
        self.steps = steps
        self.translates = any(step.candidates for step in steps)
        self.rehearsed = rehearsed
        self.operation = operation
        self.allowed = allowed
        self.barred = barred
        self.intent: IntentTemplate | None = None
        self.terms: Terms | None = None
        self.lines = b"x-detente-decision: %b\r\n" % decision.id.encode()
        until = decision.valid_until
        self.valid_until_us = FOREVER_US if until is None else microseconds(until)


class Router:
    """The plans of one configuration."""

    def __init__(
        self,
        *,
        agreements: CompiledAgreements,
        models: tuple[Model, ...],
        endpoints: dict[tuple[str, str, str], Endpoint],
        events: tuple[Event, ...],
        offers: tuple[Offer, ...],
        providers: tuple[str, ...],
        rehearsal: bool,
        plans_max: int,
        guardrails: Guardrails | None = None,
    ) -> None:
        self._guardrails = guardrails
        self._agreements = agreements
        self._endpoints = endpoints
        self._reached: dict[tuple[str, str], tuple[Endpoint, ...]] = {}
        for (model, name, _), endpoint in endpoints.items():
            if endpoint.codec is not None:
                self._reached[model, name] = (*self._reached.get((model, name), ()), endpoint)
        self._events = events
        self._offers = offers
        self._providers = providers
        self._rehearsal = rehearsal
        self._plans_max = plans_max
        self._plans = 0
        self._models = {name: model for model in models for name in (model.name, *model.aliases)}

    def observe(self, snapshot: Snapshot) -> bool:
        """Order by `snapshot` from now on; whether that is another order, and plans are stale."""
        same = snapshot.orders_as(self._agreements.snapshot)
        self._agreements.observe(snapshot)
        return not same

    def named(self, asked: str, publisher: str | None) -> str:
        """The model that is meant: the one of that publisher where `asked` alone is none."""
        if publisher is None or asked in self._models:
            return asked
        full = f"{publisher}/{asked}"
        return full if full in self._models else asked

    def plan(self, caller: Caller, asked: str, spec: Spec, request: Request, now_us: int) -> Plan:
        """The plan for a request; raises `ClientFault` for an unknown model or a bad header."""
        headers = request.headers
        operation = asked_by(request.target) if spec.interface == "embedding" else None
        for name in NARROWING_HEADERS:
            if name in headers:
                question = self._question(caller, asked, spec, request, now_us)
                rehearsed = b"x-detente-at" in headers
                return self._decide(
                    question, spec, caller.allowed, rehearsed=rehearsed, operation=operation
                )
        if operation is not None:
            question = self._question(caller, asked, spec, request, now_us)
            return self._decide(
                question, spec, caller.allowed, rehearsed=False, operation=operation
            )
        key = (asked, spec.name)
        plan = caller.plans.get(key)
        if plan is not None and now_us < plan.valid_until_us:
            return plan
        question = self._question(caller, asked, spec, request, now_us)
        plan = self._decide(question, spec, caller.allowed, rehearsed=False)
        self._plans += 1
        if self._plans > self._plans_max:
            caller.plans.clear()
            self._plans = 0
        caller.plans[key] = plan
        return plan

    def after(self, plan: Plan, refusals: tuple[HolderRefusal, ...], spec: Spec) -> Plan:
        """The plan after what this very request has met: decided anew."""
        question = msgspec.structs.replace(plan.question, refusals=refusals)
        return self._decide(
            question, spec, plan.allowed, rehearsed=plan.rehearsed, operation=plan.operation
        )

    def allowed(self, caller: Caller, now_us: int) -> tuple[Model, ...]:
        """The models that some deployment may serve to `caller` now, for whatever it is used."""
        now = instant(now_us)
        allowed: list[Model] = []
        for model in dict.fromkeys(self._models.values()):
            if not caller.allowed.admits_model(model.name):
                continue
            for interface in ("stateless_api", "embedding"):
                question = Question(
                    model=model.name,
                    at=now,
                    known_at=now,
                    interface=interface,
                    project=caller.project,
                    labels=caller.labels,
                    events=self._events,
                    offers=self._offers,
                )
                order = self._agreements.decide(question).order
                if any(map(caller.allowed.admits_deployment, order)):
                    allowed.append(model)
                    break
        return tuple(allowed)

    def _question(
        self, caller: Caller, asked: str, spec: Spec, request: Request, now_us: int
    ) -> Question:
        model = self._models.get(asked)
        if model is None:
            guess = nearest(asked[:NAME_CHARACTERS_MAX], list(self._models))
            hint = f"did you mean `{guess}`?" if guess else "see `GET /v1/models`"
            raise ClientFault("model_unknown", f"unknown model `{_shown(asked)}`; {hint}")
        if not caller.allowed.admits_model(model.name):
            raise _not_allowed(f"`{model.name}`", "models")
        headers = request.headers
        now = instant(now_us)
        at = self._rehearsed_at(headers.get(b"x-detente-at")) or now
        _check_on_loss(headers.get(b"x-detente-on-loss"))
        return Question(
            model=model.name,
            at=at,
            known_at=at,
            interface=spec.interface,
            project=caller.project,
            labels=caller.labels,
            header_labels=_header_labels(headers.get(b"x-detente-labels"), caller.labels),
            providers=self._narrowed(headers.get(b"x-detente-route")),
            events=self._events,
            offers=self._offers,
        )

    def _decide(
        self,
        question: Question,
        spec: Spec,
        allowed: Allowed,
        *,
        rehearsed: bool,
        operation: str | None = None,
    ) -> Plan:
        decision = self._agreements.decide(question)
        order = decision.order
        barred: tuple[str, ...] = ()
        if allowed.deployments:
            order = tuple(name for name in order if allowed.admits_deployment(name))
            barred = tuple(name for name in decision.order if name not in order)
        steps: list[Step] = []
        for name in order:
            endpoint = self._endpoints.get((question.model, name, spec.name))
            if endpoint is not None and endpoint.operation != operation:
                endpoint = None  # asked by another one, in another form
            candidates: tuple[Endpoint, ...] = ()
            if endpoint is None:
                candidates = self._ways(question.model, name, spec)
                endpoint = candidates[0] if candidates else None
            if endpoint is not None:
                endpoint = spilling(endpoint, order)
                candidates = tuple(spilling(way, order) for way in candidates)
                steps.append(
                    Step(
                        endpoint=endpoint,
                        respond_within_ms=decision.respond_within_ms.get(name),
                        lines=b"x-detente-deployment: %b\r\nx-detente-loss: none\r\n"
                        % name.encode(),
                        candidates=candidates,
                    )
                )
        governed: Governed | None = None
        if self._guardrails is not None:
            labels = (*question.labels, *question.header_labels)
            governed = self._guardrails.governed(question.model, question.project, labels)
        return Plan(
            governed=governed,
            model=question.model,
            question=question,
            decision=decision,
            steps=tuple(steps),
            dialect=spec.name,
            rehearsed=rehearsed,
            operation=operation,
            allowed=allowed,
            barred=barred,
        )

    def _ways(self, model: str, deployment: str, spec: Spec) -> tuple[Endpoint, ...]:
        """The ways to reach a deployment that does not speak the client's dialect: in another
        dialect of the same kind."""
        codec = any_codec_of(spec.name)
        reached = self._reached.get((model, deployment), ())
        return tuple(way for way in reached if type(way.codec) is type(codec))

    def _rehearsed_at(self, value: bytes | None) -> datetime | None:
        if value is None:
            return None
        if not self._rehearsal:
            raise ClientFault(
                "request_invalid",
                "`x-detente-at` is honoured only in rehearsal; leave the header out",
            )
        try:
            at = datetime.fromisoformat(value.decode("ascii"))
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError):  # no date, or one before the first in UTC
            raise ClientFault(
                "request_invalid", "`x-detente-at` is no date; write `2026-05-01`"
            ) from None

    def _narrowed(self, value: bytes | None) -> tuple[str, ...] | None:
        if value is None:
            return None
        names = tuple(dict.fromkeys(part.strip() for part in value.decode("latin-1").split(",")))
        for name in names:
            if name not in self._providers:
                hint = did_you_mean(name, list(self._providers))
                raise ClientFault(
                    "request_invalid",
                    f"`x-detente-route`: unknown provider `{_shown(name)}`; {hint}",
                )
        return names


def refusal_of(plan: Plan, spec: Spec) -> Fault:
    """Why a plan has no step, as the error that the client is told."""
    decision = plan.decision
    if plan.barred and len(plan.barred) == len(decision.order):
        named = ", ".join(f"`{name}`" for name in plan.barred)
        return _not_allowed(f"`{plan.model}` where it may be reached ({named})", "deployments")
    if decision.outcome == "allow":
        named = ", ".join(f"`{name}`" for name in decision.order)
        return _no_deployment(
            f"`{plan.model}` may be reached at {named}, but none of them offers what `{spec.name}` "
            "asks for; name another model, or add a provider that does"
        )
    if not decision.verdicts:
        return _no_deployment(
            f'`{plan.model}` has no deployment; add one under `[models."{plan.model}"]`'
        )
    text = explain.sentence(decision, plan.question)
    if decision.change:
        text += f"; possible {decision.change}"
    return AgreementRefusal(DENIED_CODES[decision.outcome], text)


def _not_allowed(what: str, kind: str) -> ClientFault:
    return ClientFault(
        "model_not_allowed",
        f"this key may not use {what}; see `GET /v1/models`, or have the gateway's operator add it "
        f"to `{kind}` of the key, its project and the organisation, wherever those name any",
    )


def _no_deployment(message: str) -> Fault:
    return AgreementRefusal("no_deployment", message)


def instant(us: int) -> datetime:
    """Microseconds since the epoch as an aware UTC time."""
    return datetime.fromtimestamp(us / MICROSECONDS, UTC)


def microseconds(at: datetime) -> int:
    """An aware time as microseconds since the epoch, exactly."""
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * MICROSECONDS + since.microseconds


def _header_labels(value: bytes | None, own: Labels) -> Labels:
    if value is None:
        return ()
    known = dict(own)
    labels: dict[str, str] = {}
    for part in value.decode("latin-1").split(","):
        name, equals, content = part.strip().partition("=")
        if not equals or not name or not part.isprintable():
            raise ClientFault("request_invalid", "`x-detente-labels` is `name=value,name2=value2`")
        if known.get(name, content) != content:
            raise ClientFault(
                "request_invalid",
                f"`x-detente-labels`: the key already has another `{_shown(name)}`; "
                "a request may only restrict",
            )
        labels[name] = content
    if len(labels) > HEADER_LABELS_MAX or len(value) > HEADER_LABELS_BYTES_MAX:
        raise ClientFault(
            "request_invalid",
            f"`x-detente-labels` has at most {HEADER_LABELS_MAX} labels in "
            f"{HEADER_LABELS_BYTES_MAX} bytes; send fewer",
        )
    return tuple(sorted(labels.items()))


def _check_on_loss(value: bytes | None) -> None:
    if value is not None and value not in (b"refuse", b"drop"):
        raise ClientFault("request_invalid", "`x-detente-on-loss` is `refuse` or `drop`")


def _shown(text: str) -> str:
    """A name from outside, short and printable, for an error's sentence."""
    printable = "".join(
        c if c.isprintable() and c != "`" else "?" for c in text[:NAME_CHARACTERS_MAX]
    )
    return printable + ("…" if len(text) > NAME_CHARACTERS_MAX else "")
