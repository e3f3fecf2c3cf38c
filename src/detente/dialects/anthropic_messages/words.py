"""The words of Messages: its members, its stop reasons, its service tiers, what only it has.

Tables only, read off the types of the official SDK (anthropic 2.12, stable and beta) and the pages
of platform.claude.com (read 2026-11-21). What is not in them rides along as an unknown member.

>>> STOP_REASONS["tool_use"]
'tool_calls'
"""

import re
from typing import Final

from detente.canonical.loss import Severity
from detente.canonical.model import Dialect
from detente.canonical.request import Effort
from detente.canonical.response import StopReason

NAME: Final[Dialect] = "anthropic_messages"

VERSIONS_WITH_SAMPLING: Final = frozenset(
    ("2023-01-01", "2023-06-01", "bedrock-2023-05-31", "vertex-2023-10-16")
)
"""The versions of the API, and of other clouds' envelopes around it, in which `temperature`,
`top_p` and `top_k`, documents in the assistant's turns and citations on the user's text are no
errors (platform.claude.com/docs/en/api/migration-2026-10-21, read 2026-11-21)."""

MAX_TOKENS_DEFAULT: Final = 8192
"""`max_tokens` is required. Where neither request nor model says one: what every model on sale can
write, and more than most answers."""

BUDGET_TOKENS_MIN: Final = 1024
"""The smallest budget of thinking; it has to be below `max_tokens`."""

CACHE_MARKS_MAX: Final = 4
"""More cache breakpoints are an error."""

TOOL_NAMES: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
CALL_IDS: Final = re.compile(r"[a-zA-Z0-9_-]+")

OPTIONS: Final[dict[str, Severity]] = {
    "anthropic_beta": "drop",
    "betas": "drop",
    "billing_policy": "drop",
    "compaction": "refuse",
    "container": "refuse",
    "context_management": "refuse",
    "diagnostics": "drop",
    "fallback_credit_token": "drop",
    "fallbacks": "drop",
    "inference_geo": "refuse",
    "mcp_servers": "refuse",
    "speed": "drop",
    "thread": "refuse",
    "user_profile_id": "drop",
    "workspace_id": "drop",
}
"""Members of a request that only this API has. To lose tools, history, what of it is shown, or
where it may be processed makes it another request."""

REQUEST: Final = frozenset(
    (
        "anthropic_version",
        "cache_control",
        "max_tokens",
        "messages",
        "metadata",
        "model",
        "output_config",
        "output_format",
        "service_tier",
        "stop_sequences",
        "stream",
        "system",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
        *OPTIONS,
    )
)

MESSAGE: Final = frozenset(("content", "role", "clear_at", "output_config"))
MESSAGE_SETTINGS: Final = ("clear_at", "output_config")
"""Members of a message that only this API has; they travel as a native part of that name."""
SETTINGS: Final = "message_settings"

OUTPUT_CONFIG: Final = frozenset(("effort", "format"))
OUTPUT_CONFIG_OPTIONS: Final[dict[str, Severity]] = {"task_budget": "drop"}

THINKING: Final = frozenset(("type", "budget_tokens", "display"))
THINKING_OPTIONS: Final[dict[str, Severity]] = {"block_binding": "drop"}

TEXT: Final = frozenset(("type", "text", "cache_control", "citations"))
IMAGE: Final = frozenset(("type", "source", "cache_control"))
DOCUMENT: Final = frozenset(("type", "source", "cache_control", "citations", "context", "title"))
SEARCH_RESULT: Final = frozenset(
    ("type", "source", "cache_control", "citations", "content", "title")
)
THOUGHT: Final = frozenset(("type", "thinking", "signature"))
REDACTED: Final = frozenset(("type", "data"))
TOOL_USE: Final = frozenset(("type", "id", "name", "input", "cache_control"))
TOOL_RESULT: Final = frozenset(("type", "tool_use_id", "content", "is_error", "cache_control"))
TOOL: Final = frozenset(("type", "name", "description", "input_schema", "strict", "cache_control"))
CACHE_CONTROL: Final = frozenset(("type", "ttl"))
CITED: Final = frozenset(("enabled",))

NATIVE_MEMBERS: Final = frozenset(
    (
        "allowed_callers",
        "caller",
        "defer_loading",
        "eager_input_streaming",
        "input_examples",
        "toolset_name",
        "transformations",
    )
)
"""Members of tools and blocks that the SDK knows, that only this API has, and that the canonical
form has no place for: they ride along, and are named when another dialect drops them."""

SOURCES: Final[dict[str, frozenset[str]]] = {
    "base64": frozenset(("type", "media_type", "data")),
    "url": frozenset(("type", "url")),
    "file": frozenset(("type", "file_id")),
    "text": frozenset(("type", "media_type", "data")),
    "content": frozenset(("type", "content")),
}

ANSWER: Final = frozenset(
    (
        "id",
        "type",
        "role",
        "model",
        "content",
        "stop_reason",
        "stop_sequence",
        "stop_details",
        "usage",
    )
)
ANSWER_ENVELOPE: Final = frozenset(
    ("container", "context_management", "diagnostics", "input_transformations")
)
"""Members of an answer that mean something to this API's own clients only."""

STOP_REASONS: Final[dict[str, StopReason]] = {
    "end_turn": "end",
    "max_tokens": "length",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_calls",
    "pause_turn": "pause",
    "compaction": "pause",
    "refusal": "refusal",
    "model_context_window_exceeded": "context_window",
}

STOP_WORDS: Final[dict[StopReason, str]] = {
    "end": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_calls": "tool_use",
    "pause": "pause_turn",
    "refusal": "refusal",
    "content_filter": "refusal",
    "context_window": "model_context_window_exceeded",
}
"""The reasons that have a word here; the others end a turn."""

REFUSAL_CATEGORIES: Final = frozenset(
    ("bio", "cyber", "frontier_llm", "general_harms", "reasoning_extraction")
)

ASKED_TIERS: Final = {"auto": "auto", "standard_only": "default"}
"""Service tiers of a request, in OpenAI's words, which are everybody's."""

SERVED_TIERS: Final = {"standard": "default", "priority": "priority", "batch": "batch"}
"""Service tiers of an answer."""

EFFORTS: Final[dict[str, Effort]] = {
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "xhigh",
    "max": "max",
}

BUDGETS: Final[dict[Effort, int]] = {
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16_384,
    "xhigh": 32_768,
    "max": 65_536,
}
"""Budgets in tokens for models that know no effort, in steps of two to four as OpenAI's."""

IMAGE_TYPES: Final = frozenset(("image/gif", "image/jpeg", "image/png", "image/webp"))
PDF: Final = "application/pdf"
TEXTUAL: Final = frozenset(("application/json", "application/xml", "application/x-yaml"))
"""Media types of documents that are text although their name does not say so."""
