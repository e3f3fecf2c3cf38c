"""What is read of requests and streams in passing; every other member is skipped unread.

Google's platforms and clients write a member in camel case or in snake case, as they please.
"""

import msgspec


class GenerateRequest(msgspec.Struct, gc=False):
    """The head of a request; the path names the model, a body may repeat it."""

    model: str | None = None
    tools: msgspec.Raw = msgspec.Raw()
    camel_config: msgspec.Raw = msgspec.field(name="generationConfig", default=msgspec.Raw())
    snake_config: msgspec.Raw = msgspec.field(name="generation_config", default=msgspec.Raw())


class Candidate(msgspec.Struct, gc=False):
    """One answer, or a piece of it."""

    index: int | None = None
    finish_reason: str | None = msgspec.field(name="finishReason", default=None)
    content: msgspec.Raw = msgspec.Raw()


class Feedback(msgspec.Struct, gc=False):
    """What the platform thinks of the prompt."""

    block_reason: str | None = msgspec.field(name="blockReason", default=None)


class Chunk(msgspec.Struct, gc=False):
    """One event of a stream."""

    candidates: list[Candidate] | None = None
    prompt_feedback: Feedback | None = msgspec.field(name="promptFeedback", default=None)
    usage: msgspec.Raw = msgspec.field(name="usageMetadata", default=msgspec.Raw())
    error: msgspec.Raw = msgspec.Raw()
