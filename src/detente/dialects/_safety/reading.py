"""Looking into a decoded answer for signals: what is not what it should be is not there.

Unlike a codec, a reader of signals refuses nothing: an answer is relayed whatever it says.

>>> texts({"reasons": ["hate", 1]}, "reasons")
('hate',)
"""

from collections.abc import Iterator
from typing import Final

from detente.canonical.extras import Json, Obj
from detente.canonical.safety import RAW_CHARACTERS_MAX

NULL: Final = (b":null", b": null")
"""What follows a member's name where there is nothing to tell."""
ITEMS_MAX: Final = 64
"""Items of a list that are looked at; a platform sends a handful."""
_NOTHING: Final[Obj] = {}


def unusual(data: bytes, name: bytes, at: int, usual: tuple[bytes, ...] = NULL) -> bool:
    """Whether `name` stands in undecoded JSON with anything else than the `usual` behind it; `at`
    is where it was found first, -1 where it was not.

    `name` ends in a quote, so that a text which speaks of it (there the quote is escaped) is not
    taken for it.
    """
    while at >= 0:
        end = at + len(name)
        if not data.startswith(usual, end):
            return True
        at = data.find(name, end)
    return False


def obj(value: Obj, name: str) -> Obj:
    """The object that is a member, an empty one where there is none."""
    found = value.get(name)
    return found if type(found) is dict else _NOTHING


def objs(value: Obj, name: str) -> Iterator[Obj]:
    """The objects in the list that is a member, up to the bound."""
    found = value.get(name)
    if type(found) is list:
        for item in found[:ITEMS_MAX]:
            if type(item) is dict:
                yield item


def values(value: Obj) -> Iterator[Obj]:
    """The objects among the members' values, those in lists too, up to the bound."""
    for item in list(value.values())[:ITEMS_MAX]:
        if type(item) is dict:
            yield item
        elif type(item) is list:
            yield from (one for one in item[:ITEMS_MAX] if type(one) is dict)


def texts(value: Obj, name: str) -> tuple[str, ...]:
    """The words in the list that is a member, up to the bound."""
    found = value.get(name)
    if type(found) is not list:
        return ()
    return tuple(item for item in found[:ITEMS_MAX] if type(item) is str)


def word(value: Json) -> str:
    """A platform's own word, cut short; empty where it is none."""
    return value[:RAW_CHARACTERS_MAX] if type(value) is str else ""
