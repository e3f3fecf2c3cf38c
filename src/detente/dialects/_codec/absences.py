"""Members that an encoder always writes and one answer did not have.

Hosts leave out what a dialect's own platform always says; that is how they spell it, so it is
remembered as a mark, and an encoder of the same dialect leaves it out again.

>>> marks = absences({"id": "1"}, ("id", "usage"))
>>> without({"id": "1", "usage": 0}, Extras(dialect="openai_chat", marks=marks), "openai_chat")
{'id': '1'}
"""

from collections.abc import Iterable
from typing import Final

from detente.canonical.extras import Extras, Obj
from detente.canonical.model import Dialect

_PREFIX: Final = "no_"


def absences(source: Obj, names: Iterable[str]) -> tuple[str, ...]:
    """The marks for those of `names` that `source` does not have."""
    return tuple([_PREFIX + name for name in names if name not in source])


def without(target: Obj, extras: Extras | None, dialect: Dialect) -> Obj:
    """`target` without the members that marks of `dialect` say were absent, in place."""
    if extras is not None and extras.marks and extras.dialect == dialect:
        for mark in extras.marks:
            if mark.startswith(_PREFIX):
                target.pop(mark[len(_PREFIX) :], None)
    return target
