"""The usage in a whole answer."""

from typing import Final, cast

import msgspec

from detente.canonical.extras import Obj
from detente.canonical.usage import Usage, in_tier
from detente.dialects._bedrock.tokens import converse_usage
from detente.dialects.bedrock_converse.wire import Reported

_REPORTED: Final = msgspec.json.Decoder(Reported)
_COUNTS: Final = msgspec.json.Decoder()


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, or in the event `metadata`; None where there is none that can be
    read."""
    try:
        wire = _REPORTED.decode(body)
        if wire.usage is None:
            return None
        counts = {name: _COUNTS.decode(value) for name, value in wire.usage.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    served = wire.serviceTier
    tier = cast(Obj, served).get("type") if type(served) is dict else None
    return in_tier(converse_usage(cast(Obj, counts)), tier)
