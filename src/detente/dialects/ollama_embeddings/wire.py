"""What the pass-through lane reads of Ollama's embeddings; every other member is skipped unread."""

import msgspec


class EmbedRequest(msgspec.Struct, gc=False):
    """The head of a request."""

    model: str


class EmbedResponse(msgspec.Struct, gc=False):
    """A whole answer; the vectors are not looked at."""

    prompt_eval_count: int | float | None = None
