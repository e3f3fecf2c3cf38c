"""The usage of operations that use nothing: a count of tokens is not a usage.

>>> read_usage(b'{"input_tokens": 2095}') is None
True
"""

from detente.canonical.usage import Usage


def read_usage(body: bytes) -> Usage | None:
    """None: the platforms bill nothing for it."""
    del body
