"""For each feature that some dialect of embeddings lacks: a request, or an answer, that needs it.

As `samples`, for embedding models.
"""

from typing import Final

from detente.canonical.content import Part, Text
from detente.canonical.embedding import (
    EmbeddingInput,
    EmbeddingRequest,
    EmbeddingResponse,
    Quantized,
    Vector,
)
from detente.canonical.extras import Extras
from detente.canonical.request import Option
from detente.dialects._translation.samples import IMAGE


def _says(*parts: Part) -> tuple[EmbeddingInput, ...]:
    return (EmbeddingInput(parts=parts),)


_HELLO: Final = _says(Text(text="Hello"))

EMBEDDING_REQUESTS: Final[dict[str, EmbeddingRequest]] = {
    "embedding_batch": EmbeddingRequest(model="m", inputs=(*_HELLO, *_says(Text(text="Bye")))),
    "embedding_dimensions": EmbeddingRequest(model="m", inputs=_HELLO, dimensions=256),
    "embedding_parts": EmbeddingRequest(
        model="m", inputs=_says(Text(text="Hello"), Text(text="there"))
    ),
    "embedding_quantization": EmbeddingRequest(
        model="m", inputs=_HELLO, floats=False, quantizations=("int8",)
    ),
    "embedding_task": EmbeddingRequest(model="m", inputs=_HELLO, task="query"),
    "embedding_title": EmbeddingRequest(model="m", inputs=_HELLO, task="document", title="page"),
    "embedding_tokens": EmbeddingRequest(model="m", inputs=(EmbeddingInput(tokens=(9906, 1917)),)),
    "embedding_truncation": EmbeddingRequest(model="m", inputs=_HELLO, truncate="end"),
    "image": EmbeddingRequest(model="m", inputs=_says(IMAGE)),
    "native_option": EmbeddingRequest(
        model="m",
        inputs=_HELLO,
        options=(Option(dialect="ollama_embeddings", name="keep_alive", value="5m"),),
    ),
    "unknown_member": EmbeddingRequest(
        model="m",
        inputs=_HELLO,
        extras=Extras(dialect="openai_embeddings", members={"brand_new": 1}),
    ),
    "user": EmbeddingRequest(model="m", inputs=_HELLO, user="u-1"),
}
"""Requests by the feature that they need."""

EMBEDDING_RESPONSES: Final[dict[str, EmbeddingResponse]] = {
    "embedding_quantization": EmbeddingResponse(
        vectors=(),
        model="m",
        quantized=(Quantized(kind="int8", vectors=((1, -2),)),),
    ),
    "unknown_member": EmbeddingResponse(
        vectors=(Vector(values=(0.5, -0.5)),),
        model="m",
        extras=Extras(dialect="openai_embeddings", members={"brand_new": 1}),
    ),
}
"""Answers by the feature that they need."""
