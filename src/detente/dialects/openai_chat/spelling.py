"""How one chat object was written, beyond what it says: members that were left out.

`_codec/rest.py` keeps what stood there; a mark that begins with a hyphen says what did not, though
chat asks for it (compatible hosts leave out `type`, ids, indexes).

>>> spelt({"type": "function", "id": "a"}, Extras(dialect="openai_chat", marks=("-type",)))
{'id': 'a'}
"""

from detente.canonical.extras import Extras, Obj
from detente.dialects._codec.rest import laid_over
from detente.dialects.openai_chat.words import CHAT


def spelt(target: Obj, extras: Extras | None) -> Obj:
    """`target` as its object was written, in place; extras of another dialect change nothing."""
    if extras is None or extras.dialect != CHAT:
        return target
    laid_over(target, extras, CHAT)
    for mark in extras.marks:
        if mark[0] == "-":
            target.pop(mark[1:], None)
    return target


def absent(source: Obj, *keys: str) -> tuple[str, ...]:
    """Marks for those of `keys` that `source` leaves out."""
    return tuple(["-" + key for key in keys if key not in source])


def has(extras: Extras | None, mark: str) -> bool:
    """Whether a chat object was written with `mark`."""
    return extras is not None and mark in extras.marks and extras.dialect == CHAT
