"""A count is not a usage: counting consumes no tokens."""

from detente.canonical.usage import Usage


def read_usage(body: bytes) -> Usage | None:  # noqa: ARG001 - every dialect's reader takes it
    """None: the platform bills nothing for counting."""
    return None
