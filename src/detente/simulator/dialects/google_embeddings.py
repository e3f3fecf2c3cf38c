"""Embeddings as Google's platforms answer them: one, a batch, and Vertex AI's `predict`.

Unit vectors that depend on nothing but model and text, as in `embeddings`.

>>> len(embed(b'{"content": {"parts": [{"text": "hi"}]}}', "m").body) > 100
True
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from detente.simulator import tokens
from detente.simulator.dialects.embeddings import DIMENSIONS, vector
from detente.simulator.dialects.generate_request import read_body
from detente.simulator.dialects.generate_wire import Content, Strict
from detente.simulator.exchange import JsonObject, Reply, RequestError, json_reply

BATCH_MAX = 100
"""Google takes no more at once."""

Dimensions = Annotated[int, Meta(ge=1, le=4096)]


class EmbedConfig(Strict, frozen=True, kw_only=True):
    """Settings, as Vertex AI takes them in a member of their own."""

    task_type: str | None = None
    title: str | None = None
    output_dimensionality: Dimensions | None = None
    auto_truncate: bool | None = None
    document_ocr: bool | None = None
    audio_track_extraction: bool | None = None
    mime_type: str | None = None


class EmbedBody(Strict, frozen=True, kw_only=True):
    """One text to embed."""

    content: Content | None = None
    model: str | None = None
    task_type: str | None = None
    title: str | None = None
    output_dimensionality: Dimensions | None = None
    auto_truncate: bool | None = None
    embed_content_config: EmbedConfig | None = None


class BatchBody(Strict, frozen=True, kw_only=True):
    """Several texts to embed."""

    requests: list[EmbedBody] | None = None


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    """One text, as `predict` takes it."""

    content: str
    task_type: str | None = None
    title: str | None = None


class Parameters(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Settings of `predict`."""

    output_dimensionality: Dimensions | None = None
    auto_truncate: bool | None = None


class PredictBody(msgspec.Struct, frozen=True, kw_only=True):
    """Texts, as `predict` takes them."""

    instances: list[Instance]
    parameters: Parameters | None = None


def embed(body: bytes, model: str) -> Reply:
    """The answer to `embedContent`; raises `RequestError` 400."""
    read = read_body(body, EmbedBody)
    text = _text(read, "EmbedContentRequest")
    used = tokens.count(text)
    return json_reply(
        {"embedding": {"values": _values(read, model, text)}, **_usage(used)}, metered=True
    )


def embed_batch(body: bytes, model: str) -> Reply:
    """The answer to `batchEmbedContents`; raises `RequestError` 400."""
    read = read_body(body, BatchBody)
    if not read.requests:
        raise RequestError(400, "* BatchEmbedContentsRequest.requests: requests is not specified")
    if len(read.requests) > BATCH_MAX:
        raise RequestError(
            400,
            f"* BatchEmbedContentsRequest.requests: at most {BATCH_MAX} requests can be in one "
            "batch",
        )
    found: list[JsonObject] = []
    used = 0
    for number, request in enumerate(read.requests):
        where = f"BatchEmbedContentsRequest.requests[{number}]"
        if request.model != f"models/{model}":
            raise RequestError(
                400, f"* {where}.model: model in the request must match the one in the URL."
            )
        text = _text(request, where)
        used += tokens.count(text)
        found.append({"values": _values(request, model, text)})
    return json_reply({"embeddings": found, **_usage(used)}, metered=True)


class PublishedBody(Strict, frozen=True, kw_only=True):
    """One text to embed on Vertex AI: the path names the model."""

    content: Content | None = None
    embed_content_config: EmbedConfig | None = None


class PublishedBatch(Strict, frozen=True, kw_only=True):
    """Several of them."""

    requests: list[PublishedBody] | None = None


def embed_published(body: bytes, model: str) -> Reply:
    """The answer to Vertex AI's `embedContent`; raises `RequestError` 400."""
    read = read_body(body, PublishedBody)
    values, used = _published(read, model)
    return json_reply({"embedding": {"values": values}, **_usage(used)}, metered=True)


def embed_published_batch(body: bytes, model: str) -> Reply:
    """The answer to Vertex AI's `batchEmbedContents`; raises `RequestError` 400."""
    read = read_body(body, PublishedBatch)
    if not read.requests:
        raise RequestError(400, "requests is not specified")
    found: list[JsonObject] = []
    total = 0
    for request in read.requests:
        values, used = _published(request, model)
        total += used
        statistics = {"token_count": used, "truncated": False}
        found.append({"values": values, "statistics": statistics})
    return json_reply({"embeddings": found, **_usage(total)}, metered=True)


def _published(read: PublishedBody, model: str) -> tuple[list[float], int]:
    one = EmbedBody(content=read.content, embed_content_config=read.embed_content_config)
    text = _text(one, "EmbedContentRequest")
    return _values(one, model, text), tokens.count(text)


def predict(body: bytes, model: str) -> Reply:
    """The answer to Vertex AI's `predict`; raises `RequestError` 400."""
    try:
        read = msgspec.json.decode(body.decode(), type=PredictBody)
    except (ValueError, RecursionError):
        raise RequestError(400, "Invalid instances format for predict request.") from None
    dimensions = (read.parameters and read.parameters.output_dimensionality) or DIMENSIONS
    texts = [instance.content for instance in read.instances]
    characters = sum(len("".join(text.split())) for text in texts)
    return json_reply(
        {
            "predictions": [_prediction(model, text, dimensions) for text in texts],
            "metadata": {"billableCharacterCount": characters},
        },
        metered=True,
    )


def _prediction(model: str, text: str, dimensions: int) -> JsonObject:
    statistics = {"token_count": tokens.count(text), "truncated": False}
    values = vector(model, text, dimensions)
    return {"embeddings": {"statistics": statistics, "values": values}}


def _text(read: EmbedBody, where: str) -> str:
    parts = read.content.parts if read.content else None
    if not parts:
        raise RequestError(400, f"* {where}.content: content is not specified")
    return "".join(part.text or "" for part in parts)


def _values(read: EmbedBody, model: str, text: str) -> list[float]:
    config = read.embed_content_config or EmbedConfig()
    wanted = read.output_dimensionality or config.output_dimensionality or DIMENSIONS
    return vector(model, text, wanted)


def _usage(used: int) -> JsonObject:
    details = [{"modality": "TEXT", "tokenCount": used}]
    return {"usageMetadata": {"promptTokenCount": used, "promptTokenDetails": details}}
