"""Content in `data:` URLs, and the names of media types.

>>> inline_of("data:image/png;base64,aGk=")
Inline(media_type='image/png', data='aGk=')
>>> data_url(Inline(media_type="image/png", data="aGk="))
'data:image/png;base64,aGk='
"""

from typing import Final

from detente.canonical.content import Inline, MediaKind

OCTETS: Final = "application/octet-stream"
_HEAD_CHARACTERS_MAX: Final = 256
"""A media type with its parameters; what is longer is no head."""


def inline_of(url: str) -> Inline | None:
    """The content of a base64 `data:` URL (RFC 2397), None where it is another URL."""
    if not url.startswith("data:"):
        return None
    comma = url.find(",", 5, _HEAD_CHARACTERS_MAX)
    head = url[5:comma] if comma > 0 else ""
    if not head.endswith(";base64"):
        return None
    return Inline(media_type=head.removesuffix(";base64") or OCTETS, data=url[comma + 1 :])


def data_url(inline: Inline) -> str:
    """Content as a `data:` URL."""
    return f"data:{inline.media_type};base64,{inline.data}"


def kind_of(media_type: str) -> MediaKind:
    """What kind of content a media type is; what is neither image, sound nor film is a document."""
    match media_type.partition("/")[0]:
        case "image":
            return "image"
        case "audio":
            return "audio"
        case "video":
            return "video"
        case _:
            return "document"
