"""The usage in a whole chat completion."""

from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._openai.tokens import completion_usage
from detente.dialects.openai_chat.wire import Completion

_COMPLETION: Final = msgspec.json.Decoder(Completion)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        wire = _COMPLETION.decode(body).usage
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return completion_usage(wire) if wire is not None else None
