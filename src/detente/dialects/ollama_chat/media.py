"""Images in Ollama's messages are bare base64; what they are their first bytes tell.

>>> image_of("iVBORw0KGgo=").source.media_type
'image/png'
"""

from typing import Final

from detente.canonical.content import Inline, Media

_BEGINNINGS: Final = (
    ("iVBORw0KGgo", "image/png"),
    ("/9j/", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
)
_DEFAULT: Final = "image/png"


def image_of(data: str) -> Media:
    """An image of base64; its kind is told by how it begins, and PNG where that says nothing."""
    kind = next((kind for start, kind in _BEGINNINGS if data.startswith(start)), _DEFAULT)
    return Media(kind="image", source=Inline(media_type=kind, data=data))
