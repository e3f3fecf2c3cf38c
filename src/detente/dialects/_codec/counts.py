"""Counts of tokens, as platforms send them: whole numbers, or floats that are whole.

What is no count is none: an odd number never costs the answer beside it.

>>> count({"input_tokens": 3.0}, "input_tokens"), count({"input_tokens": -1}, "input_tokens")
(3, 0)
"""

from typing import Final

from detente.canonical.extras import Json, Obj

TOKENS_MAX: Final = 10**12
"""More than any answer; a larger count is garbage."""


def count(source: Obj, key: str) -> int:
    """The count under `key`, 0 where there is none that can be one."""
    return whole(source.get(key))


def whole(value: Json) -> int:
    """`value` as a count, 0 where it can be none."""
    if type(value) is int:
        return value if 0 <= value <= TOKENS_MAX else 0
    if type(value) is float and 0 <= value <= TOKENS_MAX and value.is_integer():
        return int(value)
    return 0
