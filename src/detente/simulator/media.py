"""Images and other media as a simulated model sees them: their type, size and digest.

Bytes are told by length and digest, so that a test can see whether they arrived whole, whatever
alphabet of base64 they came in. Nothing is fetched and nothing is rendered.

>>> seen("image/png", "aGk=")["bytes"]
2
"""

import base64
import binascii
import hashlib
from typing import Final

from detente.simulator.exchange import JsonObject, RequestError

DIGEST_DIGITS: Final = 16


def seen(media_type: str, data: str) -> JsonObject:
    """What is told of inline media; raises `RequestError` 400 where `data` is no base64."""
    try:
        content = base64.b64decode(_standard(data), validate=True)
    except (binascii.Error, ValueError):
        raise RequestError(400, "Base64 decoding failed for inline media.") from None
    digest = hashlib.sha256(content).hexdigest()[:DIGEST_DIGITS]
    return {"media_type": media_type, "bytes": len(content), "sha256": digest}


def linked(url: str, media_type: str | None = None) -> JsonObject:
    """What is told of media that stand elsewhere; a `data:` URL is inline."""
    if url.startswith("data:"):
        head, _, data = url[len("data:") :].partition(",")
        return seen(head.removesuffix(";base64"), data)
    return {"media_type": media_type, "url": url}


def _standard(data: str) -> str:
    standard = data.replace("-", "+").replace("_", "/").rstrip("=")
    return standard + "=" * (-len(standard) % 4)
