"""What official SDKs tell of token counts, as counts that do not overlap.

>>> converse_usage({"inputTokens": 3, "outputTokens": 2}).visible_output_tokens
2
"""

from collections.abc import Mapping
from typing import Any

from anthropic.types import Usage as MessageUsage
from google.genai.types import (
    GenerateContentResponseUsageMetadata,
    MediaModality,
    ModalityTokenCount,
)
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseUsage

from detente.canonical.usage import Usage


def chat_usage(usage: CompletionUsage | None) -> Usage | None:
    """Counts that overlap, as counts that do not; the total has what a host leaves out of both."""
    if usage is None:
        return None
    into, out = usage.prompt_tokens_details, usage.completion_tokens_details
    prompt = usage.prompt_tokens
    output = max(usage.completion_tokens, (usage.total_tokens or 0) - prompt)
    cached = min(prompt, (into and into.cached_tokens) or 0)
    # OpenRouter tells what was read as written, too: no more is written than is left.
    written = min(prompt - cached, (into and into.cache_write_tokens) or 0)
    heard = (into and into.audio_tokens) or 0
    beyond = output - usage.completion_tokens
    reasoning = min(output, max((out and out.reasoning_tokens) or 0, beyond))
    spoken = (out and out.audio_tokens) or 0
    return Usage(
        uncached_input_tokens=prompt - cached - written - heard,
        cache_read_tokens=cached,
        cache_write_30m_tokens=written,
        audio_input_tokens=heard,
        visible_output_tokens=output - reasoning - spoken,
        reasoning_output_tokens=reasoning,
        audio_output_tokens=spoken,
    )


def groq_usage(chunk: ChatCompletionChunk) -> Usage | None:
    """The counts of a stream where Groq writes them, in a member that the SDK lets through."""
    told: dict[str, Any] = (chunk.model_extra or {}).get("x_groq") or {}
    counts = told.get("usage")
    return None if counts is None else chat_usage(CompletionUsage.model_validate(counts))


def responses_usage(usage: ResponseUsage | None) -> Usage | None:
    """Counts of which the details are parts."""
    if usage is None:
        return None
    into, out = usage.input_tokens_details, usage.output_tokens_details
    cached = (into and into.cached_tokens) or 0
    written = (into and getattr(into, "cache_write_tokens", 0)) or 0
    split = into and getattr(into, "cache_write_tokens_details", None)
    longer = (split and split.ttl_12h_tokens) or 0
    heard = (into and getattr(into, "audio_tokens", 0)) or 0
    spoken = (out and getattr(out, "audio_tokens", 0)) or 0
    reasoning = (out and out.reasoning_tokens) or 0
    return Usage(
        uncached_input_tokens=usage.input_tokens - cached - written - heard,
        cache_read_tokens=cached,
        cache_write_30m_tokens=written - longer,
        cache_write_12h_tokens=longer,
        audio_input_tokens=heard,
        visible_output_tokens=usage.output_tokens - reasoning - spoken,
        reasoning_output_tokens=reasoning,
        audio_output_tokens=spoken,
    )


def message_usage(usage: MessageUsage) -> Usage:
    """Counts that are disjoint already; thinking is part of the output."""
    split, out = usage.cache_creation, usage.output_tokens_details
    written = usage.cache_creation_input_tokens or 0
    hour = (split and split.ephemeral_1h_input_tokens) or 0
    reasoning = (out and out.thinking_tokens) or 0
    return Usage(
        uncached_input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cache_read_input_tokens or 0,
        cache_write_5m_tokens=written - hour,
        cache_write_1h_tokens=hour,
        visible_output_tokens=usage.output_tokens - reasoning,
        reasoning_output_tokens=reasoning,
    )


def gemini_usage(usage: GenerateContentResponseUsageMetadata) -> Usage:
    """Counts of which the cached are part of the prompt, and thoughts part of nothing."""
    prompt, cached = usage.prompt_token_count or 0, usage.cached_content_token_count or 0
    output = usage.candidates_token_count or 0
    heard = _sound(usage.prompt_tokens_details) - _sound(usage.cache_tokens_details)
    spoken = _sound(usage.candidates_tokens_details)
    return Usage(
        uncached_input_tokens=prompt - cached - heard + (usage.tool_use_prompt_token_count or 0),
        cache_read_tokens=cached,
        audio_input_tokens=heard,
        visible_output_tokens=output - spoken,
        reasoning_output_tokens=usage.thoughts_token_count or 0,
        audio_output_tokens=spoken,
    )


def _sound(details: list[ModalityTokenCount] | None) -> int:
    return sum(one.token_count or 0 for one in details or () if one.modality == MediaModality.AUDIO)


def converse_usage(usage: Mapping[str, Any] | None) -> Usage | None:
    """Counts as Converse tells them."""
    if usage is None:
        return None
    details = usage.get("cacheDetails", ())
    hour = sum(one["inputTokens"] for one in details if one["ttl"] == "1h")
    return Usage(
        uncached_input_tokens=usage["inputTokens"],
        cache_read_tokens=usage.get("cacheReadInputTokens", 0),
        cache_write_5m_tokens=usage.get("cacheWriteInputTokens", 0) - hour,
        cache_write_1h_tokens=hour,
        visible_output_tokens=usage["outputTokens"],
    )
