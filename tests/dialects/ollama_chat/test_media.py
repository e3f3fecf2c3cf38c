"""What an image is, its first bytes tell."""

import pytest

from detente.canonical.content import Inline
from detente.dialects.ollama_chat.media import image_of


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("iVBORw0KGgoAAAA", "image/png"),
        ("/9j/4AAQ", "image/jpeg"),
        ("R0lGODlh", "image/gif"),
        ("UklGRiQA", "image/webp"),
        ("", "image/png"),
        ("QUJD", "image/png"),
    ],
)
def test_kinds(data: str, kind: str) -> None:
    assert image_of(data).source == Inline(media_type=kind, data=data)
