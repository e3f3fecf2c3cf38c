"""Embeddings by Amazon Bedrock's InvokeModel: Titan's, Cohere's and Nova's bodies.

Unit vectors that depend on nothing but model and text, as in `embeddings`.

>>> answer(b'{"inputText": "hi"}', "amazon.titan-embed-text-v2:0")[1]
1
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from detente.simulator import tokens
from detente.simulator.dialects.embeddings import vector
from detente.simulator.exchange import JsonObject, Reply, decode_body, json_reply

DIMENSIONS: Final = 256
"""The fewest that Titan makes; a request may ask for others."""

TEXTS_MAX: Final = 96
"""Cohere takes no more at once."""


class TitanBody(msgspec.Struct, frozen=True, rename="camel"):
    """A text for Titan."""

    input_text: Annotated[str, Meta(min_length=1)]
    dimensions: Annotated[int, Meta(ge=1, le=1536)] = DIMENSIONS
    normalize: bool = True


class CohereBody(msgspec.Struct, frozen=True):
    """Texts for Cohere."""

    texts: Annotated[list[str], Meta(min_length=1, max_length=TEXTS_MAX)]
    input_type: Literal["search_document", "search_query", "classification", "clustering", "image"]
    truncate: Literal["NONE", "START", "END", "LEFT", "RIGHT"] = "NONE"
    embedding_types: list[str] | None = None
    output_dimension: Annotated[int, Meta(ge=1, le=1536)] | None = None


class NovaText(msgspec.Struct, frozen=True, rename="camel"):
    """A text for Nova."""

    value: str


class NovaParams(msgspec.Struct, frozen=True, rename="camel"):
    """What Nova shall embed, and what for."""

    embedding_purpose: str
    text: NovaText
    embedding_dimension: Annotated[int, Meta(ge=1, le=3072)] = DIMENSIONS


class NovaBody(msgspec.Struct, frozen=True, rename="camel"):
    """A text for Nova, in its envelope."""

    task_type: Literal["SINGLE_EMBEDDING"]
    single_embedding_params: NovaParams


def recognises(members: frozenset[str]) -> bool:
    """Whether a body with these members is to be embedded."""
    if "inputText" in members:
        return "textGenerationConfig" not in members
    return bool(members & {"texts", "input_type", "singleEmbeddingParams"})


def answer(body: bytes, model: str) -> tuple[Reply, int]:
    """The answer, and the input tokens; raises `RequestError` 400."""
    members = decode_body(body, dict[str, msgspec.Raw])
    if "inputText" in members:
        return _titan(decode_body(body, TitanBody), model)
    if "singleEmbeddingParams" in members:
        return _nova(decode_body(body, NovaBody), model)
    return _cohere(decode_body(body, CohereBody), model)


def _titan(read: TitanBody, model: str) -> tuple[Reply, int]:
    used = tokens.count(read.input_text)
    found = vector(model, read.input_text, read.dimensions)
    return json_reply({"embedding": found, "inputTextTokenCount": used}, metered=True), used


def _cohere(read: CohereBody, model: str) -> tuple[Reply, int]:
    wanted = read.output_dimension or DIMENSIONS
    vectors = [vector(model, text, wanted) for text in read.texts]
    by_type = bool(read.embedding_types) or "v4" in model
    value: JsonObject = {
        "id": "00000000-0000-4000-8000-000000000000",
        "response_type": "embeddings_by_type" if by_type else "embeddings_floats",
        "embeddings": {"float": vectors} if by_type else vectors,
        "texts": read.texts,
    }
    return json_reply(value, metered=True), sum(map(tokens.count, read.texts))


def _nova(read: NovaBody, model: str) -> tuple[Reply, int]:
    params = read.single_embedding_params
    found = vector(model, params.text.value, params.embedding_dimension)
    value = {"embeddings": [{"embeddingType": "TEXT", "embedding": found}]}
    return json_reply(value, metered=True), tokens.count(params.text.value)
