"""OpenAI's token counts as they stand in an answer; what they mean is `tokens`'."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

TOKENS_MAX: Final = 10**12
"""More than any answer; a larger count is garbage."""

Tokens = Annotated[int, Meta(ge=0, le=TOKENS_MAX)] | None


class PromptDetails(msgspec.Struct, gc=False):
    """Of which the prompt consists."""

    cached_tokens: Tokens = None
    cache_write_tokens: Tokens = None
    audio_tokens: Tokens = None


class CompletionDetails(msgspec.Struct, gc=False):
    """Of which the completion consists."""

    reasoning_tokens: Tokens = None
    audio_tokens: Tokens = None


class CompletionUsage(msgspec.Struct, gc=False):
    """`usage` of chat completions and embeddings."""

    prompt_tokens: Tokens = None
    completion_tokens: Tokens = None
    total_tokens: Tokens = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None
