"""OpenAI's token counts, which overlap, as classes that do not.

Cached, cache-written and audio tokens are part of the prompt; reasoning and audio tokens are part
of the completion. Some compatible platforms (xAI, Google) leave reasoning out of the completion
but have it in the total, so the total decides where it is larger than both.
"""

from detente.canonical.usage import Usage
from detente.dialects._openai.token_counts import (
    CompletionDetails,
    CompletionUsage,
    PromptDetails,
)


def completion_usage(wire: CompletionUsage) -> Usage:
    """The counts in disjoint classes; an unstated lifetime of a cache write is 30 minutes."""
    total = wire.total_tokens or 0
    prompt = wire.prompt_tokens or 0
    completion = wire.completion_tokens or 0
    if wire.prompt_tokens is None:
        prompt = max(0, total - completion)
    if wire.prompt_tokens_details is None and wire.completion_tokens_details is None:
        beyond = max(0, total - prompt - completion)
        return Usage(
            uncached_input_tokens=prompt,
            visible_output_tokens=completion,
            reasoning_output_tokens=beyond,
        )
    into = wire.prompt_tokens_details or PromptDetails()
    out = wire.completion_tokens_details or CompletionDetails()
    output = max(completion, total - prompt)
    reasoning = min(output, max(out.reasoning_tokens or 0, output - completion))
    audio_out = min(output - reasoning, out.audio_tokens or 0)
    cached = min(prompt, into.cached_tokens or 0)
    written = min(prompt - cached, into.cache_write_tokens or 0)
    audio_in = min(prompt - cached - written, into.audio_tokens or 0)
    return Usage(
        uncached_input_tokens=prompt - cached - written - audio_in,
        cache_read_tokens=cached,
        cache_write_30m_tokens=written,
        audio_input_tokens=audio_in,
        visible_output_tokens=output - reasoning - audio_out,
        reasoning_output_tokens=reasoning,
        audio_output_tokens=audio_out,
    )
