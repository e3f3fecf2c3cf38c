"""A body of one dialect in another one, without a gateway: what `detente translate` prints.

Nothing is sent, remembered or put in order of preference; what comes out is what the gateway would
send a provider or answer a client.

>>> seeded = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"seed":7}'
>>> done = translated(seeded, Way(source="openai_chat", target="anthropic_messages"))
>>> [str(loss) for loss in done.losses]
['seed']
"""

from typing import Final, Literal

import msgspec

from detente.canonical.capability import UNKNOWN, Capabilities
from detente.canonical.failure import ClientFault
from detente.canonical.loss import Loss
from detente.canonical.model import Dialect
from detente.dialects import CODECS, EMBEDDING_CODECS, codec_of, embedding_codec_of
from detente.dialects._translation.blobs import laid_back, lifted
from detente.dialects.codec import Codec, Reply, Target
from detente.dialects.embedding_codec import EmbeddingCodec, EmbeddingReply
from detente.dialects.embedding_translation import EmbeddingTranslation
from detente.dialects.translation import TranslatingTap, Translation

Kind = Literal["request", "answer", "stream"]

TRANSLATED: Final = tuple(codec.name for codec in (*CODECS, *EMBEDDING_CODECS))
"""Every dialect that has a codec."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """From which dialect into which, and what is known beside the body.

    `kind` is what the body is, `model` the upstream's name of the model, `capabilities` what it can
    do; `stream` whether the request's path asks for a stream, `api_version` which version of the
    target's API is wanted (None is the newest).
    """

    source: Dialect
    target: Dialect
    kind: Kind = "request"
    model: str = "model"
    capabilities: Capabilities = UNKNOWN
    stream: bool | None = None
    api_version: str | None = None


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
    source, target = codec_of(way.source), codec_of(way.target)
    if source is not None and target is not None:
        return _translated(body, way, source, target)
    embeds, embeds_too = embedding_codec_of(way.source), embedding_codec_of(way.target)
    if embeds is not None and embeds_too is not None:
        return _embedded(body, way, embeds, embeds_too)
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
    if way.kind == "stream":
        raise ClientFault("request_invalid", "embeddings are never streamed; say `answer`")
    if way.kind == "answer":
        encoded = target.encode_response(source.decode_response(body), EmbeddingReply())
        return Translated(body=encoded.body, losses=encoded.losses)
    out = EmbeddingTranslation(source, body, model=way.model).encoded_for(target, _target(way))
    return Translated(body=out.body, losses=out.losses)


def _target(way: Way) -> Target:
    return Target(model=way.model, api_version=way.api_version, capabilities=way.capabilities)


def _apart(way: Way) -> ClientFault:
    """Why nothing leads from one dialect to the other."""
    for name in (way.source, way.target):
        if name not in TRANSLATED:
            return ClientFault(
                "request_invalid",
                f"`{name}` is passed on as it is, and never translated; choose from "
                + ", ".join(f"`{one}`" for one in TRANSLATED),
            )
    embeds = way.source if embedding_codec_of(way.source) is not None else way.target
    other = way.target if embeds == way.source else way.source
    return ClientFault(
        "request_invalid", f"`{embeds}` is for embeddings and `{other}` is not; name two of a kind"
    )
