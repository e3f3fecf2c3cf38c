"""What in each dialect's requests is not content: tables, one file for each family of dialects.

Adding a dialect is a table, and a line here.
"""

from typing import Final

from detente.canonical.model import Dialect
from detente.guardrails.places import (
    anthropic,
    bedrock,
    cohere,
    gemini,
    oci,
    ollama,
    openai_chat,
    openai_responses,
    openai_texts,
)
from detente.guardrails.places.place import Shape

PLACES: Final[dict[Dialect, Shape]] = {
    "openai_chat": openai_chat.CHAT,
    "openai_responses": openai_responses.RESPONSES,
    "openai_completions": openai_texts.COMPLETIONS,
    "openai_embeddings": openai_texts.EMBEDDINGS,
    "openai_input_tokens": openai_responses.RESPONSES,
    "anthropic_messages": anthropic.MESSAGES,
    "anthropic_count_tokens": anthropic.MESSAGES,
    "gemini_generate": gemini.GENERATE,
    "gemini_embeddings": gemini.EMBEDDINGS,
    "gemini_count_tokens": gemini.COUNT,
    "bedrock_converse": bedrock.CONVERSE,
    "bedrock_embeddings": bedrock.EMBEDDINGS,
    "bedrock_count_tokens": bedrock.COUNT,
    "cohere_chat": cohere.CHAT,
    "cohere_embeddings": cohere.EMBED,
    "ollama_chat": ollama.CHAT,
    "ollama_embeddings": ollama.EMBED,
    "oci_chat": oci.CHAT,
}
"""The place of the whole body."""
