"""The usage in a whole message."""

from typing import Final

import msgspec

from detente.canonical.usage import Usage
from detente.dialects._anthropic.tokens import billed_usage
from detente.dialects.anthropic_messages.wire import Message

_MESSAGE: Final = msgspec.json.Decoder(Message)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        wire = _MESSAGE.decode(body).usage
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return billed_usage(wire) if wire is not None else None
