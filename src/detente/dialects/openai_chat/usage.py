"""The usage in a whole chat completion."""

from typing import Final

import msgspec

from detente.canonical.usage import Usage, in_tier
from detente.dialects._openai.tokens import completion_usage
from detente.dialects.openai_chat.wire import Completion

USUAL_TIER: Final = "default"
"""What nearly every answer says: told apart here, for it costs every request."""
_COMPLETION: Final = msgspec.json.Decoder(Completion)


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        wire = _COMPLETION.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if wire.usage is None:
        return None
    usage = completion_usage(wire.usage)
    tier = wire.service_tier
    return usage if tier is None or tier == USUAL_TIER else in_tier(usage, tier)
