"""One request in canonical form: as the client sent it, and in the forms that policies make of it.

Decoded when first asked for, each once, with what is remembered of the conversation. What an answer
repeats of the request is always what the client sent.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from detente.dialects import Route, Spec, any_codec_of, codec_of
from detente.dialects.codec import Codec, Reply
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.counting_translation import CountingOutgoing, CountingTranslation
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.embedding_translation import EmbeddingOutgoing, EmbeddingTranslation
from detente.dialects.envelope import wrapping_of
from detente.dialects.translation import Memory, Outgoing, Translation, called_ids
from detente.gateway.upstream.endpoint import Endpoint
from detente.guardrails.answer_guard import AnswerGuard
from detente.guardrails.forms import Form

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange

AnyTranslation = Translation | EmbeddingTranslation | CountingTranslation
AnyOutgoing = Outgoing | EmbeddingOutgoing | CountingOutgoing


class Translations:
    """See the module; `made_by` is the deployment that has the conversation's reasoning, None where
    none has, and as long as nothing was decoded.

    What is remembered was never looked at: under policies on content it goes back to the deployment
    that said it, and to no other.
    """

    def __init__(self, exchange: "Exchange", spec: Spec, route: Route) -> None:
        self.made_by: str | None = None
        self._exchange = exchange
        self._spec = spec
        self._route = route
        self._asked: AnyTranslation | None = None
        self._of_forms: list[tuple[Form, str | None, AnyTranslation]] = []
        self._sendable: list[tuple[AnyOutgoing, Form]] = []

    def asked(self) -> AnyTranslation:
        """The request as the client sent it; raises `ClientFault`."""
        if self._asked is None:
            self._asked = asked = self._decoded(self._exchange.request.body)
            memories, self.made_by = self._remembered(asked)
            if not isinstance(asked, EmbeddingTranslation):
                asked.remind(memories)
        return self._asked

    def of(self, form: Form, deployment: str) -> AnyTranslation:
        """One form of it, as `deployment` may have it; raises `ClientFault`."""
        translation = asked = self.asked()
        memories: Mapping[str, Memory] = {}
        if self.made_by is not None:
            memories, _ = self._remembered(asked, made_by=deployment)
        whose = deployment if memories else None
        for known, who, made in self._of_forms:
            if known is form and who == whose:
                return made
        if form.body is not self._exchange.request.body or self.made_by is not None:
            translation = self._decoded(form.body)
            if isinstance(translation, Translation):
                assert isinstance(asked, Translation)
                translation.asked = asked
            elif isinstance(translation, EmbeddingTranslation):
                assert isinstance(asked, EmbeddingTranslation)
                translation.asked = asked
            if not isinstance(translation, EmbeddingTranslation):
                translation.remind(memories)
        self._of_forms.append((form, whose, translation))
        return translation

    def may_send(self, outgoing: AnyOutgoing, form: Form) -> None:
        """`outgoing` is an encoding of `form`."""
        self._sendable.append((outgoing, form))

    def guards(self, outgoing: Outgoing) -> AnswerGuard | None:
        """Who guards the answer to `outgoing`, None where no policy does."""
        guard = self._exchange.guard
        if guard is None:
            return None
        form = next(form for known, form in self._sendable if known is outgoing)
        step = self._exchange.attempts.step
        assert step is not None
        return guard.guards(form, outgoing.request, step.endpoint.spec.name)

    def reply(self) -> Reply:
        """For whom the answer is."""
        exchange = self._exchange
        version = exchange.request.headers.get(b"anthropic-version")
        asked = self._asked
        return Reply(
            request=asked.request if isinstance(asked, Translation) else None,
            request_id=exchange.id,
            now_s=exchange.started_us // 1_000_000,
            api_version=None if version is None else version.decode("latin-1"),
        )

    def client_codec(self) -> Codec | None:
        """The codec towards the client, in the wrapping that it wants."""
        codec, envelope = codec_of(self._spec.name), self._route.envelope
        if codec is None or envelope is None:
            return codec
        return wrapping_of(envelope).client_codec(codec)

    def keep(self, memory: Memory) -> None:
        """Remember what the client cannot hand back."""
        step = self._exchange.attempts.step
        assert step is not None
        self._exchange.worker.memories.keep(self._owner(), memory, step.endpoint.deployment.id)

    def _decoded(self, body: bytes) -> AnyTranslation:
        """A body in canonical form, with nothing that is remembered of its conversation."""
        route = self._route
        model = route.path_model
        codec = self.client_codec() or any_codec_of(self._spec.name)
        assert codec is not None  # there is a way only where there is one
        if isinstance(codec, EmbeddingCodec):
            return EmbeddingTranslation(codec, body, model=model)
        if isinstance(codec, CountingCodec):
            return CountingTranslation(codec, body, model=model)
        return Translation(codec, body, model=model, stream=route.stream)

    def _remembered(
        self, asked: AnyTranslation, *, made_by: str | None = None
    ) -> tuple[Mapping[str, Memory], str | None]:
        """What is known of the conversation's calls (see `Memories.recall`)."""
        if isinstance(asked, EmbeddingTranslation):
            return {}, None
        memories = self._exchange.worker.memories
        return memories.recall(self._owner(), called_ids(asked.request), made_by=made_by)

    def _owner(self) -> tuple[str | None, str | None]:
        caller = self._exchange.caller
        return (None, None) if caller is None else (caller.project, caller.name)


def encoded_for(endpoint: Endpoint, translation: AnyTranslation, *, mixed: bool) -> AnyOutgoing:
    """The request for one upstream; `mixed` is whether other platforms may have said parts of it.

    Raises `ClientFault` for what is nested deeper than can be written.
    """
    if isinstance(translation, Translation):
        assert isinstance(endpoint.codec, Codec)
        target = msgspec.structs.replace(endpoint.target, mixed=mixed)
        return translation.encoded_for(endpoint.codec, target)
    if isinstance(translation, CountingTranslation):
        assert isinstance(endpoint.codec, CountingCodec)
        return translation.encoded_for(endpoint.codec, endpoint.target)
    assert isinstance(endpoint.codec, EmbeddingCodec)
    return translation.encoded_for(endpoint.codec, endpoint.target)
