"""The words of the Responses API: every member that the official SDK's types know, by the object it
stands in, and which of them mean what in the canonical form.

Data, no behaviour. What is known but has no canonical word is kept as it was written (`ECHOED`,
`SPELT`) or as an `Option` (`OPTIONS`). Read from the types of the SDK's version 3.54 on 2026-11-21.
"""

import re
from typing import Final

from detente.canonical.loss import Severity
from detente.canonical.model import Dialect

DIALECT: Final[Dialect] = "openai_responses"

FILES: Final = frozenset(("openai_responses", "openai_chat"))
"""The dialects of one Files API: an uploaded file has the same id in both."""

TOOL_NAMES: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
CALL_IDS: Final = re.compile(r"[\x21-\x7e]{1,64}")

MESSAGE: Final = frozenset(("type", "role", "content", "id", "status", "phase"))
CALL: Final = frozenset(
    (
        "type",
        "call_id",
        "name",
        "arguments",
        "id",
        "status",
        "namespace",
        "caller",
        "async",
        "created_by",
    )
)
CUSTOM_CALL: Final = (CALL - {"arguments"}) | {"input"}
RESULT: Final = frozenset(
    ("type", "call_id", "output", "id", "status", "name", "namespace", "caller", "created_by")
)
REASONING: Final = frozenset(("type", "id", "summary", "content", "encrypted_content", "status"))
SPELT: Final = ("id", "status", "phase", "caller", "async", "created_by")
"""Members of items that say who and where, not what: kept as written."""
BEYOND: Final = ("namespace", "defer_loading", "output_schema")
"""Known members of calls, results and tools that mean something in this API alone."""

TEXT: Final = frozenset(("type", "text", "annotations", "logprobs", "prompt_cache_breakpoint"))
REFUSAL: Final = frozenset(("type", "refusal"))
IMAGE: Final = frozenset(("type", "detail", "image_url", "file_id", "prompt_cache_breakpoint"))
FILE: Final = frozenset(
    ("type", "detail", "file_data", "file_url", "file_id", "filename", "prompt_cache_breakpoint")
)
AUDIO: Final = frozenset(("type", "input_audio"))
URL_CITATION: Final = frozenset(("type", "url", "title", "start_index", "end_index"))
FILE_CITATIONS: Final = ("file_citation", "container_file_citation", "file_path")
LOGPROB: Final = frozenset(("token", "logprob", "bytes", "top_logprobs"))

FUNCTION: Final = frozenset(
    (
        "type",
        "name",
        "description",
        "parameters",
        "strict",
        "defer_loading",
        "output_schema",
        "allowed_callers",
        "async",
    )
)
CUSTOM: Final = frozenset(
    ("type", "name", "description", "format", "defer_loading", "allowed_callers", "async")
)
CHOICE: Final = frozenset(("type", "name", "mode", "tools"))
FORMAT: Final = frozenset(("type", "name", "description", "schema", "strict"))
TEXT_SETTINGS: Final = frozenset(("format", "verbosity"))
REASONING_SETTINGS: Final = frozenset(("effort", "summary", "generate_summary", "context", "mode"))

OPTIONS: Final[dict[str, Severity]] = {
    "access_programs": "refuse",
    "background": "refuse",
    "background_options": "drop",
    "context_management": "drop",
    "conversation": "refuse",
    "image": "drop",
    "max_tool_calls": "drop",
    "moderation": "refuse",
    "previous_response_id": "refuse",
    "prompt": "refuse",
    "prompt_cache_options": "drop",
    "prompt_cache_retention": "drop",
    "stream_options": "drop",
    "truncation": "drop",
}
"""Members of a request that no other API has. `refuse`: the history or the safety of the request
would be another one, or its answer would not come in the answer (`background`)."""

REQUEST: Final = frozenset(
    (
        "model",
        "input",
        "instructions",
        "include",
        "max_output_tokens",
        "metadata",
        "parallel_tool_calls",
        "prompt_cache_key",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "store",
        "stream",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        *OPTIONS,
    )
)

ECHOED: Final = frozenset(
    (
        "access_programs",
        "background",
        "completed_at",
        "conversation",
        "error",
        "image",
        "incomplete_details",
        "input_transformations",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "object",
        "parallel_tool_calls",
        "previous_response_id",
        "prompt",
        "prompt_cache_diagnostics",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "status",
        "store",
        "temperature",
        "text",
        "tool_choice",
        "tool_usage",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    )
)
"""Members of a response that repeat the request or describe the envelope."""

RESPONSE: Final = ECHOED | {
    "id",
    "created_at",
    "model",
    "output",
    "usage",
    "service_tier",
    "moderation",
    "content_filters",
}
FILTERS: Final = ("moderation", "content_filters")
"""Where a response says what filters said: OpenAI's moderation, Azure's filters."""

USAGE: Final = frozenset(
    (
        "input_tokens",
        "input_tokens_details",
        "output_tokens",
        "output_tokens_details",
        "total_tokens",
    )
)

LOGPROBS_INCLUDED: Final = "message.output_text.logprobs"
STATE_INCLUDED: Final = "reasoning.encrypted_content"

EFFORTS: Final = frozenset(("none", "minimal", "low", "medium", "high", "xhigh", "max"))
DETAILS: Final = frozenset(("low", "high", "auto", "original"))
TIERS: Final = frozenset(("auto", "default", "flex", "scale", "priority", "fast", "ultrafast"))
CACHE_LIFETIMES: Final = frozenset(("30m", "12h"))
