"""What is read of chat completions; every other member is skipped unread.

Members that only have to be told apart from nothing stay raw, so that an unusual value never
costs the usage beside it.
"""

import msgspec

from detente.dialects._openai.token_counts import CompletionUsage


class ChatRequest(msgspec.Struct, gc=False):
    """The head of a request."""

    model: str
    stream: bool | None = None
    stream_options: msgspec.Raw = msgspec.Raw()
    max_completion_tokens: int | None = None
    max_tokens: int | None = None
    n: msgspec.Raw = msgspec.Raw()
    tools: msgspec.Raw = msgspec.Raw()
    functions: msgspec.Raw = msgspec.Raw()
    response_format: msgspec.Raw = msgspec.Raw()
    reasoning_effort: msgspec.Raw = msgspec.Raw()
    modalities: msgspec.Raw = msgspec.Raw()
    logprobs: msgspec.Raw = msgspec.Raw()


class StreamOptions(msgspec.Struct, gc=False):
    """Whether the client asks for usage."""

    include_usage: bool | None = None


class Completion(msgspec.Struct, gc=False):
    """A whole answer."""

    usage: CompletionUsage | None = None
    service_tier: object = None


class Delta(msgspec.Struct, gc=False):
    """What a chunk adds; hosts name reasoning in two ways."""

    content: msgspec.Raw = msgspec.Raw()
    refusal: msgspec.Raw = msgspec.Raw()
    reasoning: msgspec.Raw = msgspec.Raw()
    reasoning_content: msgspec.Raw = msgspec.Raw()
    tool_calls: msgspec.Raw = msgspec.Raw()
    function_call: msgspec.Raw = msgspec.Raw()
    audio: msgspec.Raw = msgspec.Raw()


class Choice(msgspec.Struct, gc=False):
    """One choice of a chunk."""

    delta: Delta | None = None
    finish_reason: msgspec.Raw = msgspec.Raw()


class Chunk(msgspec.Struct, gc=False):
    """One chunk of a stream."""

    choices: tuple[Choice, ...] | None = None
    usage: CompletionUsage | None = None
    service_tier: object = None
    error: msgspec.Raw = msgspec.Raw()


class ChunkEnd(msgspec.Struct, gc=False):
    """What still counts of a chunk whose choices are not as expected."""

    usage: CompletionUsage | None = None
    error: msgspec.Raw = msgspec.Raw()
