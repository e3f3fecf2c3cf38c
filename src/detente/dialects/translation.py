"""The translation lane: a client's request for an upstream of another dialect, and the answer back.

A `Translation` holds the request, decoded once; `encoded_for` makes an `Outgoing` for one upstream,
which then reads that upstream's answer, whole (`answer`) or streamed (`tap`). Pure: the gateway
sends, waits and remembers.

>>> from detente.dialects import codec_of
>>> asked = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"seed":7}'
>>> translation = Translation(codec_of("openai_chat"), asked)
>>> out = translation.encoded_for(codec_of("anthropic_messages"), Target(model="claude"))
>>> [str(loss) for loss in out.losses]
['seed']
"""

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from detente.canonical.events import Delta, Ended, Event, Failed, Pinged, Started, UsageReported
from detente.canonical.failure import ClientFault, Failure, ProviderFault
from detente.canonical.loss import Loss
from detente.canonical.response import Response
from detente.canonical.usage import Usage, in_tier
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.state import carries_foreign
from detente.dialects._translation.blobs import NO_BLOBS, Blobs, laid_back, lifted
from detente.dialects._translation.fitting import fitted
from detente.dialects._translation.memory import (
    Memory,
    Watcher,
    called_ids,
    laid_back_in,
    memory_of,
    reminded,
)
from detente.dialects._translation.names import (
    Names,
    events_named_back,
    renamed,
    response_named_back,
)
from detente.dialects._translation.whole import events_of
from detente.dialects.codec import Codec, ErrorText, Reply, Target
from detente.dialects.spec import EVENT_BYTES_MAX

TOO_DEEP: Final = "the body is nested too deeply; flatten it"
FAILED: Final = "the provider failed in the middle of its answer; try again"
SAYS_NOTHING: Final = "the provider's answer says nothing; try another deployment"
UNASKED: Final = "the provider streams what was asked for as a whole; try another deployment"
MESSAGE_CHARACTERS_MAX: Final = 1_000
"""Of a provider's own words in an error."""


class AnswerGuard(Protocol):
    """Who looks at an answer in canonical form, before it is written for the client."""

    def response(self, response: Response) -> Response:
        """The answer as the client may have it; raises a `Fault` where it may not."""
        ...

    def events(self, events: list[Event]) -> list[Event]:
        """What of a stream may go now that `events` are there; some may wait."""
        ...

    def due(self) -> list[Event]:
        """What has waited long enough."""
        ...

    def close(self) -> list[Event]:
        """What waited when the stream was over."""
        ...

    def cut(self) -> list[Event]:
        """What waited when the stream broke off, and may go."""
        ...


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in the client's dialect; `memory` is what the client cannot hand back."""

    body: bytes
    usage: Usage | None
    losses: tuple[Loss, ...] = ()
    memory: Memory | None = None


class Translation:
    """One request of a client, decoded; raises `ClientFault` where it cannot be.

    `asked` is the request that the answer may repeat: another one where this is a form of it that
    has other texts.
    """

    __slots__ = ("_blobs", "asked", "client", "request")

    def __init__(
        self, client: Codec, body: bytes, *, model: str | None = None, stream: bool | None = None
    ) -> None:
        small, self._blobs = lifted(body)
        self.client = client
        self.request = client.decode_request(small, model=model, stream=stream)
        self.asked: Translation = self

    def remind(self, memories: Mapping[str, Memory]) -> None:
        """Put back what is remembered of the conversation's calls, by their ids."""
        self.request = reminded(self.request, memories)

    def encoded_for(self, upstream: Codec, target: Target) -> "Outgoing":
        """The request for one upstream: what it cannot carry is among the losses.

        Raises `ClientFault` only for a body that is nested deeper than can be written.
        """
        losses = Losses()
        request = self.request
        if (
            request.stream and not request.asks_usage
        ):  # the ledger wants it where the client does not
            request = msgspec.structs.replace(request, asks_usage=True)
        request = fitted(request, target.capabilities, losses)
        request, names = renamed(
            request, tool_names=upstream.tool_names, call_ids=upstream.call_ids
        )
        try:
            encoded = upstream.encode_request(request, target)
        except RecursionError:
            raise ClientFault("request_invalid", TOO_DEEP) from None
        return Outgoing(
            self,
            upstream,
            body=laid_back(encoded.body, self._blobs),
            losses=(*losses.found, *encoded.losses),
            names=names,
        )

    @property
    def blobs(self) -> Blobs:
        """The large strings of the request, which its decoded form has markers for."""
        return self._blobs


class Outgoing:
    """A request as one upstream is sent it, and how to read the answer."""

    __slots__ = ("_blobs", "_client", "_names", "_upstream", "body", "losses", "request")

    def __init__(
        self,
        translation: Translation,
        upstream: Codec,
        *,
        body: bytes,
        losses: tuple[Loss, ...],
        names: Names,
    ) -> None:
        self.body = body
        self.losses = losses
        self.request = translation.request
        self._blobs = translation.asked.blobs
        self._client = translation.client
        self._upstream = upstream
        self._names = names

    def answer(self, body: bytes, reply: Reply, guard: AnswerGuard | None = None) -> Answer:
        """A whole answer for the client; raises `ProviderFault`, and what `guard` raises."""
        try:
            return self._answer(body, reply, guard)
        except RecursionError:
            raise ProviderFault("upstream_failed", "the answer is nested too deeply") from None

    def _answer(self, body: bytes, reply: Reply, guard: AnswerGuard | None) -> Answer:
        # a stream may be framed by lengths and checksums: nothing can be laid back into it
        small, blobs = (body, NO_BLOBS) if self.request.stream else lifted(body)
        response = self._upstream.decode_response(small, id_prefix=f"call_{reply.request_id}")
        said = response.filters or any(choice.parts for choice in response.choices)
        if not said and response.usage is None:
            raise ProviderFault("upstream_failed", SAYS_NOTHING)
        _check_ended(response)
        if self._names:
            response = response_named_back(response, self._names)
        if not response.model:  # the platform does not repeat it, and the client's would
            response = msgspec.structs.replace(response, model=self.request.model)
        memory = laid_back_in(memory_of(response), blobs)
        if guard is not None:
            response = guard.response(response)
        if self.request.stream:  # a provider that does not stream after all
            encoder = self._client.stream_encoder(reply)
            written = encoder.feed(events_of(response))
            losses = tuple(encoder.losses)
        else:
            encoded = self._client.encode_response(response, reply)
            written, losses = encoded.body, encoded.losses
        return Answer(
            body=laid_back(laid_back(written, blobs), self._blobs),  # some repeat the request
            usage=response.usage and in_tier(response.usage, response.service_tier),
            losses=_unremembered(losses, memory),
            memory=memory,
        )

    def tap(
        self,
        reply: Reply,
        *,
        event_bytes_max: int = EVENT_BYTES_MAX,
        guard: AnswerGuard | None = None,
    ) -> "TranslatingTap":
        """A fresh tap for a streamed answer; raises `ProviderFault` where none was asked for."""
        if not self.request.stream:
            raise ProviderFault("upstream_failed", UNASKED)
        return TranslatingTap(
            self._client,
            self._upstream,
            self._names,
            reply,
            blobs=self._blobs,
            event_bytes_max=event_bytes_max,
            guard=guard,
        )

    def error(self, body: bytes) -> ErrorText | None:
        """What the upstream says in an error answer, None where it cannot be read."""
        return self._upstream.read_error(body)


class TranslatingTap:
    """See `StreamTap`: the pieces of the upstream's stream in, the client's stream out."""

    __slots__ = (
        "_blobs",
        "_decoder",
        "_deltas",
        "_encoder",
        "_guard",
        "_model",
        "_names",
        "_said",
        "_started",
        "_tier",
        "_watcher",
        "complete",
        "failed",
        "usage",
    )

    def __init__(
        self,
        client: Codec,
        upstream: Codec,
        names: Names,
        reply: Reply,
        *,
        blobs: Blobs = NO_BLOBS,
        event_bytes_max: int = EVENT_BYTES_MAX,
        guard: AnswerGuard | None = None,
    ) -> None:
        self._blobs = blobs
        self._guard = guard
        self.usage: Usage | None = None
        self.complete = False
        self.failed = False
        self._model = "" if reply.request is None else reply.request.model
        self._names = names
        self._started = False
        self._tier: str | None = None
        self._said = False
        self._deltas = 0
        self._watcher = Watcher()
        self._decoder = upstream.stream_decoder(
            id_prefix=f"call_{reply.request_id}", event_bytes_max=event_bytes_max
        )
        self._encoder = client.stream_encoder(reply)

    def feed(self, piece: bytes) -> bytes:
        """What the client is to be sent now; raises `ProviderFault`."""
        return self._pass(self._decoder.feed(piece))

    def due(self) -> bytes:
        """What the client is to be sent of what was held to be looked at."""
        return b"" if self._guard is None else self.written(self._guard.due())

    def close(self) -> bytes:
        """The upstream's stream has ended; `complete` says whether by its own end."""
        rest = self._pass(self._decoder.close())
        return rest if self._guard is None else rest + self.written(self._guard.close())

    def fail(self, failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
        """The end of a stream that broke off, as the client's dialect says it."""
        waited = b"" if self._guard is None else self.written(self._guard.cut())
        return waited + self._encoder.fail(failure, request_id=request_id, decision_id=decision_id)

    def output_tokens_seen(self) -> int:
        """The number of deltas: platforms send about one token in each."""
        return self._deltas

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What of the stream so far could not be carried."""
        return _unremembered(tuple(self._encoder.losses), self.memory)

    @property
    def memory(self) -> Memory | None:
        """What the client cannot hand back."""
        return self._watcher.memory()

    def _named(self, events: list[Event]) -> list[Event]:
        """The first events, with the client's own name of the model where the platform has none."""
        named: list[Event] = []
        for event in events:
            if isinstance(event, Started):
                self._started = True
                self._tier = event.service_tier
                if not event.model:
                    named.append(msgspec.structs.replace(event, model=self._model))
                    continue
            named.append(event)
        return named

    def _pass(self, events: list[Event]) -> bytes:
        if not events:
            return b""
        if self._names:
            events = events_named_back(events, self._names)
        if not self._started:
            events = self._named(events)
        for event in events:
            if isinstance(event, Delta):
                self._deltas += 1
                if event.kind != "text":
                    self._watcher.watch(event)
            else:
                self._note(event)
        if self._guard is not None:
            events = self._guard.events(events)
        return self.written(events)

    def written(self, events: list[Event]) -> bytes:
        """What the client is sent of these events, whoever made them."""
        return laid_back(self._encoder.feed(events), self._blobs) if events else b""

    def _note(self, event: Event) -> None:
        """Take note of what is no delta."""
        if isinstance(event, UsageReported):
            self.usage = in_tier(event.usage, event.service_tier or self._tier)
        elif isinstance(event, Ended):
            if not (self._deltas or self._said or self.usage):
                raise ProviderFault("upstream_failed", SAYS_NOTHING)
            self.complete = True
        elif isinstance(event, Failed):
            self.failed = True
        else:
            self._said |= not isinstance(event, (Started, Pinged))
            self._watcher.watch(event)


def _check_ended(response: Response) -> None:
    """Raises `ProviderFault` where a whole answer says that it failed."""
    if response.choices and all(choice.stop == "error" for choice in response.choices):
        told = response.choices[0].stop_detail
        said = f"the provider failed in the middle of its answer: {told}" if told else FAILED
        raise ProviderFault("upstream_failed", said[:MESSAGE_CHARACTERS_MAX])


def _unremembered(losses: tuple[Loss, ...], memory: Memory | None) -> tuple[Loss, ...]:
    """`losses` without the state that the gateway keeps for the client."""
    if memory is None or not losses:
        return losses
    return tuple(loss for loss in losses if loss.what != "reasoning_state")


__all__ = [
    "Answer",
    "AnswerGuard",
    "Memory",
    "Outgoing",
    "TranslatingTap",
    "Translation",
    "called_ids",
    "carries_foreign",
]
