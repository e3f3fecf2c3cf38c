"""Errors in the shapes of many platforms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.dialects._codec.error_text import error_text
from detente.dialects.codec import ErrorText


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            b'{"error": {"message": "m", "type": "t", "code": "c"}}',
            ErrorText(message="m", code="c"),
        ),
        (
            b'{"error": {"message": "m", "type": "t", "code": null}}',
            ErrorText(message="m", code="t"),
        ),
        (
            b'{"error": {"code": 404, "message": "m", "status": "NOT_FOUND"}}',
            ErrorText(message="m", code="NOT_FOUND"),
        ),
        (b'{"error": "m"}', ErrorText(message="m")),
        (b'{"error": "m", "code": "c"}', ErrorText(message="m", code="c")),
        (b'{"message": "m"}', ErrorText(message="m")),
        (b'{"Message": "m", "__type": "t"}', ErrorText(message="m", code="t")),
        (b'{"detail": "m"}', ErrorText(message="m")),
        (b'{"error": {"code": "c"}}', None),
        (b'{"error": 3}', None),
        (b"{}", None),
        (b"[]", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_shapes(body: bytes, found: ErrorText | None) -> None:
    assert error_text(body) == found


@given(body=st.binary(max_size=60))
def test_any_bytes(body: bytes) -> None:
    error_text(body)
