"""The translation lane of one request: which upstream can carry it, and the answer on its way back.

The request is decoded once, when a deployment of another dialect comes up, and encoded for every
way that is looked at. A deployment that loses nothing goes first, unless an agreement owes it to
another one; one that would lose what may not be lost is passed over, and where no other is left the
request is refused with what would have been lost.
"""

from typing import TYPE_CHECKING, Final

import msgspec

from detente.canonical.failure import ClientFault, Failure
from detente.canonical.loss import LOSSES_MAX, Loss, not_allowed
from detente.dialects import RequestHead, Route, Spec, any_codec_of, codec_of
from detente.dialects.codec import SSE, Codec, Reply
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.counting_translation import CountingOutgoing, CountingTranslation
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.embedding_translation import EmbeddingOutgoing, EmbeddingTranslation
from detente.dialects.envelope import wrapping_of
from detente.dialects.translation import (
    Memory,
    Outgoing,
    TranslatingTap,
    Translation,
    called_ids,
)
from detente.gateway.endpoint import Endpoint, Step
from detente.gateway.enveloped import options_not_read
from detente.gateway.message import JSON, Response

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange
    from detente.gateway.routing import Plan

HEADER_LOSSES_MAX: Final = 24
"""Losses that fit into a response header; the ledger has all."""
NAMED_LOSSES_MAX: Final = 8
"""Losses that an error's sentence names."""
MESSAGE_CHARACTERS_MAX: Final = 4_000
"""Of a provider's own sentence about an error."""


AnyTranslation = Translation | EmbeddingTranslation | CountingTranslation
AnyOutgoing = Outgoing | EmbeddingOutgoing | CountingOutgoing


class Lane:
    """See the module; made for a plan with a step that needs it."""

    def __init__(self, exchange: "Exchange", spec: Spec, route: Route, head: RequestHead) -> None:
        self._exchange = exchange
        self._spec = spec
        self._route = route
        self._stream = head.stream
        self._translation: AnyTranslation | None = None
        self._prepared: dict[str, Step | None] = {}
        self._made_by: str | None = None
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
        if first is None or not (first.candidates or watched):
            return first
        owed = {rank.deployment for rank in plan.decision.snapshot if rank.duty}
        lossy: Step | None = None
        for step in self._in_order(attempts.untried(plan), owed):
            prepared = self._prepare(step)
            if prepared is None:
                continue
            if not prepared.losses or prepared.endpoint.deployment.id in owed:
                return prepared
            lossy = lossy or prepared
        return lossy

    def refusal(self) -> ClientFault | None:
        """Why nothing was sent anywhere, where it is for what would have been lost."""
        if self._refused is None:
            return None
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

    def reply(self) -> Reply:
        """For whom the answer is."""
        exchange = self._exchange
        version = exchange.request.headers.get(b"anthropic-version")
        translation = self._translation
        return Reply(
            request=translation.request if isinstance(translation, Translation) else None,
            request_id=exchange.id,
            now_s=exchange.started_us // 1_000_000,
            api_version=None if version is None else version.decode("latin-1"),
        )

    def translate(self, outgoing: AnyOutgoing, answer: Response) -> None:
        """Put the client's form into `answer`; raises `ProviderFault` where it cannot be read."""
        translated = outgoing.answer(answer.body, self.reply())
        answer.body = translated.body
        answer.usage = translated.usage
        answer.lines = self._stream_lines() if self._stream else JSON + self._id_line()
        if translated.losses:
            self._name_in_head(translated.losses)
        if translated.memory is not None:
            self._keep(translated.memory)

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
        return outgoing.tap(self.reply(), event_bytes_max=limits.stream_event_bytes_max)

    def ended(self, tap: TranslatingTap) -> None:
        """A stream has said all: keep what the client cannot, and what it could not carry."""
        self.losses += tap.losses
        memory = tap.memory
        if memory is not None:
            self._keep(memory)

    def _name_in_head(self, losses: tuple[Loss, ...]) -> None:
        """What a whole answer lost is known before its first byte, too."""
        self.losses += losses
        attempts = self._exchange.attempts
        step = attempts.step
        assert step is not None
        lines = _lines(step.endpoint.deployment.id, (*step.losses, *losses))
        attempts.step = msgspec.structs.replace(step, lines=lines)

    def _stream_lines(self) -> bytes:
        codec = self._client_codec()
        kind = SSE if codec is None else codec.stream_content_type
        return b"content-type: %b\r\n%b" % (kind, self._id_line())

    def _id_line(self) -> bytes:
        """The id of the request where this API's clients look for it."""
        header = self._spec.request_id_header
        return b"" if header is None else b"%b: %b\r\n" % (header, self._exchange.id.encode())

    # How it decides.

    def _in_order(self, steps: tuple[Step, ...], owed: set[str]) -> list[Step]:
        """What is owed first; then who has the conversation's reasoning; then the plan's order."""
        if self._translation is None and (self._mixed or any(step.candidates for step in steps)):
            self._decode()
        made_by = self._made_by
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
            self._prepared[name] = self._encode(step) if step.candidates else self._pass(step)
        return self._prepared[name]

    def _pass(self, step: Step) -> Step | None:
        """A step of the client's own dialect: an envelope's options can be lost, and what other
        platforms thought has to be."""
        if step.endpoint.codec is not None and (self._exchange.foreign or self._mixed):
            told = self._encode(msgspec.structs.replace(step, candidates=(step.endpoint,)))
            if self._exchange.foreign or told is None or told.losses:
                return told
        losses = options_not_read(self._exchange.request, self._route, step.endpoint)
        return self._admitted(step, losses) if losses else step

    def _encode(self, step: Step) -> Step | None:
        """The best way into another dialect: one that loses nothing, else the least."""
        best: Step | None = None
        refused = self._refused
        if self._translation is None:
            self._decode()
        for endpoint in step.candidates:
            outgoing = self._encoded_for(endpoint)
            options = options_not_read(self._exchange.request, self._route, endpoint)
            way = msgspec.structs.replace(step, endpoint=endpoint, outgoing=outgoing)
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
        return msgspec.structs.replace(step, losses=losses, lines=_lines(name, losses))

    def _encoded_for(self, endpoint: Endpoint) -> AnyOutgoing:
        translation = self._translation
        if isinstance(translation, Translation):
            assert isinstance(endpoint.codec, Codec)
            target = msgspec.structs.replace(endpoint.target, mixed=self._mixed)
            return translation.encoded_for(endpoint.codec, target)
        if isinstance(translation, CountingTranslation):
            assert isinstance(endpoint.codec, CountingCodec)
            return translation.encoded_for(endpoint.codec, endpoint.target)
        assert isinstance(translation, EmbeddingTranslation)
        assert isinstance(endpoint.codec, EmbeddingCodec)
        return translation.encoded_for(endpoint.codec, endpoint.target)

    def _decode(self) -> None:
        """Bring the request into canonical form, with what is remembered of its conversation."""
        exchange, route = self._exchange, self._route
        body, model = exchange.request.body, route.path_model
        codec = self._client_codec() or any_codec_of(self._spec.name)
        assert codec is not None  # there is a way only where there is one
        if isinstance(codec, EmbeddingCodec):
            self._translation = EmbeddingTranslation(codec, body, model=model)
            return
        if isinstance(codec, CountingCodec):
            translation = CountingTranslation(codec, body, model=model)
        else:
            translation = Translation(codec, body, model=model, stream=route.stream)
        memories, self._made_by = exchange.worker.memories.recall(
            self._owner(), called_ids(translation.request)
        )
        translation.remind(memories)
        self._translation = translation

    def _client_codec(self) -> Codec | None:
        """The codec towards the client, in the wrapping that it wants."""
        codec, envelope = codec_of(self._spec.name), self._route.envelope
        if codec is None or envelope is None:
            return codec
        return wrapping_of(envelope).client_codec(codec)

    def _keep(self, memory: Memory) -> None:
        step = self._exchange.attempts.step
        assert step is not None
        self._exchange.worker.memories.keep(self._owner(), memory, step.endpoint.deployment.id)

    def _owner(self) -> tuple[str | None, str | None]:
        caller = self._exchange.caller
        return (None, None) if caller is None else (caller.project, caller.name)


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
