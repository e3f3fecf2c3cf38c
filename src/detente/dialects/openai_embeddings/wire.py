"""What is read of embeddings; every other member is skipped unread."""

import msgspec

from detente.dialects._openai.token_counts import CompletionUsage


class EmbeddingRequest(msgspec.Struct, gc=False):
    """The head of a request."""

    model: str


class EmbeddingResponse(msgspec.Struct, gc=False):
    """A whole answer; the vectors are not looked at."""

    usage: CompletionUsage | None = None
