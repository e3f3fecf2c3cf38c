"""The Responses API: what in its requests is not content. Its count of tokens has the same members.

From the types of the official client (openai 3.54, read 2026-11-21).
"""

from typing import Final

from detente.guardrails.places.openai_chat import PROVIDER
from detente.guardrails.places.place import (
    AUDIO,
    CACHE,
    DOCUMENT,
    ENCRYPTED_REASONING,
    HISTORY,
    IMAGE,
    LOGPROBS,
    MODEL,
    SIGNATURE,
    STORED,
    WORD,
    Keyed,
    Place,
    Shape,
    content,
    ids,
    shape,
    words,
)
from detente.guardrails.places.schema import SCHEMA

_CITED: Final = shape(
    words("type", "start_index", "end_index", "index"),
    ids("file_id", "container_id"),
    content("url", "title", "filename"),
)
_IMAGE: Final = shape(words("detail"), {"url": IMAGE}, lone=IMAGE)
_PART_MEMBERS: Final[dict[str, Place]] = {
    **words("type", "detail"),
    **content("text", "refusal", "filename"),
    "image_url": _IMAGE,
    "file_id": STORED,
    "file_data": DOCUMENT,
    "file_url": DOCUMENT,
    "input_audio": shape(words("format"), {"data": AUDIO}),
    "annotations": _CITED,
    "logprobs": LOGPROBS,
    "prompt_cache_breakpoint": CACHE,
}
_KINDS: Final = frozenset(
    (
        *("input_text", "output_text", "text", "input_image", "input_file", "input_audio"),
        *("refusal", "summary_text", "reasoning_text", "computer_screenshot"),
    )
)
PART: Final = Shape(members=_PART_MEMBERS, kinds=_KINDS)
_GRAMMAR: Final = shape(words("type", "syntax"), content("definition"))


def _tool() -> Shape:
    """A tool; a namespace of tools holds tools."""
    members: dict[str, Place] = {
        **words(
            *("type", "name", "strict", "defer_loading", "allowed_callers", "async", "execution"),
            *("search_context_size", "max_num_results", "server_label", "connector_id", "size"),
            *("background", "moderation", "output_format", "quality", "partial_images", "action"),
            *("output_compression", "input_fidelity", "display_width", "display_height"),
            *("environment", "search_content_types", "return_token_budget"),
        ),
        **content(
            *("description", "filters", "user_location", "server_url", "server_description"),
            *("headers", "authorization", "ranking_options"),
        ),
        "model": MODEL,
        "parameters": SCHEMA,
        "output_schema": SCHEMA,
        "input_schema": SCHEMA,
        "format": _GRAMMAR,
        "vector_store_ids": STORED,
        "container": shape(
            words("type", "memory_limit"),
            content("network_policy"),
            {"file_ids": STORED},
            lone=STORED,
        ),
        "allowed_tools": shape(words("tool_names", "read_only"), lone=WORD),
        "require_approval": shape(
            {key: shape(words("tool_names", "read_only")) for key in ("always", "never")},
            lone=WORD,
        ),
        "input_image_mask": shape({"image_url": IMAGE, "file_id": STORED}),
    }
    tool = Shape(members=members)
    members["tools"] = tool
    return tool


TOOL: Final = _tool()
_OUTCOME: Final = shape(words("type", "exit_code"))
_OUTPUT: Final = Shape(
    members={
        **_PART_MEMBERS,
        **content("stdout", "stderr"),
        "outcome": _OUTCOME,
    },
    kinds=_KINDS,
)
"""What a tool said: a text, parts, or what a shell printed."""
_RESULT: Final = shape(
    words("score", "type"), ids("file_id"), content("text", "filename", "attributes", "logs")
)
_ITEM_MEMBERS: Final[dict[str, Place]] = {
    **words(
        *("type", "role", "status", "phase", "name", "namespace", "execution", "server_label"),
        *(
            "approve",
            "async",
            "background",
            "size",
            "quality",
            "output_format",
            "max_output_length",
        ),
    ),
    **ids("id", "call_id", "approval_request_id", "created_by"),
    **content(
        *("arguments", "input", "code", "queries", "action", "actions", "reason", "error"),
        *("operation", "revised_prompt", "pending_safety_checks"),
        "acknowledged_safety_checks",
    ),
    "content": PART,
    "summary": PART,
    "output": _OUTPUT,
    "outputs": shape(words("type"), content("logs"), {"url": IMAGE}),
    "results": _RESULT,
    "encrypted_content": ENCRYPTED_REASONING,
    "result": IMAGE,
    "container_id": STORED,
    "fingerprint": SIGNATURE,
    "caller": shape(words("type"), ids("caller_id")),
    "tools": TOOL,
}
_REFERENCE: Final = shape(_ITEM_MEMBERS, {"id": HISTORY})
"""An item that the platform keeps. It need not say what it is; other items without a type have no
id."""
_COMPACTION: Final = shape(_ITEM_MEMBERS, {"encrypted_content": HISTORY})
"""Turns that the platform has made into something that it alone reads."""
_ITEM: Final = Shape(
    members=_ITEM_MEMBERS,
    kinds=frozenset(
        (
            *("message", "function_call", "function_call_output", "reasoning", "compaction"),
            *("custom_tool_call", "custom_tool_call_output", "item_reference", "web_search_call"),
            *("file_search_call", "computer_call", "computer_call_output", "mcp_list_tools"),
            *("image_generation_call", "code_interpreter_call", "local_shell_call", "mcp_call"),
            *("local_shell_call_output", "shell_call", "shell_call_output", "apply_patch_call"),
            *("apply_patch_call_output", "mcp_approval_request", "mcp_approval_response"),
            *("tool_search_call", "tool_search_output", "additional_tools", "compaction_trigger"),
            *("configuration_update", "program", "program_output", "compaction_summary"),
        )
    ),
    variants={
        "compaction": _COMPACTION,
        "compaction_summary": _COMPACTION,
        "item_reference": _REFERENCE,
        "": _REFERENCE,
    },
)
_CHOICE_MEMBERS: Final = words("type", "name", "mode", "server_label")
_CHOICE: Final = shape(_CHOICE_MEMBERS, {"tools": shape(_CHOICE_MEMBERS)}, lone=WORD)

RESPONSES: Final = shape(
    words(
        *("stream", "background", "include", "max_output_tokens", "parallel_tool_calls", "store"),
        *("service_tier", "temperature", "top_logprobs", "top_p", "max_tool_calls", "truncation"),
        *("prompt_cache_retention", "context_window"),
    ),
    content("instructions", "metadata", "prompt_cache_key", "safety_identifier", "user"),
    {
        "model": MODEL,
        "input": _ITEM,
        "previous_response_id": HISTORY,
        "conversation": shape({"id": HISTORY}, lone=HISTORY),
        "prompt": shape(words("version"), {"id": STORED, "variables": Keyed(place=PART)}),
        "reasoning": shape(words("effort", "summary", "generate_summary", "context", "mode")),
        "text": shape(
            words("verbosity"),
            {
                "format": shape(
                    words("type", "name", "strict"), content("description"), {"schema": SCHEMA}
                )
            },
        ),
        "tools": TOOL,
        "tool_choice": _CHOICE,
        "context_management": shape(words("type", "compact_threshold")),
        "moderation": shape(words("mode"), {"model": MODEL}, lone=WORD),
        "prompt_cache_options": CACHE,
        "stream_options": shape(words("include_obfuscation")),
        "provider": PROVIDER,
    },
)
