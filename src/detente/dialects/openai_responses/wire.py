"""What is read of responses; every other member is skipped unread."""

import msgspec

from detente.dialects._openai.token_counts import CompletionDetails, Tokens


class ResponsesRequest(msgspec.Struct, gc=False):
    """The head of a request."""

    model: str
    stream: bool | None = None
    max_output_tokens: int | None = None
    tools: msgspec.Raw = msgspec.Raw()
    text: msgspec.Raw = msgspec.Raw()
    reasoning: msgspec.Raw = msgspec.Raw()
    previous_response_id: msgspec.Raw = msgspec.Raw()
    conversation: msgspec.Raw = msgspec.Raw()
    background: msgspec.Raw = msgspec.Raw()


class CacheWrites(msgspec.Struct, gc=False):
    """Cache writes by the lifetime that was bought."""

    ttl_30m_tokens: Tokens = None
    ttl_12h_tokens: Tokens = None


class InputDetails(msgspec.Struct, gc=False):
    """Of which the input consists."""

    cached_tokens: Tokens = None
    cache_write_tokens: Tokens = None
    audio_tokens: Tokens = None
    cache_write_tokens_details: CacheWrites | None = None


class ResponseUsage(msgspec.Struct, gc=False):
    """`usage` of a response."""

    input_tokens: Tokens = None
    output_tokens: Tokens = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: CompletionDetails | None = None


class Response(msgspec.Struct, gc=False):
    """A whole response, also as the terminal event carries it."""

    usage: ResponseUsage | None = None
    service_tier: object = None


class Event(msgspec.Struct, gc=False):
    """One event of a stream."""

    type: str = ""
    response: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()
