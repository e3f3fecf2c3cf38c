"""Large base64 strings are lifted out of a body before it is decoded, and laid back after.

A megabyte of image then costs one search and one copy, however many hands the request goes through:
in its place the codecs see a short marker. What is lifted is standard base64 afterwards, whichever
alphabet it came in. Bodies below `LIFTED_BYTES_MIN` are left alone, as is a body that has text like
a marker in it.

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
    rb'"(?:data:[^",\\]{0,200};base64,)?([A-Za-z0-9+/_-]{%d,}={0,2})"' % LIFTED_BYTES_MIN
)
_MARKED: Final = re.compile(_MARKER + rb"(\d{1,4})X")
_URL_SAFE_SIGN: Final = re.compile(rb"[-_]")
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
        blobs.append(_standard(view[begin:end]))
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


def _standard(blob: memoryview) -> Blob:
    """`blob` in the standard alphabet, itself where it is."""
    if _URL_SAFE_SIGN.search(blob) is None:
        return blob
    return bytes(blob).translate(_URL_SAFE)
