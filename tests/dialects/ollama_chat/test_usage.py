"""Chat with Ollama: the usage of an answer."""

import pytest

from detente.canonical.usage import Usage
from detente.dialects.ollama_chat.usage import read_usage


@pytest.mark.parametrize(
    ("body", "usage"),
    [
        (
            b'{"prompt_eval_count": 3, "eval_count": 2}',
            Usage(uncached_input_tokens=3, visible_output_tokens=2),
        ),
        (b'{"eval_count": 2.0}', Usage(visible_output_tokens=2)),
        (b'{"eval_count": -2}', Usage()),
        (b'{"done": true}', None),
        (b"[", None),
    ],
)
def test_usage(body: bytes, usage: Usage | None) -> None:
    assert read_usage(body) == usage
