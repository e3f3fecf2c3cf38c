"""The wire APIs: bytes in, values out, and errors in each API's own shape.

Pure: no clocks, sockets, files. One folder for each dialect (`wire`, `request`, `response`,
`stream`), registered in `DIALECTS`; `_framing` is how bytes are cut, `routes` which path asks
for what, `model_list` how models are listed. See `spec` for what every dialect offers.

>>> spec_of("anthropic_messages").read_request(b'{"model": "claude"}').model
'claude'
"""

from typing import Final

from detente.canonical.model import Dialect
from detente.dialects import (
    anthropic_count_tokens,
    anthropic_messages,
    bedrock_converse,
    bedrock_count_tokens,
    bedrock_embeddings,
    cohere_chat,
    cohere_embeddings,
    gemini_count_tokens,
    gemini_embeddings,
    gemini_generate,
    oci_chat,
    ollama_chat,
    ollama_embeddings,
    openai_chat,
    openai_completions,
    openai_embeddings,
    openai_input_tokens,
    openai_responses,
)
from detente.dialects.codec import Codec
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.further_model_list import (
    cohere_model,
    cohere_models,
    model_to_show,
    ollama_model,
    ollama_models,
    ollama_version,
)
from detente.dialects.model_list import ListedModel, model_body, models_body
from detente.dialects.route import Route
from detente.dialects.routes import asked_by, match_route, methods_of
from detente.dialects.spec import RequestHead, Spec, StreamTap

DIALECTS: Final[tuple[Spec, ...]] = (
    openai_chat.SPEC,
    openai_responses.SPEC,
    openai_completions.SPEC,
    openai_embeddings.SPEC,
    openai_input_tokens.SPEC,
    anthropic_messages.SPEC,
    anthropic_count_tokens.SPEC,
    gemini_generate.SPEC,
    gemini_embeddings.SPEC,
    gemini_count_tokens.SPEC,
    bedrock_converse.SPEC,
    bedrock_embeddings.SPEC,
    bedrock_count_tokens.SPEC,
    cohere_chat.SPEC,
    cohere_embeddings.SPEC,
    ollama_chat.SPEC,
    ollama_embeddings.SPEC,
    oci_chat.SPEC,
)
"""Every dialect that a client can speak."""

CODECS: Final[tuple[Codec, ...]] = (
    openai_chat.CODEC,
    openai_responses.CODEC,
    anthropic_messages.CODEC,
    gemini_generate.CODEC,
    bedrock_converse.CODEC,
    cohere_chat.CODEC,
    ollama_chat.CODEC,
    openai_completions.CODEC,
    oci_chat.CODEC,
)
"""Those that translate into each other."""

EMBEDDING_CODECS: Final[tuple[EmbeddingCodec, ...]] = (
    openai_embeddings.CODEC,
    gemini_embeddings.CODEC,
    cohere_embeddings.CODEC,
    bedrock_embeddings.CODEC,
    ollama_embeddings.CODEC,
)
"""Those that do so for embeddings."""

COUNTING_CODECS: Final[tuple[CountingCodec, ...]] = (
    openai_input_tokens.CODEC,
    anthropic_count_tokens.CODEC,
    gemini_count_tokens.CODEC,
    bedrock_count_tokens.CODEC,
)
"""Those that do so for counting tokens."""

_BY_NAME: Final = {spec.name: spec for spec in DIALECTS}
_CODEC_BY_NAME: Final[dict[Dialect, Codec]] = {codec.name: codec for codec in CODECS}
_EMBEDDING_CODEC_BY_NAME: Final[dict[Dialect, EmbeddingCodec]] = {
    codec.name: codec for codec in EMBEDDING_CODECS
}
_COUNTING_CODEC_BY_NAME: Final[dict[Dialect, CountingCodec]] = {
    codec.name: codec for codec in COUNTING_CODECS
}


def spec_of(name: Dialect) -> Spec:
    """The dialect of that name."""
    return _BY_NAME[name]


def codec_of(name: Dialect) -> Codec | None:
    """The codec of that dialect, None where it is passed through only."""
    return _CODEC_BY_NAME.get(name)


def embedding_codec_of(name: Dialect) -> EmbeddingCodec | None:
    """The codec of that dialect of embeddings, None where it is none."""
    return _EMBEDDING_CODEC_BY_NAME.get(name)


def counting_codec_of(name: Dialect) -> CountingCodec | None:
    """The codec of that dialect of counting, None where it is none."""
    return _COUNTING_CODEC_BY_NAME.get(name)


def any_codec_of(name: Dialect) -> Codec | EmbeddingCodec | CountingCodec | None:
    """The codec of that dialect, of whatever kind; two of one kind translate into each other."""
    return codec_of(name) or embedding_codec_of(name) or counting_codec_of(name)


__all__ = [
    "CODECS",
    "COUNTING_CODECS",
    "DIALECTS",
    "EMBEDDING_CODECS",
    "ListedModel",
    "RequestHead",
    "Route",
    "Spec",
    "StreamTap",
    "any_codec_of",
    "asked_by",
    "codec_of",
    "cohere_model",
    "cohere_models",
    "counting_codec_of",
    "embedding_codec_of",
    "match_route",
    "methods_of",
    "model_body",
    "model_to_show",
    "models_body",
    "ollama_model",
    "ollama_models",
    "ollama_version",
    "spec_of",
]
