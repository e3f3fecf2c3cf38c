"""The translation lane of one request: which upstream can carry it, and the answer on its way back.

The request is decoded once, when a deployment of another dialect comes up, and encoded for every
way that is looked at. A deployment that loses nothing goes first, unless an agreement owes it to
another one; one that would lose what may not be lost is passed over, and where no other is left the
request is refused with what would have been lost.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from detente.canonical.failure import ClientFault, Failure, Fault, ProviderFault
from detente.canonical.loss import LOSSES_MAX, Loss, not_allowed
from detente.canonical.usage import Usage
from detente.dialects import RequestHead, Route, Spec
from detente.dialects.codec import SSE
from detente.dialects.translation import (
    Outgoing,
    TranslatingTap,
)
from detente.gateway import estimate
from detente.gateway.enveloped import options_not_read
from detente.gateway.guarding.guard import Guard
from detente.gateway.http.message import JSON, Response
from detente.gateway.translations import AnyOutgoing, AnyTranslation, Translations, encoded_for
from detente.gateway.upstream.endpoint import Step

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange
    from detente.gateway.routing import Plan

HEADER_LOSSES_MAX: Final = 24
"""Losses that fit into a response header; the ledger has all."""
NAMED_LOSSES_MAX: Final = 8
"""Losses that an error's sentence names."""
MESSAGE_CHARACTERS_MAX: Final = 4_000
"""Of a provider's own sentence about an error."""


class Lane:
    """See the module; made for a plan with a step that needs it."""

    def __init__(self, exchange: "Exchange", spec: Spec, route: Route, head: RequestHead) -> None:
        self._exchange = exchange
        self._spec = spec
        self._route = route
        self._stream = head.stream
        self._translations = Translations(exchange, spec, route)
        self._prepared: dict[str, Step | None] = {}
        self._mixed = False
        self._refused: tuple[str, tuple[Loss, ...]] | None = None
        self.losses: tuple[Loss, ...] = ()
        policy = exchange.plane.setup.configuration.translation
        asked = exchange.request.headers.get(b"x-detente-on-loss")
        body = exchange.request.body
        self._in_loop = any(mark in body for mark in spec.result_marks)
        self._all_refused = policy.on_loss == "refuse" or asked == b"refuse"
        self._allowed = policy.allow

    def next(self, plan: "Plan", attempts_max: int) -> Step | None:
        """The step to try now: what is owed, then what loses nothing, then the plan's order."""
        attempts = self._exchange.attempts
        first = attempts.next(plan, attempts_max)
        self._mixed = self._mixed or (self._in_loop and plan.translates)
        watched = self._mixed or self._route.envelope or self._exchange.foreign
        watched = watched or self._exchange.guard is not None
        if first is None or not (first.candidates or watched):
            return first
        owed = {rank.deployment for rank in plan.decision.snapshot if rank.duty}
        steps = self._in_order(attempts.untried(plan), owed)
        chosen = self._chosen(steps, owed)
        if self._exchange.guard is not None:
            _meet(self._exchange.guard, steps, chosen)
            if chosen is not None:  # whose prices are not those of an answer before
                self._exchange.usage = None
        return chosen

    def _chosen(self, steps: list[Step], owed: set[str]) -> Step | None:
        """The first that loses nothing or is owed it, else the first that may lose what it does."""
        lossy: Step | None = None
        for step in steps:
            prepared = self._prepare(step)
            if prepared is None:
                continue
            if not prepared.losses or prepared.endpoint.deployment.id in owed:
                return prepared
            lossy = lossy or prepared
        return lossy

    def refusal(self) -> Fault | None:
        """Why nothing was sent anywhere, where it is for what would have been lost, or for what
        policies keep back."""
        if self._refused is None:
            guard = self._exchange.guard
            return guard.refusal() if guard is not None and guard.keeps_back else None
        deployment, losses = self._refused
        named = "; ".join(f"`{loss}`: {loss.why}" for loss in losses[:NAMED_LOSSES_MAX])
        return ClientFault(
            "loss_refused",
            f"`{deployment}` cannot be asked this without loss ({named}); leave that out, or allow "
            "it under `[translation]`",
        )

    def told(self) -> tuple[str, ...]:
        """What was lost on the way there and back, for the ledger."""
        step = self._exchange.attempts.step
        there = () if step is None else step.losses
        return tuple(str(loss) for loss in (*there, *self.losses)[:LOSSES_MAX])

    def translate(self, outgoing: AnyOutgoing, answer: Response) -> None:
        """Put the client's form into `answer`; raises `ProviderFault` where it cannot be read."""
        if isinstance(outgoing, Outgoing):
            translated = outgoing.answer(
                answer.body, self._translations.reply(), self._translations.guards(outgoing)
            )
        else:
            translated = outgoing.answer(answer.body, self._translations.reply())
        answer.body = translated.body
        answer.usage = translated.usage
        answer.lines = self._stream_lines() if self._stream else JSON + self._id_line()
        if translated.losses:
            self._name_in_head(translated.losses)
        if translated.memory is not None:
            self._translations.keep(translated.memory)

    def failure(self, outgoing: AnyOutgoing, answer: Response) -> Failure:
        """An error that is the client's to read, as what the client's dialect can say."""
        told = outgoing.error(answer.body)
        message = "the provider refused the request" if told is None else told.message
        code = None if told is None else told.code
        return Failure(
            code=code or "request_invalid",
            message=message[:MESSAGE_CHARACTERS_MAX],
            blame="client",
            status=answer.status,
        )

    def tap(self, outgoing: AnyOutgoing, answer: Response) -> TranslatingTap:
        """A tap for a streamed answer, whose head becomes the client's."""
        assert isinstance(outgoing, Outgoing)  # nothing else streams
        answer.lines = self._stream_lines()
        limits = self._exchange.plane.limits
        return outgoing.tap(
            self._translations.reply(),
            event_bytes_max=limits.stream_event_bytes_max,
            guard=self._translations.guards(outgoing),
        )

    def usage(self, outgoing: AnyOutgoing, pieces: list[bytes]) -> Usage:
        """What the beginning of a stream has cost that nobody gets."""
        assert isinstance(outgoing, Outgoing)
        limits = self._exchange.plane.limits
        tap = outgoing.tap(
            self._translations.reply(), event_bytes_max=limits.stream_event_bytes_max
        )
        try:
            for piece in pieces:
                tap.feed(piece)
        except ProviderFault:  # what came before it counts
            pass
        return estimate.of_stream(tap, len(self._exchange.request.body))

    def ended(self, tap: TranslatingTap) -> None:
        """A stream has said all: keep what the client cannot, and what it could not carry."""
        self.losses += tap.losses
        memory = tap.memory
        if memory is not None:
            self._translations.keep(memory)

    def _name_in_head(self, losses: tuple[Loss, ...]) -> None:
        """What a whole answer lost is known before its first byte, too."""
        self.losses += losses
        attempts = self._exchange.attempts
        step = attempts.step
        assert step is not None
        lines = _lines(step.endpoint.deployment.id, (*step.losses, *losses))
        attempts.step = replace(step, lines=lines)

    def _stream_lines(self) -> bytes:
        codec = self._translations.client_codec()
        kind = SSE if codec is None else codec.stream_content_type
        return b"content-type: %b\r\n%b" % (kind, self._id_line())

    def _id_line(self) -> bytes:
        """The id of the request where this API's clients look for it."""
        header = self._spec.request_id_header
        return b"" if header is None else b"%b: %b\r\n" % (header, self._exchange.id.encode())

    # How it decides.

    def _in_order(self, steps: tuple[Step, ...], owed: set[str]) -> list[Step]:
        """What is owed first; then who has the conversation's reasoning; then the plan's order."""
        decodes = self._mixed or self._exchange.guard is not None
        if decodes or any(step.candidates for step in steps):
            self._translations.asked()
        made_by = self._translations.made_by
        return sorted(
            steps,
            key=lambda step: (
                step.endpoint.deployment.id not in owed,
                step.endpoint.deployment.id != made_by,
            ),
        )

    def _prepare(self, step: Step) -> Step | None:
        """`step` with the request as it is sent there, None where too much would be lost."""
        name = step.endpoint.deployment.id
        if name not in self._prepared:
            if self._exchange.guard is not None:
                self._prepared[name] = self._guarded(self._exchange.guard, step)
            else:
                self._prepared[name] = self._encode(step) if step.candidates else self._pass(step)
        return self._prepared[name]

    def _guarded(self, guard: Guard, step: Step) -> Step | None:
        """A step with the request in the form that policies allow there, None where there is none.

        It is encoded even in the client's own dialect: what is put back, and what is looked at, is
        the canonical answer.
        """
        deployment = step.endpoint.deployment.id
        form = guard.form_of(deployment)
        if form.blocked:
            return None
        guarded = replace(step, candidates=step.candidates or (step.endpoint,))
        told = self._encode(guarded, self._translations.of(form, deployment))
        if told is not None and told.outgoing is not None:
            self._translations.may_send(told.outgoing, form)
        return told

    def _pass(self, step: Step) -> Step | None:
        """A step of the client's own dialect: an envelope's options can be lost, and what other
        platforms thought has to be."""
        if step.endpoint.codec is not None and (self._exchange.foreign or self._mixed):
            told = self._encode(replace(step, candidates=(step.endpoint,)))
            if self._exchange.foreign or told is None or told.losses:
                return told
        losses = options_not_read(self._exchange.request, self._route, step.endpoint)
        return self._admitted(step, losses) if losses else step

    def _encode(self, step: Step, translation: AnyTranslation | None = None) -> Step | None:
        """The best way into another dialect: one that loses nothing, else the least."""
        best: Step | None = None
        refused = self._refused
        if translation is None:
            translation = self._translations.asked()
        for endpoint in step.candidates:
            outgoing = encoded_for(endpoint, translation, mixed=self._mixed)
            options = options_not_read(self._exchange.request, self._route, endpoint)
            way = replace(step, endpoint=endpoint, outgoing=outgoing)
            admitted = self._admitted(way, (*options, *outgoing.losses))
            if admitted is not None and (best is None or len(admitted.losses) < len(best.losses)):
                best = admitted
                if not admitted.losses:
                    break
        if best is not None:
            self._refused = refused  # another way was found
        return best

    def _admitted(self, step: Step, losses: tuple[Loss, ...]) -> Step | None:
        """`step` with its losses, None where they are more than is allowed."""
        name = step.endpoint.deployment.id
        refused = not_allowed(losses, every=self._all_refused, allowed=self._allowed)
        if refused:
            self._refused = self._refused or (name, refused)
            return None
        return replace(step, losses=losses, lines=_lines(name, losses))


def _meet(guard: Guard, steps: list[Step], chosen: Step | None) -> None:
    """Whose turn it was: who is asked, and those before it that policies keep from it."""
    for step in steps:
        deployment = step.endpoint.deployment.id
        is_chosen = chosen is not None and chosen.endpoint.deployment.id == deployment
        if is_chosen or guard.form_of(deployment).blocked:
            guard.meet(deployment)
        if is_chosen:
            return


def _lines(deployment: str, losses: tuple[Loss, ...]) -> bytes:
    """The headers that name the deployment and what was lost on the way there."""
    named = [str(loss) for loss in losses[:HEADER_LOSSES_MAX]]
    if len(losses) > HEADER_LOSSES_MAX:
        named.append(f"and {len(losses) - HEADER_LOSSES_MAX} more")
    told = ", ".join(named) or "none"
    safe = "".join(c if c.isascii() and c.isprintable() else "?" for c in told)
    return b"x-detente-deployment: %b\r\nx-detente-loss: %b\r\n" % (
        deployment.encode(),
        safe.encode(),
    )
