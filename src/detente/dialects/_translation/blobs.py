"""Large base64 strings are lifted out of a body before it is decoded, and laid back after.

A megabyte of image then costs one search and one copy, however many hands the request goes through:
in its place the codecs see a short marker. Content in the URL-safe alphabet, which Google's
clients send, is standard base64 afterwards; any other string of that alphabet is somebody's secret
and left alone. So are text, which a codec may have to read, bodies below `LIFTED_BYTES_MIN`, and
a body that has text like a marker in it.

>>> body = b'{"data":"' + b"QUJD" * 10_000 + b'","n":1}'
>>> small, blobs = lifted(body)
>>> small
b'{"data":"DETENTEBLOB0X","n":1}'
>>> laid_back(b'{"image":"data:image/png;base64,DETENTEBLOB0X"}', blobs)[:40]
b'{"image":"data:image/png;base64,QUJDQUJD'
"""

import re
from typing import Final

LIFTED_BYTES_MIN: Final = 16 * 1024
"""Shorter strings cost less to copy than to look for."""

BLOBS_MAX: Final = 1024
"""More large strings than any platform takes; the rest stays where it is."""

_MARKER: Final = b"DETENTEBLOB"
_BLOB: Final = re.compile(
    rb'"(?:data:(?!text/)[^",\\]{0,200};base64,)?([A-Za-z0-9+/_-]{%d,}={0,2})"' % LIFTED_BYTES_MIN
)
_MARKED: Final = re.compile(_MARKER + rb"(\d{1,4})X")
_CONTENT_KEY: Final = re.compile(
    rb'"(?:mimeType|mime_type)"\s*:\s*"[^"]*"\s*,\s*"data"\s*:\s*"\Z|'
    rb'"(?:inlineData|inline_data)"\s*:\s*\{\s*"data"\s*:\s*"\Z'
)
"""Google's inline content, its type before its data or behind."""
_KEY_BYTES_MAX: Final = 200
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")

Blob = bytes | memoryview


def lifted(body: bytes) -> tuple[bytes, tuple[Blob, ...]]:
    """`body` with markers for its large base64 strings, and the strings in the markers' order."""
    if len(body) < LIFTED_BYTES_MIN:
        return body, ()
    blobs: list[Blob] = []
    pieces: list[Blob] = []
    view = memoryview(body)
    start = 0
    for found in _BLOB.finditer(body):
        begin, end = found.span(1)
        blob = _standard(body, begin, end)
        if blob is None:
            continue
        blobs.append(blob)
        pieces += (view[start:begin], b"%b%dX" % (_MARKER, len(blobs) - 1))
        start = end
        if len(blobs) == BLOBS_MAX:
            break
    if not blobs:
        return body, ()
    pieces.append(view[start:])
    small = b"".join(pieces)
    if small.count(_MARKER) != len(blobs):  # somebody writes about us
        return body, ()
    return small, tuple(blobs)


def laid_back(body: bytes, blobs: tuple[Blob, ...]) -> bytes:
    """`body` with each marker's string in its place; a string may be laid down more than once."""
    if not blobs:
        return body
    pieces: list[Blob] = []
    start = 0
    for found in _MARKED.finditer(body):
        index = int(found[1])
        if index < len(blobs):
            pieces += (body[start : found.start()], blobs[index])
            start = found.end()
    pieces.append(body[start:])
    return b"".join(pieces)


def _standard(body: bytes, begin: int, end: int) -> Blob | None:
    """The string in the standard alphabet, itself where it is; None where it must not change."""
    blob = memoryview(body)[begin:end]
    if body.find(b"-", begin, end) < 0 and body.find(b"_", begin, end) < 0:
        return blob
    if _CONTENT_KEY.search(body[max(0, begin - _KEY_BYTES_MAX) : begin]) is None:
        return None
    return bytes(blob).translate(_URL_SAFE)
