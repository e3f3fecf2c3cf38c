"""What uses nothing reports no usage."""

import pytest

from detente.dialects._framing.unbilled import read_usage


@pytest.mark.parametrize("body", [b'{"input_tokens":2095}', b'{"totalTokens":31}', b"", b"\xff"])
def test_a_count_is_no_usage(body: bytes) -> None:
    assert read_usage(body) is None
