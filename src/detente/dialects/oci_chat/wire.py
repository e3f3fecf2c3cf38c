"""The words of Oracle Cloud's native chat, and what the pass-through lane reads of it.

A body wraps a request of one of three formats (`apiFormat`): `GENERIC`, which most models speak;
`COHEREV2`, Cohere's own API in Oracle's spelling; and `COHERE`, its first version, which is passed
through only. The official client's models are the specification (oci 2.189.0,
`oci.generative_ai_inference.models`, read 22 November 2026).
"""

from typing import Final

import msgspec

from detente.canonical.content import MediaKind, Role
from detente.canonical.loss import Severity
from detente.canonical.model import Dialect
from detente.canonical.response import StopReason

NAME: Final[Dialect] = "oci_chat"

GENERIC: Final = "GENERIC"
COHERE: Final = "COHEREV2"
"""The format of Cohere's models, and the mark of values that are spelt in it."""

ENDPOINT: Final = "ocid1.generativeaiendpoint"
"""How the id of a dedicated endpoint begins; all others are models' ids."""

OPTIONS: Final[dict[str, Severity]] = {
    "isEcho": "drop",
    "logitBias": "drop",
    "prediction": "drop",
    "webSearchOptions": "refuse",
}
"""What has no canonical word. Without its search a request asks for another answer."""

REQUEST: Final = frozenset(
    (
        "apiFormat",
        "messages",
        "isStream",
        "streamOptions",
        "tools",
        "toolChoice",
        "isParallelToolCalls",
        "responseFormat",
        "reasoningEffort",
        "verbosity",
        "metadata",
        "serviceTier",
        "maxTokens",
        "maxCompletionTokens",
        "logProbs",
        "stop",
        "temperature",
        "topP",
        "topK",
        "frequencyPenalty",
        "presencePenalty",
        "seed",
        "numGenerations",
        *OPTIONS,
    )
)
SAMPLING: Final = {
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "seed": "seed",
    "numGenerations": "choices",
}
"""Members, and what they are called in the canonical form."""

MESSAGE: Final = frozenset(
    (
        "role",
        "content",
        "name",
        "toolCalls",
        "toolCallId",
        "refusal",
        "reasoningContent",
        "annotations",
    )
)
ROLES: Final[dict[str, Role]] = {
    "SYSTEM": "system",
    "DEVELOPER": "developer",
    "USER": "user",
    "ASSISTANT": "assistant",
    "TOOL": "tool",
}
MEDIA: Final[dict[MediaKind, tuple[str, str]]] = {
    "image": ("IMAGE", "imageUrl"),
    "audio": ("AUDIO", "audioUrl"),
    "video": ("VIDEO", "videoUrl"),
    "document": ("DOCUMENT", "documentUrl"),
}
"""The type of each medium's content, and the member that holds its URL."""

DETAILS: Final = ("auto", "low", "high")
CHOICE: Final = frozenset(("index", "message", "finishReason", "logprobs"))
RESULT: Final = frozenset(("modelId", "modelVersion", "chatResponse"))
RESPONSE: Final = frozenset(("apiFormat", "timeCreated", "choices", "usage", "serviceTier"))

STOPS: Final[dict[str, StopReason]] = {
    "stop": "end",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "COMPLETE": "end",
    "STOP_SEQUENCE": "stop_sequence",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR": "error",
    "ERROR_TOXIC": "content_filter",
    "ERROR_LIMIT": "context_window",
    "USER_CANCEL": "cancelled",
}
"""The words of both formats for why an answer ended."""

FINISHES: Final[dict[StopReason, str]] = {
    "end": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "context_window": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
}
"""All others end in `stop`, and are named as lost."""


class ServingMode(msgspec.Struct, gc=False, rename="camel"):
    """Which model, or which dedicated endpoint."""

    model_id: str | None = None
    endpoint_id: str | None = None


class StreamOptions(msgspec.Struct, gc=False, rename="camel"):
    """Whether the client asks for usage."""

    is_include_usage: bool | None = None


class ChatRequest(msgspec.Struct, gc=False, rename="camel"):
    """What is looked at in a request of any format."""

    api_format: str | None = None
    is_stream: bool | None = None
    stream_options: msgspec.Raw = msgspec.Raw()
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    num_generations: msgspec.Raw = msgspec.Raw()
    tools: msgspec.Raw = msgspec.Raw()
    response_format: msgspec.Raw = msgspec.Raw()
    reasoning_effort: msgspec.Raw = msgspec.Raw()
    thinking: msgspec.Raw = msgspec.Raw()
    log_probs: msgspec.Raw = msgspec.Raw()
    is_log_probs_enabled: msgspec.Raw = msgspec.Raw()


class Details(msgspec.Struct, gc=False, rename="camel"):
    """The head of a body."""

    serving_mode: ServingMode
    chat_request: ChatRequest


class TokensOfPrompt(msgspec.Struct, gc=False, rename="camel"):
    """Of which the prompt consists."""

    cached_tokens: int | float | None = None


class TokensOfAnswer(msgspec.Struct, gc=False, rename="camel"):
    """Of which the answer consists."""

    reasoning_tokens: int | float | None = None


class Tokens(msgspec.Struct, gc=False, rename="camel"):
    """`usage`, in every format."""

    prompt_tokens: int | float | None = None
    completion_tokens: int | float | None = None
    prompt_tokens_details: TokensOfPrompt | None = None
    completion_tokens_details: TokensOfAnswer | None = None


class ChatResponse(msgspec.Struct, gc=False, rename="camel"):
    """What is looked at in an answer."""

    usage: Tokens | None = None


class ChatResult(msgspec.Struct, gc=False, rename="camel"):
    """A whole answer."""

    chat_response: ChatResponse | None = None


class Chunk(msgspec.Struct, gc=False, rename="camel"):
    """One event of a stream. `code` is an error's."""

    message: msgspec.Raw = msgspec.Raw()
    text: msgspec.Raw = msgspec.Raw()
    finish_reason: msgspec.Raw = msgspec.Raw()
    usage: msgspec.Raw = msgspec.Raw()
    code: msgspec.Raw = msgspec.Raw()
