"""Ollama's chat and embeddings: what in them is not content.

From the types of the official client (ollama 0.6) and docs/api.md of ollama/ollama (read
2026-11-21).
"""

from typing import Final

from detente.guardrails.places.openai_chat import CALL, TOOL
from detente.guardrails.places.place import (
    IMAGE,
    MODEL,
    TEXTS,
    WORD,
    Shape,
    content,
    ids,
    shape,
    words,
)
from detente.guardrails.places.schema import SCHEMA

_OPTIONS: Final = shape(
    content("stop"),
    words(
        *("temperature", "top_p", "top_k", "min_p", "seed", "num_predict", "num_ctx", "num_gpu"),
        *("frequency_penalty", "presence_penalty", "repeat_penalty", "repeat_last_n", "num_keep"),
        *("mirostat", "mirostat_tau", "mirostat_eta", "penalize_newline", "num_batch", "numa"),
        *("main_gpu", "low_vram", "f16_kv", "use_mmap", "use_mlock", "num_thread", "typical_p"),
        *("tfs_z", "vocab_only", "logits_all", "embedding_only"),
    ),
)
CHAT: Final = shape(
    words("stream", "keep_alive", "think", "logprobs", "top_logprobs"),
    {
        "model": MODEL,
        "messages": shape(
            words("role", "tool_name"),
            ids("tool_call_id"),
            content("content", "thinking"),
            {"images": IMAGE, "tool_calls": CALL},
        ),
        "tools": TOOL,
        "format": Shape(members=SCHEMA.members, lone=WORD),
        "options": _OPTIONS,
    },
)
EMBED: Final = shape(
    words("truncate", "dimensions", "keep_alive"),
    {"model": MODEL, "input": TEXTS, "prompt": TEXTS, "options": _OPTIONS},
)
