"""The words of Cohere's chat, and what the pass-through lane reads of it.

The official client's types are the specification (cohere 7.3.1, read 21 November 2026).
"""

from typing import Final

import msgspec

from detente.canonical.loss import Severity
from detente.canonical.model import Dialect
from detente.canonical.response import StopReason

NAME: Final[Dialect] = "cohere_chat"

OPTIONS: Final[dict[str, Severity]] = {
    "documents": "refuse",
    "safety_mode": "refuse",
    "citation_options": "drop",
    "priority": "drop",
}
"""What only Cohere has. Documents are part of what is asked; a mode of safety is never lost."""

REQUEST: Final = frozenset(
    (
        "model",
        "messages",
        "stream",
        "tools",
        "strict_tools",
        "response_format",
        "max_tokens",
        "stop_sequences",
        "temperature",
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "k",
        "p",
        "logprobs",
        "tool_choice",
        "thinking",
        *OPTIONS,
    )
)
SAMPLING: Final = {
    "max_tokens": "max_output_tokens",
    "temperature": "temperature",
    "seed": "seed",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "k": "top_k",
    "p": "top_p",
    "logprobs": "logprobs",
}
"""Members, and what they are called in the canonical form."""

MESSAGE: Final = frozenset(
    ("role", "content", "tool_calls", "tool_plan", "citations", "tool_call_id")
)
RESPONSE: Final = frozenset(("id", "message", "finish_reason", "usage", "logprobs"))

PLAN: Final = "tool_plan"
"""The mark of a thought that is a plan."""

STOPS: Final[dict[str, StopReason]] = {
    "COMPLETE": "end",
    "STOP_SEQUENCE": "stop_sequence",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR": "error",
    "TIMEOUT": "cancelled",
    "ERROR_TOXIC": "content_filter",
    "ERROR_LIMIT": "context_window",
}
FINISHES: Final[dict[StopReason, str]] = {
    "end": "COMPLETE",
    "stop_sequence": "STOP_SEQUENCE",
    "length": "MAX_TOKENS",
    "tool_calls": "TOOL_CALL",
    "error": "ERROR",
    "cancelled": "TIMEOUT",
    "context_window": "MAX_TOKENS",
    "malformed": "ERROR",
}
"""All others end in `COMPLETE`, and are named as lost."""


class ChatRequest(msgspec.Struct, gc=False):
    """The head of a request."""

    model: str
    stream: bool | None = None
    max_tokens: int | None = None
    tools: msgspec.Raw = msgspec.Raw()
    response_format: msgspec.Raw = msgspec.Raw()
    thinking: msgspec.Raw = msgspec.Raw()
    logprobs: msgspec.Raw = msgspec.Raw()


class Units(msgspec.Struct, gc=False):
    """Counts, which the API types as floats."""

    input_tokens: int | float | None = None
    output_tokens: int | float | None = None


class ChatUsage(msgspec.Struct, gc=False):
    """What was used, and what is billed of it."""

    billed_units: Units | None = None
    tokens: Units | None = None


class ChatResponse(msgspec.Struct, gc=False):
    """A whole answer."""

    usage: ChatUsage | None = None


class EventDelta(msgspec.Struct, gc=False):
    """What the last event of a stream says."""

    usage: ChatUsage | None = None
    error: msgspec.Raw = msgspec.Raw()


class ChatEvent(msgspec.Struct, gc=False):
    """An event of a stream."""

    type: str | None = None
    delta: msgspec.Raw = msgspec.Raw()
