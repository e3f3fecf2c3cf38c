"""What is around a block's own members: `{"toolUse": {...}}` is an object in an object.

>>> wrapped({"text": "hi", "new": 1}, "text").members
{'new': 1}
"""

from detente.canonical.extras import Extras, Obj
from detente.dialects._codec.rest import rest
from detente.dialects.bedrock_converse.words import DIALECT


def wrapped(
    block: Obj, name: str, inner: Extras | None = None, *, marks: tuple[str, ...] = ()
) -> Extras | None:
    """The rest of `block`, whose member `name` has the rest `inner`; None where it is all said."""
    if inner is None and not marks and len(block) == 1:
        return None
    members: Obj = {}
    spelling: Obj = {}
    if inner is not None:
        if inner.members:
            members[name] = inner.members
        if inner.spelling:
            spelling[name] = inner.spelling
        marks = inner.marks + marks
    for key, value in block.items():
        if key != name:
            (spelling if value is None else members)[key] = value
    return Extras(dialect=DIALECT, members=members, spelling=spelling, marks=marks)


def inner_rest(
    block: Obj,
    name: str,
    known: frozenset[str],
    *,
    spelling: Obj | None = None,
    members: Obj | None = None,
    marks: tuple[str, ...] = (),
) -> Extras | None:
    """The rest of a block whose member `name` is an object of `known` members."""
    inner = block[name]
    if type(inner) is not dict:
        return None
    found = rest(inner, known, DIALECT, spelling=spelling, members=members, marks=marks)
    return wrapped(block, name, found)
