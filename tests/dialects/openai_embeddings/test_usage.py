"""Usage of embeddings."""

import pytest

from detente.canonical.usage import Usage
from detente.dialects.openai_embeddings.usage import read_usage
from tests.conftest import Recorded


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b'{"data":[{"embedding":[0.5]}],"usage":{"prompt_tokens":8,"total_tokens":8}}', 8),
        (b'{"data":[{"embedding":"AAA="}],"usage":{"total_tokens":18}}', 18),
    ],
)
def test_usage(body: bytes, tokens: int) -> None:
    assert read_usage(body) == Usage(uncached_input_tokens=tokens)


def test_recorded_embeddings(recorded: Recorded) -> None:
    rows = [
        row
        for row in recorded("embeddings")
        if row["path"].endswith("/v1/embeddings") and row["response"]["status"] == 200
    ]
    assert len(rows) > 20
    for row in rows:
        usage = read_usage(row["response"]["text"].encode())
        assert usage is not None, row["id"]
        assert usage.output_tokens == 0, row["id"]
