"""JSON text whose strings and numbers are counted, so that one of them can be changed alone.

Not a parser: `msgspec` decides what is JSON. Where no object has a member twice, the strings (keys
too) of the text in their order are those of the decoded value in its order.

>>> edited(b'{"a": "x", "b": 1.50}', {1: "y"}, {})
b'{"a": "y", "b": 1.50}'
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_STRING_OR_NUMBER: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|-?[0-9][0-9.eE+-]*', re.DOTALL)
"""Possessive, so that a long string costs no memory."""
_ENCODE: Final = msgspec.json.Encoder().encode


def strings_in(text: bytes | str) -> int:
    """How many strings are in valid JSON text, keys too."""
    if isinstance(text, str):
        if "\\" in text and '\\"' in text:  # an escaped quote, or an escaped backslash and a quote
            text = text.replace("\\\\", "").replace('\\"', "")
        return text.count('"') // 2
    if b"\\" in text and b'\\"' in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    return text.count(b'"') // 2


def edited(text: bytes, strings: Mapping[int, str], numbers: Mapping[int, str]) -> bytes:
    """Valid JSON `text` with other strings in place of some of its strings and numbers, which are
    named by their place among all of their kind; every other byte stays."""
    pattern = _STRING_OR_NUMBER if numbers else _STRING
    left = len(strings) + len(numbers)
    pieces: list[bytes] = []
    copied = nth_string = nth_number = 0
    for found in pattern.finditer(text):
        start, end = found.span()
        if text[start] == 34:  # a quote
            new = strings.get(nth_string)
            nth_string += 1
        else:
            new = numbers.get(nth_number)
            nth_number += 1
        if new is None:
            continue
        pieces += (text[copied:start], _ENCODE(new))
        copied = end
        left -= 1
        if not left:
            break
    pieces.append(text[copied:])
    return b"".join(pieces)
