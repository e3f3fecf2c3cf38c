"""Chat with Cohere: the usage of an answer."""

import pytest

from detente.canonical.usage import Usage
from detente.dialects.cohere_chat.usage import read_counts, read_usage, usage_told


@pytest.mark.parametrize(
    ("body", "usage"),
    [
        (
            b'{"usage": {"billed_units": {"input_tokens": 3.0, "output_tokens": 2},'
            b'"tokens": {"input_tokens": 900, "output_tokens": 9}}}',
            Usage(uncached_input_tokens=3, visible_output_tokens=2),
        ),
        (
            b'{"usage": {"tokens": {"input_tokens": 900, "output_tokens": 9}}}',
            Usage(uncached_input_tokens=900, visible_output_tokens=9),
        ),
        (b'{"usage": {}}', None),
        (b"{}", None),
        (b'{"usage": {"tokens": {"input_tokens": "x"}}}', None),
        (b"[", None),
    ],
)
def test_usage(body: bytes, usage: Usage | None) -> None:
    assert read_usage(body) == usage


def test_counts_of_decoded_members() -> None:
    assert read_counts({"tokens": {"input_tokens": 1}}) == Usage(uncached_input_tokens=1)
    assert read_counts({"tokens": 3}) is None
    assert read_counts([]) is None


def test_all_that_is_used_is_billed() -> None:
    usage = Usage(uncached_input_tokens=3, cache_read_tokens=2, reasoning_output_tokens=4)
    counts = {"input_tokens": 5, "output_tokens": 4}
    assert usage_told(usage) == {"billed_units": counts, "tokens": counts, "cached_tokens": 2}
    assert "cached_tokens" not in usage_told(Usage())
