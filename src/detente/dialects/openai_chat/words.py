"""The words of chat completions: members that the codec knows, and values that stand for others.

Known is what OpenAI's own SDK has a type for (openai 3.54), what Mistral's has where that means the
same or must not get lost (mistralai 3.7.0, read 2026-11-22), and what compatible hosts agree on;
every other member travels as an unknown one. No logic.
"""

import re
from typing import Final

from detente.canonical.content import MediaKind
from detente.canonical.loss import Severity
from detente.canonical.model import Dialect
from detente.canonical.response import StopReason

CHAT: Final[Dialect] = "openai_chat"
GEMINI: Final[Dialect] = "gemini_generate"

TOOL_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")

ID_PREFIX: Final = "chatcmpl-"

REQUEST: Final = frozenset((
    "audio", "frequency_penalty", "function_call", "functions", "guardrails", "logit_bias",
    "logprobs", "max_completion_tokens", "max_tokens", "messages", "metadata", "modalities",
    "model", "moderation", "n", "parallel_tool_calls", "prediction", "presence_penalty",
    "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "prompt_mode",
    "random_seed", "reasoning", "reasoning_effort", "response_format", "safe_prompt",
    "safety_identifier", "seed", "service_tier", "stop", "store", "stream", "stream_options",
    "temperature", "thinking", "tool_choice", "tools", "top_k", "top_logprobs", "top_p", "user",
    "verbosity", "web_search_options",
))  # fmt: skip

OPTIONS: Final[dict[str, Severity]] = {
    "guardrails": "refuse",
    "logit_bias": "drop",
    "moderation": "refuse",
    "prediction": "drop",
    "prompt_cache_options": "drop",
    "prompt_cache_retention": "drop",
    "prompt_mode": "drop",
    "safe_prompt": "refuse",
    "web_search_options": "refuse",
}
"""Members that only chat has, with what losing them means: moderation is a safety setting, as are
Mistral's guardrails and prompt, and a search is part of what is asked; the others change speed,
price or chance. One that is false or empty asks for nothing."""

MESSAGE: Final = frozenset(("role", "content", "name"))
ANSWER: Final = frozenset((
    "role", "content", "name", "refusal", "tool_calls", "function_call", "audio", "annotations",
    "reasoning_content", "reasoning", "reasoning_details", "extra_content", "thought_signature",
))  # fmt: skip
TOOL_MESSAGE: Final = frozenset(("role", "content", "name", "tool_call_id"))

TEXT_PART: Final = frozenset(("type", "text"))
REFUSAL_PART: Final = frozenset(("type", "refusal"))
AUDIO_PART: Final = frozenset(("type", "input_audio"))
FILE: Final = frozenset(("file_data", "file_id", "filename"))
FILE_PART: Final = frozenset(("type", "file"))

LINKED_PARTS: Final[dict[str, MediaKind]] = {
    "image_url": "image",
    "video_url": "video",
    "audio_url": "audio",
    "document_url": "document",
    "input_audio": "audio",
}
"""Parts that hold a URL; all but the first are of compatible hosts, the last is Mistral's sound."""

AUDIO_FORMATS: Final = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}
AUDIO_TYPES: Final = {"wav": "audio/wav", "mp3": "audio/mpeg"}

EFFORTS: Final = frozenset(("none", "minimal", "low", "medium", "high", "xhigh", "max"))
SERVICE_TIERS: Final = frozenset(("auto", "default", "flex", "scale", "priority", "fast"))

RESPONSE: Final = frozenset((
    "id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint",
    "prompt_filter_results", "moderation", "metadata",
))  # fmt: skip
CHOICE: Final = frozenset((
    "index", "message", "finish_reason", "logprobs", "content_filter_results", "stop_reason",
))  # fmt: skip

STOPS: Final[dict[str, StopReason]] = {
    "stop": "end",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "eos": "end",
    "model_length": "context_window",
    "error": "error",
}
"""What ends an answer: OpenAI's words, then those of Together and Mistral."""

FINISHES: Final[dict[StopReason, str]] = {
    "end": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "stop_sequence": "stop",
    "refusal": "stop",
    "content_filter": "content_filter",
    "context_window": "length",
    "pause": "stop",
    "malformed": "stop",
    "cancelled": "stop",
    "error": "stop",
    "other": "stop",
}
INEXACT_STOPS: Final = frozenset(
    ("context_window", "pause", "malformed", "cancelled", "error", "other")
)
"""Reasons that chat has no word for: the nearest is written, and the loss named."""
