"""A call whose arguments come in pieces: each names its place in the arguments and adds to it.

Vertex AI streams them so where a client asks for it; the canonical call is whole.

>>> call = PartialCall("f", "call_0")
>>> call.add([{"jsonPath": "$.city", "stringValue": "Par", "willContinue": True}])
>>> call.add([{"jsonPath": "$.city", "stringValue": "is"}])
>>> call.arguments
{'city': 'Paris'}
"""

import re
from typing import Final

from detente.canonical.content import Opaque
from detente.canonical.extras import Json, Obj

DEPTH_MAX: Final = 64
ITEMS_MAX: Final = 10_000
"""Deeper or longer arguments no schema asks for; the bound is against hostile paths."""

_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d{1,5})\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")
_VALUES: Final = ("stringValue", "numberValue", "boolValue")


class PartialCall:
    """One such call."""

    __slots__ = ("arguments", "id", "name", "state")

    def __init__(self, name: str, id_: str, state: Opaque | None = None) -> None:
        self.name = name
        self.id = id_
        self.state = state
        self.arguments: Obj = {}

    def add(self, pieces: Json) -> None:
        """Add the pieces of one event; what names no place is left out."""
        if type(pieces) is not list:
            return
        for piece in pieces:
            if type(piece) is not dict:
                continue
            path = piece.get("jsonPath")
            value = next((piece[name] for name in _VALUES if piece.get(name) is not None), None)
            steps = _steps(path) if type(path) is str else []
            if steps:
                _put(self.arguments, steps, value)


def _steps(path: str) -> list[str | int]:
    found: list[str | int] = []
    for match in _STEP.finditer(path):
        if match[2] is not None:
            found.append(int(match[2]))
        else:
            found.append(match[1] or match[3] or match[4] or "")
    return found[:DEPTH_MAX]


def _put(target: Json, steps: list[str | int], value: Json) -> None:
    """Put `value` where `steps` lead; a text is added to a text that stands there."""
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        inner = _at(target, step)
        if after is None:
            joined = inner + value if type(inner) is str and type(value) is str else value
            _set(target, step, joined)
        elif type(inner) is not (list if type(after) is int else dict):
            items: list[Json] = []
            members: Obj = {}
            inner = items if type(after) is int else members
            _set(target, step, inner)
        target = inner


def _at(target: Json, step: str | int) -> Json:
    if type(target) is dict and type(step) is str:
        return target.get(step)
    if type(target) is list and type(step) is int:
        return target[step] if step < len(target) else None
    return None


def _set(target: Json, step: str | int, value: Json) -> None:
    if type(target) is dict and type(step) is str:
        target[step] = value
    elif type(target) is list and type(step) is int and step < ITEMS_MAX:
        while len(target) <= step:
            target.append(None)
        target[step] = value
