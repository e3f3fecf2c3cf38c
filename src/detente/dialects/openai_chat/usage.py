"""The usage in a whole chat completion."""

from typing import Final

import msgspec

from detente.canonical.usage import Usage, in_tier
from detente.dialects._openai.tokens import completion_usage
from detente.dialects.openai_chat.wire import Completion

_COMPLETION: Final = msgspec.json.Decoder(Completion)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        wire = _COMPLETION.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if wire.usage is None:
        return None
    return in_tier(completion_usage(wire.usage), wire.service_tier)
