"""Durations as agreements write them."""

import pytest

from detente.agreements.duration import milliseconds


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0ms", 0),
        ("500ms", 500),
        ("2s", 2000),
        ("15m", 900000),
        ("6h", 21600000),
        ("30d", 2592000000),
    ],
)
def test_milliseconds(text: str, ms: int) -> None:
    assert milliseconds(text) == ms
