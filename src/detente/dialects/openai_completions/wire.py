"""The words of completions, and what the pass-through lane reads of a stream.

The official client's types are the specification (openai 3.54, read 21 November 2026).
"""

from typing import Final

import msgspec

from detente.canonical.loss import Severity
from detente.canonical.model import Dialect
from detente.canonical.response import StopReason
from detente.dialects._openai.token_counts import CompletionUsage

NAME: Final[Dialect] = "openai_completions"

OPTIONS: Final[dict[str, Severity]] = {
    "suffix": "refuse",
    "echo": "refuse",
    "best_of": "drop",
    "logit_bias": "refuse",
}
"""What only completions have: a text to arrive at, the prompt in the answer, a choice among tries,
and a say in each token."""

REQUEST: Final = frozenset(
    (
        "model",
        "prompt",
        "stream",
        "stream_options",
        "max_tokens",
        "temperature",
        "top_p",
        "n",
        "logprobs",
        "stop",
        "presence_penalty",
        "frequency_penalty",
        "seed",
        "user",
        *OPTIONS,
    )
)
SAMPLING: Final = {
    "max_tokens": "max_output_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "n": "choices",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "seed": "seed",
    "user": "user",
}
"""Members, and what they are called in the canonical form."""

RESPONSE: Final = frozenset(
    ("id", "object", "created", "model", "choices", "usage", "system_fingerprint")
)
CHOICE: Final = frozenset(("index", "text", "finish_reason", "logprobs", "stop_reason"))

STOPS: Final[dict[str, StopReason]] = {
    "stop": "end",
    "length": "length",
    "content_filter": "content_filter",
}
FINISHES: Final[dict[StopReason, str]] = {
    "end": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "context_window": "length",
}
"""All others end in `stop`, and are named as lost."""


class Choice(msgspec.Struct, gc=False):
    """One choice of a chunk."""

    text: msgspec.Raw = msgspec.Raw()
    finish_reason: msgspec.Raw = msgspec.Raw()


class Chunk(msgspec.Struct, gc=False):
    """One chunk of a stream."""

    choices: tuple[Choice, ...] | None = None
    usage: CompletionUsage | None = None
    error: msgspec.Raw = msgspec.Raw()
