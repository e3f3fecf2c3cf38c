"""The translation lane for embeddings: as `translation`, without streams, tools and memory.

>>> from detente.dialects import embedding_codec_of
>>> codec = embedding_codec_of("openai_embeddings")
>>> translation = EmbeddingTranslation(codec, b'{"model":"m","input":"hi"}')
>>> translation.encoded_for(codec, Target(model="other")).losses
()
"""

import msgspec

from detente.canonical.embedding import EmbeddingRequest
from detente.canonical.loss import Loss
from detente.dialects.codec import ErrorText, Reply, Target
from detente.dialects.embedding_codec import EmbeddingCodec, EmbeddingReply
from detente.dialects.translation import Answer


class EmbeddingTranslation:
    """One request of a client, decoded; raises `ClientFault` where it cannot be.

    `asked` is the request that the answer may repeat, as in `Translation`.
    """

    __slots__ = ("asked", "client", "request")

    def __init__(self, client: EmbeddingCodec, body: bytes, *, model: str | None = None) -> None:
        self.client = client
        self.request: EmbeddingRequest = client.decode_request(body, model=model)
        self.asked: EmbeddingTranslation = self

    def encoded_for(self, upstream: EmbeddingCodec, target: Target) -> "EmbeddingOutgoing":
        """The request for one upstream; never raises."""
        if upstream.operation is not None:
            target = msgspec.structs.replace(target, api_version=upstream.operation)
        encoded = upstream.encode_request(self.request, target)
        return EmbeddingOutgoing(self, upstream, body=encoded.body, losses=encoded.losses)


class EmbeddingOutgoing:
    """A request as one upstream is sent it, and how to read the answer."""

    __slots__ = ("_client", "_is_form", "_request", "_upstream", "body", "losses")

    def __init__(
        self,
        translation: EmbeddingTranslation,
        upstream: EmbeddingCodec,
        *,
        body: bytes,
        losses: tuple[Loss, ...],
    ) -> None:
        self.body = body
        self.losses = losses
        self._request = translation.asked.request
        self._is_form = translation.asked is not translation
        self._client = translation.client
        self._upstream = upstream

    def answer(self, body: bytes, reply: Reply) -> Answer:
        """An answer for the client; raises `ProviderFault`."""
        response = self._upstream.decode_response(body)
        if self._is_form and response.texts:  # it repeats what it was sent, not what was asked
            response = msgspec.structs.replace(response, texts=())
        encoded = self._client.encode_response(
            response, EmbeddingReply(request=self._request, request_id=reply.request_id)
        )
        return Answer(body=encoded.body, usage=response.usage, losses=encoded.losses)

    def error(self, body: bytes) -> ErrorText | None:
        """What the upstream says in an error answer, None where it cannot be read."""
        return self._upstream.read_error(body)
