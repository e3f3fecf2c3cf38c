"""What the official clients make of answers that are encoded for them."""

import cohere
import ollama
import pytest
from cohere.core.unchecked_base_model import construct_type
from google.genai import models as google_models
from google.genai import types as google_types
from openai.types import CreateEmbeddingResponse

from detente.canonical.content import Text
from detente.canonical.embedding import (
    EmbeddingInput,
    EmbeddingRequest,
    EmbeddingResponse,
    Vector,
)
from detente.canonical.usage import Usage
from detente.dialects import (
    cohere_embeddings,
    gemini_embeddings,
    ollama_embeddings,
    openai_embeddings,
)
from detente.dialects._codec.fields import read_object
from detente.dialects.embedding_codec import EmbeddingReply

ANSWER = EmbeddingResponse(
    vectors=(Vector(values=(0.5, -0.25)), Vector(packed="AACAPwAAAL8=")),
    usage=Usage(uncached_input_tokens=7),
)
REPLY = EmbeddingReply(
    request=EmbeddingRequest(
        model="asked",
        inputs=tuple(EmbeddingInput(parts=(Text(text=text),)) for text in ("a", "b")),
    )
)


def test_openai() -> None:
    body = openai_embeddings.CODEC.encode_response(ANSWER, REPLY).body
    read = CreateEmbeddingResponse.model_validate_json(body, strict=True)
    assert [one.embedding for one in read.data] == [[0.5, -0.25], [1.0, -0.5]]
    assert (read.model, read.usage.prompt_tokens, read.usage.total_tokens) == ("asked", 7, 7)


def test_google() -> None:
    body = gemini_embeddings.CODEC.encode_response(ANSWER, REPLY).body
    shaped = google_models._EmbedContentResponse_from_mldev(read_object(body))  # pyright: ignore[reportPrivateUsage] - how the client reads it
    read = google_types.EmbedContentResponse.model_validate(shaped)
    assert [one.values for one in read.embeddings or ()] == [[0.5, -0.25], [1.0, -0.5]]
    assert read.usage_metadata is not None
    assert read.usage_metadata.prompt_token_count == 7


@pytest.mark.parametrize("operation", ["PREDICT", "EMBED_CONTENT"])
def test_google_on_vertex(operation: str) -> None:
    asked = {
        "PREDICT": b'{"instances": [{"content": "a"}]}',
        "EMBED_CONTENT": b'{"content": {"parts": [{"text": "a"}]}}',
    }[operation]
    request = gemini_embeddings.CODEC.decode_request(asked, model="m")
    answer = EmbeddingResponse(vectors=ANSWER.vectors[:1], usage=ANSWER.usage)
    body = gemini_embeddings.CODEC.encode_response(answer, EmbeddingReply(request=request)).body
    shaped = google_models._EmbedContentResponse_from_vertex(  # pyright: ignore[reportPrivateUsage] - how the client reads it
        read_object(body), None, {"embedding_api_type": operation}
    )
    read = google_types.EmbedContentResponse.model_validate(shaped)
    assert read.embeddings is not None
    (only,) = read.embeddings
    assert only.values == [0.5, -0.25]
    assert only.statistics is not None
    assert only.statistics.token_count == 7


def test_cohere() -> None:
    body = cohere_embeddings.CODEC.encode_response(ANSWER, REPLY).body
    read = construct_type(type_=cohere.EmbedByTypeResponse, object_=read_object(body))
    assert isinstance(read, cohere.EmbedByTypeResponse)
    assert read.embeddings.float_ == [[0.5, -0.25], [1.0, -0.5]]
    assert read.meta is not None
    assert read.meta.billed_units is not None
    assert read.meta.billed_units.input_tokens == 7
    assert read.texts == ["a", "b"]


def test_ollama() -> None:
    body = ollama_embeddings.CODEC.encode_response(ANSWER, REPLY).body
    read = ollama.EmbedResponse.model_validate_json(body)
    assert [list(one) for one in read.embeddings] == [[0.5, -0.25], [1.0, -0.5]]
    assert (read.model, read.prompt_eval_count) == ("asked", 7)
