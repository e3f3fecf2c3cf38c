"""Vectors as numbers and as base64 of little-endian float32, each made from the other.

Not a quantisation: what a model computed as float32 survives both ways exactly; a platform that
writes more digits than that is rounded to them, as base64 has no more.

>>> base64_of(Vector(values=(1.0, -0.5)))
'AACAPwAAAL8='
>>> floats_of(Vector(packed="AACAPwAAAL8="))
(1.0, -0.5)
"""

import base64
import binascii
import math
import struct
from array import array
from typing import Final, cast

from detente.canonical.embedding import Vector
from detente.canonical.extras import Json
from detente.dialects._codec.fields import Misfit

_FLOAT32_BYTES: Final = 4
_FLOAT32_MAX: Final = 3.4028234663852886e38
_NO_NUMBERS: Final = "must be a list of numbers"
_INTEGER_MAX: Final = 255
"""The largest number that any quantised vector has; the smallest is -128."""


def vector_of(value: Json) -> Vector:
    """A vector in either form; raises `Misfit`."""
    if type(value) is str:
        _unpacked(value)
        return Vector(packed=value)
    return Vector(values=numbers(value))


def numbers(value: Json) -> tuple[float, ...]:
    """A list of finite numbers; raises `Misfit`."""
    if type(value) is not list:
        raise Misfit("", _NO_NUMBERS)
    try:
        read = array("d", cast(list[float], value))
    except (TypeError, OverflowError):
        raise Misfit("", _NO_NUMBERS) from None
    if not math.isfinite(sum(read)):
        raise Misfit("", "must be a list of finite numbers")
    return tuple(cast(list[float], value))


def integers(value: Json) -> tuple[int, ...]:
    """A list of whole numbers of a quantised vector; raises `Misfit`."""
    if type(value) is not list:
        raise Misfit("", "must be a list of whole numbers")
    for number in value:
        if type(number) is not int or not -128 <= number <= _INTEGER_MAX:
            raise Misfit("", "must be a list of whole numbers from -128 to 255")
    return tuple(cast(list[int], value))


def floats_of(vector: Vector) -> tuple[float, ...]:
    """The numbers of a vector."""
    if vector.values is not None:
        return vector.values
    return _unpacked(vector.packed or "")


def base64_of(vector: Vector) -> str:
    """The base64 of a vector."""
    if vector.packed is not None:
        return vector.packed
    values = vector.values or ()
    try:
        packed = struct.pack(f"<{len(values)}f", *values)
    except OverflowError:
        within = [min(max(value, -_FLOAT32_MAX), _FLOAT32_MAX) for value in values]
        packed = struct.pack(f"<{len(values)}f", *within)
    return base64.b64encode(packed).decode("ascii")


def _unpacked(text: str) -> tuple[float, ...]:
    try:
        packed = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Misfit("", "must be base64") from None
    if len(packed) % _FLOAT32_BYTES:
        raise Misfit("", "must be base64 of 32-bit numbers")
    values = struct.unpack(f"<{len(packed) // _FLOAT32_BYTES}f", packed)
    if not math.isfinite(sum(values)):
        raise Misfit("", "must be base64 of finite 32-bit numbers")
    return values
