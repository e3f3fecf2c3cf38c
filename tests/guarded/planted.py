"""What is planted in requests, and who looks for it on a wire, in whichever encoding.

>>> Wire(["ann@contoso.com"]).found(b'{"text": "to ann\\u0040contoso.com"}')
['ann@contoso.com']
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final, cast
from urllib.parse import unquote_to_bytes

from detente.simulator import Received

NAMES: Final = ('Jürgen "Jay" Müßig', "O'Brien\\Smith", "Łucja Żółć")
"""Words of the dictionary: quotes, a backslash, letters beyond ASCII and Latin-1."""
STREET: Final = r"Hauptstraße [0-9]{1,3}\n[0-9]{5} [A-Z][a-z]{1,20}"
"""An address on two lines, as a regular expression."""

ORIGINALS: Final = (
    "ann.lee@contoso.com",
    "müller@bücher.de",
    "+1 415 555 2671",
    "+49 30 901820",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "10.20.30.40",
    "3c:22:fb:0a:0b:0c",
    *NAMES,
    "Hauptstraße 12\n10115 Berlin",
)
"""One of each kind that a policy on `personal` knows, and those that need escaping."""
LETTER: Final = " and ".join(f"<{one}>" for one in ORIGINALS)
"""A text that has them all."""

DEPTH_MAX: Final = 5
"""JSON in JSON strings, base64 in those: nobody nests deeper here."""
_SEPARATORS: Final = re.compile(r"[\s:.-]")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_ESCAPED: Final = re.compile(rb'\\+(?:u([0-9a-fA-F]{4})|(["n/])|)')


class Wire:
    """Looks for originals in what was sent; `bytes_seen` is how much that was."""

    def __init__(self, originals: Iterable[str]) -> None:
        self.bytes_seen = 0
        self._needles = {one: _needles(one) for one in originals}

    def leaks(self, received: Received) -> list[str]:
        """The originals that stand anywhere in a request: path, query, headers, body."""
        head = "\n".join(f"{name}: {value}" for name, value in received.headers)
        parts = (received.target.encode(), head.encode("utf-8", "surrogateescape"), received.body)
        return [one for part in parts for one in self.found(part)]

    def found(self, data: bytes) -> list[str]:
        """The originals in `data`, in whichever encoding."""
        self.bytes_seen += len(data)
        readings: dict[bytes, None] = {}
        _read(data, DEPTH_MAX, readings)
        everything = b"\0".join(readings).lower()
        return [
            original
            for original, needles in self._needles.items()
            if any(needle in everything for needle in needles)
        ]


def strings_of(body: bytes) -> list[str]:
    """Every string of a JSON body."""
    return list(_strings(_json(body)))


def _needles(original: str) -> tuple[bytes, ...]:
    """How an original reads, in lower case, where everything is decoded as far as it goes: as it
    is, without separators where it is a number, and in encodings that are no JSON's."""
    forms = [original.encode(), original.encode("utf-16-le"), original.encode("utf-16-be")]
    bare = _SEPARATORS.sub("", original)
    if bare.isascii() and any(one.isdigit() for one in bare):
        forms.append(bare.encode())
    if all(ord(one) < 256 for one in original):
        forms.append(original.encode("latin-1"))
    return tuple(dict.fromkeys(one.lower() for one in forms))


def _read(data: bytes, depth: int, readings: dict[bytes, None]) -> None:
    """Notes `data` as it is, and what it says: its percent codes, JSON, escapes and base64."""
    if data in readings:
        return
    readings[data] = None
    if not depth:
        return
    if b"%" in data:
        _read(unquote_to_bytes(data), depth - 1, readings)
    if b"+" in data:  # a space, in a query
        readings[unquote_to_bytes(data.replace(b"+", b" "))] = None
    for text in _strings(_json(data)):
        _read(text.encode("utf-8", "surrogatepass"), depth - 1, readings)
    if b"\\" in data:
        _read(_unescaped(data), depth - 1, readings)
    for run in _BASE64.findall(data):
        for start in range(4):  # it may stand behind other letters
            _decode(run[start:], depth, readings)


def _decode(run: bytes, depth: int, readings: dict[bytes, None]) -> None:
    whole = run[: len(run) // 4 * 4] if len(run) % 4 == 1 else run + b"=" * (-len(run) % 4)
    try:
        decoded = base64.b64decode(whole, altchars=b"-_" if b"-" in run or b"_" in run else None)
    except binascii.Error:
        return
    if decoded[:1] in (b"{", b"["):
        _read(decoded, depth - 1, readings)
    else:
        readings[decoded] = None


def _unescaped(data: bytes) -> bytes:
    """`data` with its escapes read wherever they stand, however many backslashes they have."""

    def read(found: re.Match[bytes]) -> bytes:
        if found[1] is not None:
            return chr(int(found[1], 16)).encode("utf-8", "replace")
        return {b'"': b'"', b"/": b"/", b"n": b"\n", None: b"\\"}[found[2]]

    return _ESCAPED.sub(read, data)


def _json(data: bytes) -> object:
    if data[:1] not in (b"{", b"[", b'"'):
        return None
    try:
        return json.loads(data)
    except ValueError:
        return None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in cast("list[object]", value):
            yield from _strings(one)
    elif isinstance(value, dict):
        for name, one in cast("dict[str, object]", value).items():
            yield name
            yield from _strings(one)
    elif isinstance(value, int | float):
        yield str(value)
