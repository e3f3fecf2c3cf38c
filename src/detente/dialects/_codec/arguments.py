"""A tool call's arguments: text in some dialects, an object in others.

>>> arguments_object('{"city": "Paris"}')
{'city': 'Paris'}
>>> arguments_object("not json") is None
True
"""

from typing import Final

import msgspec

from detente.canonical.extras import Obj
from detente.dialects._codec.fields import Misfit, read_json

_ENCODE: Final = msgspec.json.Encoder().encode


def arguments_object(text: str) -> Obj | None:
    """The object that the text says; an empty text is an empty object, None is no object."""
    if not text.strip():
        return {}
    try:
        value = read_json(text)
    except Misfit:
        return None
    return value if type(value) is dict else None


def arguments_text(value: Obj) -> str:
    """An object as JSON text, without spaces."""
    return _ENCODE(value).decode()
