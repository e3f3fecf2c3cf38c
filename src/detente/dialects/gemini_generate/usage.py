"""The usage in a whole answer."""

from detente.canonical.usage import Usage, in_tier
from detente.dialects._codec.fields import Misfit, member_or_none, read_object
from detente.dialects._google.tokens import billed_tier, generate_usage


def read_usage(body: bytes) -> Usage | None:
    """The usage in an answer, None where there is none that can be read."""
    try:
        wire = member_or_none(read_object(body), "usageMetadata")
    except Misfit:
        return None
    return None if wire is None else in_tier(generate_usage(wire), billed_tier(wire))
