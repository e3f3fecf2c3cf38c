"""Edits to top-level members of a JSON object that leave every other byte alone.

Not a parser: `msgspec` decides what is JSON; this module only finds *where* a member stands in
text that has already been decoded once.

>>> body = b'{ "a": {"model": 1}, "model" : "x" }'
>>> start, end = member_spans(body)["model"]
>>> body[start:end]
b'"x"'
"""

import re
from collections.abc import Container, Mapping
from typing import Final

import msgspec

from detente.canonical.failure import ClientFault

Span = tuple[int, int]

_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KEY: Final = msgspec.json.Decoder(str)
_KEY_TEXT: Final = re.compile(rb'[\s,]*("(?:[^"\\]++|\\.)*+")\s*:\s*', re.DOTALL)
_STRING_VALUE: Final = re.compile(rb'\s*:\s*("(?:[^"\\]++|\\.)*+")', re.DOTALL)
"""Possessive, so that a long string costs no memory. Python before 3.11.5 loses its place where
an alternative of such a group begins to match and then fails; none of these can.
"""

_COPY_BYTES: Final = 64 * 1024
"""Above this size a view saves more than it costs."""


def spells_keys_plainly(body: bytes) -> bool:
    """Whether no lower-case ASCII letter is written as an escape (`\\u006…`, `\\u007…`)."""
    if body.find(b"\\") < 0:  # what `in` says for three times the price
        return True
    return b"\\u006" not in body and b"\\u007" not in body


def sole_end(body: bytes, key: bytes) -> int:
    """The offset behind `key` (given with its quotes) where it occurs once in `body`, else -1.

    A quote inside a string is escaped, so where keys are spelled plainly and the object is known
    to have that top-level member, the one occurrence is its key.
    """
    at = body.find(key)
    end = at + len(key)
    return end if at >= 0 and body.find(key, end) < 0 else -1


def string_span(body: bytes, at: int) -> Span | None:
    """Where the string value stands whose key ends at `at`; None where `at` is no key's end."""
    found = _STRING_VALUE.match(body, at)
    return found.span(1) if found else None


def member_spans(body: bytes) -> dict[str, Span]:
    """Where the value of each top-level member stands.

    Raises `ClientFault` where a key occurs twice: the two ends of a connection could read
    different values.
    """
    values = decode_members(body)
    spans: dict[str, Span] = {}
    at = body.index(b"{") + 1
    while (found := _KEY_TEXT.match(body, at)) is not None:
        name = _KEY.decode(found[1])
        start = found.end()
        at = start + len(_value_at(body, start, values, name))
        if name in spans:
            raise duplicate(name)
        spans[name] = (start, at)
    if len(spans) != len(values) or body[at:].strip() != b"}":
        raise ClientFault(
            "request_invalid", "the body is not a plain JSON object; send each member once"
        )
    return spans


def decode_members(body: bytes) -> dict[str, msgspec.Raw]:
    """The raw values of a JSON object; raises `ClientFault` where it is none."""
    try:
        if not body.isascii():
            body.decode()  # what the decoder skips it does not check, and others would read it
        return _MEMBERS.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise ClientFault(
            "request_invalid", "the body is not a JSON object; send one as UTF-8"
        ) from None


def duplicate(name: str) -> ClientFault:
    """The fault of a body that names a member twice."""
    shown = name if name.isidentifier() and len(name) < 64 else "a member"
    return ClientFault("request_invalid", f"`{shown}` occurs twice in the body; send it once")


def replaced(body: bytes, span: Span, value: bytes) -> bytes:
    """`body` with `value` in place of `span`; one copy."""
    start, end = span
    if len(body) < _COPY_BYTES:
        return body[:start] + value + body[end:]
    view = memoryview(body)
    return b"".join((view[:start], value, view[end:]))


def rewritten(
    body: bytes, spans: Mapping[str, Span], *, drop: Container[str], add: Mapping[str, bytes]
) -> bytes:
    """`body` without the members `drop`, and with `add` (raw values) before all others.

    `spans` are `member_spans(body)`. Every other byte stays, but for the space around the edits.
    """
    view = memoryview(body)
    pieces: list[bytes | memoryview] = [b"{"]
    pieces.append(b",".join(b'"%b":%b' % (name.encode(), raw) for name, raw in add.items()))
    empty = not add
    before = body.index(b"{") + 1
    for name, (_, end) in spans.items():
        if name not in drop:
            key = body.index(b'"', before)
            pieces += (b"" if empty else b",", view[key:end])
            empty = False
        before = end
    pieces.append(b"}")
    return b"".join(pieces)


def _value_at(body: bytes, start: int, values: dict[str, msgspec.Raw], name: str) -> bytes:
    """The raw value that stands at `start`; a repeated key shows by its other bytes."""
    value = bytes(values[name])
    if not body.startswith(value, start):
        raise duplicate(name)
    return value
