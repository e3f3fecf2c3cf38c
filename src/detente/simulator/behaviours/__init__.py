"""Scripted behaviours: how a simulated provider answers the next request, for once.

A new one is a struct with its `perform` in a file here and its line in `BEHAVIOURS`. Over
HTTP each is a JSON object whose `do` is its tag.

>>> decode(b'[{"do": "cut", "after_tokens": 3}]')
[Cut(times=1, first_byte_ms=None, token_ms=None, after_tokens=3, how='close')]
"""

from typing import Final

import msgspec

from detente.simulator.behaviours.behaviour import Behaviour
from detente.simulator.behaviours.failure import Close, Cut, Status, StreamError
from detente.simulator.behaviours.garbage import (
    EndlessHeaders,
    Garbage,
    GarbageChunk,
    HugeBody,
    NotJson,
    WrongLength,
)
from detente.simulator.behaviours.pace import Burst, Fragment, Hold, Slow, SlowLoris

__all__ = [
    "BEHAVIOURS",
    "Behaviour",
    "Burst",
    "Close",
    "Cut",
    "EndlessHeaders",
    "Fragment",
    "Garbage",
    "GarbageChunk",
    "Hold",
    "HugeBody",
    "NotJson",
    "Slow",
    "SlowLoris",
    "Status",
    "StreamError",
    "WrongLength",
    "decode",
]

Scripted = (
    Slow
    | Hold
    | Burst
    | SlowLoris
    | Fragment
    | Status
    | Close
    | Cut
    | StreamError
    | Garbage
    | GarbageChunk
    | EndlessHeaders
    | HugeBody
    | WrongLength
    | NotJson
)

BEHAVIOURS: Final[tuple[type[Behaviour], ...]] = Scripted.__args__
"""Every behaviour that a script may name."""


def decode(body: bytes) -> list[Scripted]:
    """The script in a JSON array; raises `msgspec.ValidationError` naming what does not fit."""
    return msgspec.json.decode(body, type=list[Scripted])
