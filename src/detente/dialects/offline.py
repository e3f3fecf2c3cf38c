"""A body of one dialect in another one, without a gateway: what `detente translate` prints.

Nothing is sent, remembered or put in order of preference; what comes out is what the gateway would
send a provider or answer a client.

>>> seeded = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"seed":7}'
>>> done = translated(seeded, Way(source="openai_chat", target="anthropic_messages"))
>>> [str(loss) for loss in done.losses]
['seed']
"""

from typing import Literal

import msgspec

from detente.canonical.capability import UNKNOWN, Capabilities
from detente.canonical.failure import ClientFault, ProviderFault
from detente.canonical.loss import Loss
from detente.canonical.model import Dialect, Thoughts
from detente.dialects import codec_of, counting_codec_of, embedding_codec_of, spec_of
from detente.dialects._translation.blobs import laid_back, lifted
from detente.dialects.codec import Codec, Encoded, Reply, Target
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.counting_translation import CountingTranslation
from detente.dialects.embedding_codec import EmbeddingCodec, EmbeddingReply
from detente.dialects.embedding_translation import EmbeddingTranslation
from detente.dialects.translation import TranslatingTap, Translation

Kind = Literal["request", "answer", "stream"]


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """From which dialect into which, and what is known beside the body.

    `kind` is what the body is, `model` the upstream's name of the model, `capabilities` what it can
    do; `stream` whether the request's path asks for a stream, `api_version` which version of the
    target's API is wanted: None is the one in which the gateway asks, and for an answer the newest.
    `refused` and `thoughts` are the host's, as `codec.Target` has them.
    """

    source: Dialect
    target: Dialect
    kind: Kind = "request"
    model: str = "model"
    capabilities: Capabilities = UNKNOWN
    stream: bool | None = None
    api_version: str | None = None
    refused: frozenset[str] = frozenset()
    thoughts: Thoughts | None = None


class Translated(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes and what they do not say; `whole` is False for a stream that broke off."""

    body: bytes
    losses: tuple[Loss, ...]
    whole: bool = True


def translated(body: bytes, way: Way) -> Translated:
    """`body` in the target's dialect.

    Raises `ClientFault` where the two dialects do not meet or a request cannot be read, and
    `ProviderFault` where an answer cannot.
    """
    try:
        return _by_kind(body, way)
    except RecursionError:  # an answer that can just be read, and not be written
        raise ProviderFault("upstream_failed", "the body is nested too deeply") from None


def _by_kind(body: bytes, way: Way) -> Translated:
    source, target = codec_of(way.source), codec_of(way.target)
    if source is not None and target is not None:
        return _translated(body, way, source, target)
    embeds, embeds_too = embedding_codec_of(way.source), embedding_codec_of(way.target)
    counts, counts_too = counting_codec_of(way.source), counting_codec_of(way.target)
    if way.kind == "stream" and not (source or target):
        raise ClientFault("request_invalid", "embeddings and counts never stream; say `answer`")
    if embeds is not None and embeds_too is not None:
        return _embedded(body, way, embeds, embeds_too)
    if counts is not None and counts_too is not None:
        return _counted(body, way, counts, counts_too)
    raise _apart(way)


def _translated(body: bytes, way: Way, source: Codec, target: Codec) -> Translated:
    reply = Reply(api_version=way.api_version)
    if way.kind == "stream":
        tap = TranslatingTap(target, source, {}, reply)
        written = tap.feed(body) + tap.close()
        return Translated(body=written, losses=tap.losses, whole=tap.complete or tap.failed)
    if way.kind == "answer":
        small, blobs = lifted(body)
        encoded = target.encode_response(source.decode_response(small), reply)
        return Translated(body=laid_back(encoded.body, blobs), losses=encoded.losses)
    translation = Translation(source, body, model=way.model, stream=way.stream)
    out = translation.encoded_for(target, _target(way))
    return Translated(body=out.body, losses=out.losses)


def _embedded(body: bytes, way: Way, source: EmbeddingCodec, target: EmbeddingCodec) -> Translated:
    if way.kind == "answer":
        return _told(target.encode_response(source.decode_response(body), EmbeddingReply()))
    out = EmbeddingTranslation(source, body, model=way.model).encoded_for(target, _target(way))
    return Translated(body=out.body, losses=out.losses)


def _counted(body: bytes, way: Way, source: CountingCodec, target: CountingCodec) -> Translated:
    if way.kind == "answer":
        return _told(target.encode_response(source.decode_response(body)))
    out = CountingTranslation(source, body, model=way.model).encoded_for(target, _target(way))
    return Translated(body=out.body, losses=out.losses)


def _told(encoded: Encoded) -> Translated:
    return Translated(body=encoded.body, losses=encoded.losses)


def _target(way: Way) -> Target:
    version = way.api_version or spec_of(way.target).version
    return Target(
        model=way.model,
        api_version=version,
        capabilities=way.capabilities,
        refused=way.refused,
        thoughts=way.thoughts,
    )


def _apart(way: Way) -> ClientFault:
    return ClientFault(
        "request_invalid",
        f"`{way.source}` and `{way.target}` ask for different things: answers, embeddings or "
        "counts of tokens; name two of a kind",
    )
