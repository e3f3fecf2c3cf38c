"""The words of Ollama's chat, and what the pass-through lane reads of it.

The official client's types are the specification (ollama 0.6.3), with docs/api.md of ollama/ollama
for what it does not know (ids of calls); both read 21 November 2026.
"""

from typing import Final

import msgspec

from detente.canonical.model import Dialect
from detente.canonical.response import StopReason

NAME: Final[Dialect] = "ollama_chat"

REQUEST: Final = frozenset(
    (
        "model",
        "messages",
        "tools",
        "stream",
        "format",
        "options",
        "keep_alive",
        "think",
        "logprobs",
        "top_logprobs",
    )
)
MESSAGE: Final = frozenset(
    ("role", "content", "thinking", "images", "tool_name", "tool_call_id", "tool_calls")
)
SAMPLING: Final = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "seed": "seed",
    "num_predict": "max_output_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "stop": "stop",
}
"""Members of `options` with a canonical word."""

OTHER_OPTIONS: Final = frozenset(
    (
        "numa",
        "num_ctx",
        "num_batch",
        "num_gpu",
        "main_gpu",
        "low_vram",
        "f16_kv",
        "logits_all",
        "vocab_only",
        "use_mmap",
        "use_mlock",
        "embedding_only",
        "num_thread",
        "num_keep",
        "tfs_z",
        "typical_p",
        "repeat_last_n",
        "repeat_penalty",
        "mirostat",
        "mirostat_tau",
        "mirostat_eta",
        "penalize_newline",
    )
)
"""Members of `options` that only Ollama has."""

RESPONSE: Final = frozenset(
    (
        "model",
        "created_at",
        "message",
        "done",
        "done_reason",
        "logprobs",
        "total_duration",
        "load_duration",
        "prompt_eval_count",
        "prompt_eval_duration",
        "eval_count",
        "eval_duration",
    )
)
DURATIONS: Final = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
"""In nanoseconds."""

STOPS: Final[dict[str, StopReason]] = {"stop": "end", "length": "length"}
DONE_REASONS: Final[dict[StopReason, str]] = {
    "end": "stop",
    "tool_calls": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "context_window": "length",
}
"""All others end in `stop`, and are named as lost."""


class ChatOptions(msgspec.Struct, gc=False):
    """The bound that a client sets."""

    num_predict: int | float | None = None


class ChatRequest(msgspec.Struct, gc=False):
    """The head of a request."""

    model: str
    stream: bool | None = None
    tools: msgspec.Raw = msgspec.Raw()
    format: msgspec.Raw = msgspec.Raw()
    think: msgspec.Raw = msgspec.Raw()
    logprobs: msgspec.Raw = msgspec.Raw()
    options: msgspec.Raw = msgspec.Raw()


class ChatLine(msgspec.Struct, gc=False):
    """A whole answer, or a line of a stream."""

    done: bool | None = None
    error: msgspec.Raw = msgspec.Raw()
    prompt_eval_count: int | float | None = None
    eval_count: int | float | None = None
