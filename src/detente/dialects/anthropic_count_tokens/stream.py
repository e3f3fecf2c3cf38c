"""Counts are not streamed: a tap that reads nothing."""

from detente.dialects._framing.unstreamed import UnstreamedTap
from detente.dialects.spec import EVENT_BYTES_MAX, RequestHead


def tap(
    head: RequestHead,  # noqa: ARG001 - every dialect's tap takes it
    *,
    event_bytes_max: int = EVENT_BYTES_MAX,  # noqa: ARG001
) -> UnstreamedTap:
    """A tap that lets everything through."""
    return UnstreamedTap()
