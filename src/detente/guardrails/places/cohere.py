"""Cohere's chat and embeddings: what in them is not content.

From the types of the official client (cohere 7.3, read 2026-11-21).
"""

from typing import Final

from detente.guardrails.places.openai_chat import CALL, TOOL
from detente.guardrails.places.place import IMAGE, MODEL, Shape, content, ids, shape, words
from detente.guardrails.places.schema import SCHEMA

_SOURCE: Final = shape(words("type"), ids("id"), content("tool_output", "document"))
_CITED: Final = shape(
    words("start", "end", "content_index", "type"), content("text"), {"sources": _SOURCE}
)
_IMAGE: Final = shape(words("detail"), {"url": IMAGE}, lone=IMAGE)
PART: Final = Shape(
    members={
        **words("type"),
        **content("text", "thinking", "document"),
        "image_url": _IMAGE,
    },
    kinds=frozenset(("text", "thinking", "image_url", "document")),
)
CHAT: Final = shape(
    words(
        *("stream", "strict_tools", "max_tokens", "temperature", "seed", "frequency_penalty"),
        *("presence_penalty", "k", "p", "logprobs", "tool_choice", "safety_mode", "priority"),
    ),
    content("documents", "stop_sequences"),
    {
        "model": MODEL,
        "messages": shape(
            words("role"),
            ids("tool_call_id"),
            content("tool_plan"),
            {"content": PART, "tool_calls": CALL, "citations": _CITED},
        ),
        "tools": TOOL,
        "response_format": shape(words("type"), {"schema": SCHEMA, "json_schema": SCHEMA}),
        "citation_options": shape(words("mode")),
        "thinking": shape(words("type", "token_budget")),
    },
)
EMBED: Final = shape(
    words(
        "input_type", "max_tokens", "output_dimension", "embedding_types", "truncate", "priority"
    ),
    content("texts"),
    {"model": MODEL, "images": IMAGE, "inputs": shape({"content": PART})},
)
