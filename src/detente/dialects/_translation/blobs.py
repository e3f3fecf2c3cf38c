"""Large base64 strings are lifted out of a body before it is decoded, and laid back after.

A megabyte of image then costs one search and one copy, however many hands the request goes through:
in its place the codecs see a short marker. Content in the URL-safe alphabet, which Google's
clients send, is standard base64 afterwards; any other string of that alphabet is somebody's secret
and left alone. So are text, which a codec may have to read, bodies below `LIFTED_BYTES_MIN`, and
a body that has text like a marker in it.

Nobody else can write a marker: it bears a seal, a digest of all that the body says besides, which
no text in that body can foretell. Else a few bytes, escaped or in pieces, would be laid down as
megabytes, as often as somebody likes.

>>> body = b'{"data":"' + b"QUJD" * 10_000 + b'","n":1}'
>>> small, blobs = lifted(body)
>>> small[:54], len(small)
(b'{"data":"QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDDETENTEBLOB0X', 82)
>>> laid_back(small.replace(b"data", b"image"), blobs)[:18]
b'{"image":"QUJDQUJD'
"""

import hashlib
import re
from typing import Final

import msgspec

LIFTED_BYTES_MIN: Final = 16 * 1024
"""Shorter strings cost less to copy than to look for."""

LEFT_BYTES: Final = 32
"""A lifted string leaves its beginning: it tells the kind of content where nobody else does."""

BLOBS_MAX: Final = 1024
"""More large strings than any platform takes; the rest stays where it is."""

_MARKER: Final = b"DETENTEBLOB"
_BLOB: Final = re.compile(
    rb'"(?:data:(?!text/)[^",\\]{0,200};base64,)?((?!ZHQx)[A-Za-z0-9+/_-]{%d,}={0,2})"'
    % LIFTED_BYTES_MIN
)
"""What begins with `ZHQx` is reasoning state under a tag (`_codec/state.py`), which is read."""
_SEAL_BYTES: Final = 10
_MARKED: Final = re.compile(_MARKER + rb"(\d{1,4})X([0-9a-f]{%d})" % (2 * _SEAL_BYTES))
_CONTENT_KEY: Final = re.compile(
    rb'"(?:mimeType|mime_type)"\s*:\s*"[^"]*"\s*,\s*"data"\s*:\s*"\Z|'
    rb'"(?:inlineData|inline_data)"\s*:\s*\{\s*"data"\s*:\s*"\Z'
)
"""Google's inline content, its type before its data or behind."""
_KEY_BYTES_MAX: Final = 200
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")

Blob = bytes | memoryview


class Blobs(msgspec.Struct, frozen=True, kw_only=True):
    """The strings of one body, in the order of their markers, which bear its `seal`."""

    seal: bytes
    strings: tuple[Blob, ...]


NO_BLOBS: Final = Blobs(seal=b"", strings=())


def lifted(body: bytes) -> tuple[bytes, Blobs]:
    """`body` with markers for its large base64 strings, and the strings in the markers' order."""
    if len(body) < LIFTED_BYTES_MIN:
        return body, NO_BLOBS
    blobs: list[Blob] = []
    kept: list[Blob] = []
    view = memoryview(body)
    start = 0
    for found in _BLOB.finditer(body):
        begin, end = found.span(1)
        content = _standard(body, begin, end)
        if content is None:
            continue
        blobs.append(content[LEFT_BYTES:])
        kept.append(b"%b%b" % (view[start:begin], content[:LEFT_BYTES]))
        start = end
        if len(blobs) == BLOBS_MAX:
            break
    if not blobs:
        return body, NO_BLOBS
    kept.append(view[start:])
    seal = _seal(kept)
    pieces = [kept[0]]
    for at, piece in enumerate(kept[1:]):
        pieces += (b"%b%dX%b" % (_MARKER, at, seal), piece)
    small = b"".join(pieces)
    if small.count(_MARKER) != len(blobs):  # somebody writes about us
        return body, NO_BLOBS
    return small, Blobs(seal=seal, strings=tuple(blobs))


def laid_back(body: bytes, blobs: Blobs) -> bytes:
    """`body` with each marker's string in its place; a string may be laid down more than once."""
    if not blobs.strings or blobs.seal not in body:
        return body
    pieces: list[Blob] = []
    start = 0
    for found in _MARKED.finditer(body):
        index = int(found[1])
        if found[2] == blobs.seal and index < len(blobs.strings):
            pieces += (body[start : found.start()], blobs.strings[index])
            start = found.end()
    pieces.append(body[start:])
    return b"".join(pieces)


def text_laid_back(text: str, blobs: Blobs) -> str:
    """The same for a text out of a decoded body."""
    if not blobs.strings or len(text) < len(_MARKER):
        return text
    return laid_back(text.encode("utf-8", "surrogatepass"), blobs).decode("utf-8", "surrogatepass")


def _seal(kept: list[Blob]) -> bytes:
    digest = hashlib.blake2b(digest_size=_SEAL_BYTES)
    for piece in kept:
        digest.update(piece)
        digest.update(b"\0")  # where a string was
    return digest.hexdigest().encode()


def _standard(body: bytes, begin: int, end: int) -> memoryview | None:
    """The string in the standard alphabet, itself where it is; None where it must not change."""
    blob = memoryview(body)[begin:end]
    if body.find(b"-", begin, end) < 0 and body.find(b"_", begin, end) < 0:
        return blob
    if _CONTENT_KEY.search(body[max(0, begin - _KEY_BYTES_MAX) : begin]) is None:
        return None
    return memoryview(bytes(blob).translate(_URL_SAFE))
