"""The rest of a wire object: found by a decoder, laid over again by an encoder of the same dialect.

>>> found = rest({"type": "text", "text": "hi", "new": 1, "annotations": []},
...              frozenset(("type", "text", "annotations")), "openai_chat")
>>> found.members, found.spelling
({'new': 1}, {'annotations': []})
>>> laid_over({"type": "text", "text": "hi"}, found, "openai_chat")["new"]
1
"""

from collections.abc import Iterable
from typing import Final

from detente.canonical.extras import Extras, Json, Obj
from detente.canonical.model import Dialect

_CONTAINERS: Final = (list, dict)


def rest(
    source: Obj,
    known: frozenset[str],
    dialect: Dialect,
    *,
    spelling: Obj | None = None,
    members: Obj | None = None,
    marks: tuple[str, ...] = (),
) -> Extras | None:
    """What of `source` the canonical value does not say, None where it says it all.

    Members outside `known` are the codec's unknown ones; nulls, and lists and objects that are
    empty, are spelling. `spelling`, `members` (of nested objects, say) and `marks` are added.
    """
    if not (source.keys() <= known):
        unknown: Obj = {}
        for key, value in source.items():
            if key not in known and value is not None:
                unknown[key] = value
        if members:
            unknown.update(members)
        members = unknown
    for key, value in source.items():
        if not value and (value is None or type(value) in _CONTAINERS):
            spelling = {} if spelling is None else spelling
            if (members is None or key not in members) and key not in spelling:
                spelling[key] = value
    if members or spelling or marks:
        return Extras(dialect=dialect, members=members or {}, spelling=spelling or {}, marks=marks)
    return None


def laid_over(target: Obj, extras: Extras | None, dialect: Dialect) -> Obj:
    """`target` with the rest that is of `dialect` laid over it, in place; returns it."""
    if extras is not None and extras.dialect == dialect:
        _lay(target, extras.members)
        _lay(target, extras.spelling)
    return target


def marked(extras: Extras | None, dialect: Dialect, mark: str) -> bool:
    """Whether an object of `dialect` was spelt with `mark`."""
    return extras is not None and extras.dialect == dialect and mark in extras.marks


def differing(source: Obj, encoded: Obj) -> Obj:
    """The members of `source` that `encoded` has otherwise or not: spelling, where both mean one.

    For objects that a codec projects (usage, say): what the projection does not say alike.
    """
    return {
        key: value
        for key, value in source.items()
        if key not in encoded or encoded[key] != value or type(encoded[key]) is not type(value)
    }


def foreign(extras: Iterable[Extras | None], dialect: Dialect) -> list[tuple[str, Json]]:
    """The unknown members that an encoder of `dialect` leaves behind."""
    return [
        (key, value)
        for one in extras
        if one is not None and one.dialect != dialect
        for key, value in one.members.items()
    ]


def _lay(target: Obj, over: Obj) -> None:
    for key, value in over.items():
        under = target.get(key)
        if type(value) is dict and type(under) is dict:
            _lay(under, value)
        else:
            target[key] = value
