"""Durations as agreements write them: a whole number and a unit.

>>> milliseconds("2s")
2000
"""

from typing import Annotated, Final

from msgspec import Meta

Duration = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(ms|s|m|h|d)$")]
"""`500ms`, `2s`, `15m`, `6h`, `30d`."""

_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(text: Duration) -> int:
    """The duration in milliseconds; `text` was checked when it was read."""
    digits = text.rstrip("dhms")
    return int(digits) * _MS[text[len(digits) :]]
