"""Messages and its count of tokens: what in their requests is not content.

From the types of the official client (anthropic 2.12, stable and beta, read 2026-11-21).
"""

from typing import Final

from detente.guardrails.places.place import (
    CACHE,
    DOCUMENT,
    ENCRYPTED_REASONING,
    ENCRYPTED_RESULT,
    HISTORY,
    IMAGE,
    LINK,
    LOCATION,
    MODEL,
    SIGNATURE,
    STORED,
    WORD,
    Blob,
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
    words(
        *("type", "enabled", "document_index", "start_char_index", "end_char_index"),
        *("start_page_number", "end_page_number", "start_block_index", "end_block_index"),
        "search_result_index",
    ),
    ids("file_id"),
    content("cited_text", "document_title", "title", "url", "source"),
    {"encrypted_index": LOCATION},
)
_HOSTED: Final = (
    *("web_search", "web_fetch", "code_execution", "bash_code_execution"),
    *("text_editor_code_execution", "advisor", "tool_search"),
)
_KINDS: Final = frozenset(
    (
        *("text", "image", "document", "search_result", "thinking", "redacted_thinking"),
        *("tool_use", "tool_result", "server_tool_use", "container_upload", "compaction"),
        *("mcp_tool_use", "mcp_tool_result", "mcp_tool_listing", "tool_addition", "tool_removal"),
        *("tool_reference", "fallback", "web_search_result", "web_fetch_result"),
        *("tool_search_tool_search_result", "advisor_result", "advisor_redacted_result"),
        *("code_execution_result", "encrypted_code_execution_result", "code_execution_output"),
        *("bash_code_execution_result", "bash_code_execution_output"),
        *(f"text_editor_code_execution_{name}_result" for name in ("view", "create")),
        "text_editor_code_execution_str_replace_result",
        *(f"{tool}_tool_result{ending}" for tool in _HOSTED for ending in ("", "_error")),
    )
)
"""Every block, and what stands in those of the platform's own tools."""


def _source(blob: Blob, block: Shape) -> Shape:
    """Where an image or a document is; in search results a string, which somebody wrote."""
    common = words("type", "media_type")
    return Shape(
        members={**common, "data": blob, "url": LINK, "file_id": STORED, "content": block},
        kinds=frozenset(("base64", "url", "file", "text", "content")),
        variants={"text": shape(common, content("data"))},
    )


def _block() -> Shape:
    """Blocks hold blocks."""
    members: dict[str, Place] = {
        **words(
            *("type", "name", "is_error", "stop_reason", "error_code", "return_code", "tool_name"),
            *("server_name", "file_type", "is_file_update", "num_lines", "start_line"),
            *("total_lines", "new_lines", "new_start", "old_lines", "old_start", "toolset_name"),
        ),
        **ids("id", "tool_use_id", "page_age", "retrieved_at"),
        **content(
            *("text", "input", "thinking", "title", "context", "url", "stdout", "stderr"),
            *("lines", "error_message", "transformations"),
        ),
        "signature": SIGNATURE,
        "data": ENCRYPTED_REASONING,
        "file_id": STORED,
        "encrypted_content": ENCRYPTED_RESULT,
        "encrypted_stdout": ENCRYPTED_RESULT,
        "cache_control": CACHE,
        "citations": _CITED,
        "caller": shape(words("type"), ids("tool_id")),
        "tool": shape(words("type", "name", "server_name")),
        "from": shape({"model": MODEL}),
        "to": shape({"model": MODEL}),
    }
    image: dict[str, Place] = {}
    compaction: dict[str, Place] = {}
    block = Shape(
        members=members,
        kinds=_KINDS,
        variants={"image": Shape(members=image), "compaction": Shape(members=compaction)},
    )
    members["content"] = block
    members["tool_references"] = block
    members["tools"] = _TOOL
    members["source"] = _source(DOCUMENT, block)
    image.update({**members, "source": _source(IMAGE, block)})
    compaction.update({**members, "encrypted_content": HISTORY})
    return block


_TOOL: Final = shape(
    words(
        *("type", "name", "strict", "max_uses", "defer_loading", "allowed_callers", "max_tokens"),
        *("display_width_px", "display_height_px", "display_number", "max_characters"),
        *("mcp_server_name", "eager_input_streaming", "max_content_tokens", "use_cache"),
    ),
    content("description", "input_examples", "allowed_domains", "blocked_domains", "user_location"),
    {
        "model": MODEL,
        "input_schema": SCHEMA,
        "cache_control": CACHE,
        "caching": CACHE,
        "citations": _CITED,
        "configs": Keyed(place=shape(words("enabled", "defer_loading"))),
        "default_config": shape(words("enabled", "defer_loading")),
    },
)
BLOCK: Final = _block()
_FORMAT: Final = shape(words("type"), {"schema": SCHEMA})
_OUTPUT: Final = shape(
    words("effort"),
    {"format": _FORMAT, "task_budget": shape(words("type", "total", "remaining"))},
)
_EDIT: Final = shape(
    words(
        *("type", "keep", "clear_at_least", "exclude_tools", "clear_tool_inputs"),
        "pause_after_compaction",
    ),
    content("instructions"),
    {
        name: shape(words("type", "value"), lone=WORD)
        for name in ("trigger", "keep", "clear_at_least")
    },
)

MESSAGES: Final = shape(
    words(
        *("max_tokens", "stream", "temperature", "top_k", "top_p", "service_tier", "speed"),
        *("inference_geo", "billing_policy"),
    ),
    ids(
        *("anthropic_version", "anthropic_beta", "betas", "user_profile_id", "workspace_id"),
        "fallback_credit_token",
    ),
    content("stop_sequences", "compaction"),
    {
        "model": MODEL,
        "messages": shape(words("role", "clear_at"), {"content": BLOCK, "output_config": _OUTPUT}),
        "system": BLOCK,
        "tools": _TOOL,
        "tool_choice": shape(words("type", "name", "disable_parallel_tool_use")),
        "thinking": shape(words("type", "budget_tokens", "display", "block_binding")),
        "output_config": _OUTPUT,
        "output_format": _FORMAT,
        "metadata": shape(content("user_id")),
        "cache_control": CACHE,
        "container": shape(
            {"id": STORED, "skills": shape(words("type"), ids("skill_id", "version"))},
            lone=STORED,
        ),
        "mcp_servers": shape(
            words("name", "type"),
            content("url", "authorization_token"),
            {"tool_configuration": shape(words("enabled", "allowed_tools"))},
        ),
        "context_management": shape({"edits": _EDIT}),
        "thread": HISTORY,
        "fallbacks": shape({"model": MODEL}),
        "diagnostics": shape(ids("previous_message_id")),
    },
)
