"""The tap of a dialect that has no streams.

A platform that streams one all the same is relayed, but never complete, and nothing is counted.

>>> UnstreamedTap().feed(b"x")
b'x'
"""

from detente.canonical.usage import Usage
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead


def tap(
    head: RequestHead,  # noqa: ARG001 - every dialect's tap takes it
    *,
    event_bytes_max: int = EVENT_BYTES_MAX,  # noqa: ARG001 - as above
) -> "UnstreamedTap":
    """A tap that lets everything through."""
    return UnstreamedTap()


class UnstreamedTap:
    """See `StreamTap`."""

    __slots__ = ("complete", "failed", "usage")

    def __init__(self) -> None:
        self.usage: Usage | None = None
        self.complete = False
        self.failed = False

    def feed(self, piece: bytes) -> bytes:
        """The piece."""
        return piece

    def close(self) -> bytes:
        """Nothing was held."""
        return b""

    def output_tokens_seen(self) -> int:
        """Nothing was counted."""
        return 0
