"""What of a wire event its canonical events do not say, and the event made up of both again.

For the frames of round trips in one dialect: a decoder keeps `left(event, said)`, where `said` is
what its encoder makes of the events; `over(said, left)` is then the event as it was.

>>> kept = left({"type": "x", "index": 0}, {"type": "x", "extra": 1})
>>> over({"type": "x", "extra": 1}, kept)
{'type': 'x', 'index': 0}
"""

from typing import Final

from detente.canonical.extras import Json, Obj

ABSENT: Final = ""
"""The member that lists what the event did not have; no event has a nameless member."""


def left(wire: Obj, said: Obj) -> Obj:
    """The members of `wire` that `said` has not, or otherwise; and which it has beyond."""
    kept: Obj = {}
    for key, value in wire.items():
        if key not in said:
            kept[key] = value
            continue
        other = said[key]
        if type(value) is dict and type(other) is dict:
            if inner := left(value, other):
                kept[key] = inner
        elif value != other or type(value) is not type(other):
            kept[key] = value
    absent = [key for key in said if key not in wire]
    if absent:
        kept[ABSENT] = list[Json](absent)
    return kept


def over(said: Obj, kept: Obj) -> Obj:
    """`said` with what was kept laid over it, in place; returns it."""
    absent = kept.get(ABSENT)
    if type(absent) is list:
        for key in absent:
            said.pop(str(key), None)
    for key, value in kept.items():
        under = said.get(key)
        if type(value) is dict and type(under) is dict:
            said[key] = over(under, value)
        elif key != ABSENT:
            said[key] = value
    return said
