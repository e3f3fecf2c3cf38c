"""An input is a text where it is a text and nothing else."""

import pytest

from detente.canonical.content import Inline, Media, Text
from detente.canonical.embedding import EmbeddingInput

IMAGE = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (EmbeddingInput(parts=(Text(text="hi"),)), "hi"),
        (EmbeddingInput(parts=(Text(text=""),)), ""),
        (EmbeddingInput(parts=(Text(text="a"), Text(text="b"))), None),
        (EmbeddingInput(parts=(IMAGE,)), None),
        (EmbeddingInput(tokens=(1, 2)), None),
    ],
)
def test_text(one: EmbeddingInput, text: str | None) -> None:
    assert one.text == text
