"""An error answer in any of the shapes that platforms share: a sentence, and a word for its kind.

Hosts that speak one dialect still shape errors their own way (a proxy before them, a web framework
under them), so one reader knows all shapes rather than each dialect its own.

>>> error_text(b'{"error": {"message": "no such model", "code": "model_not_found"}}').code
'model_not_found'
>>> error_text(b"<html>") is None
True
"""

from typing import Final

from detente.canonical.extras import Obj
from detente.dialects._codec.fields import Misfit, read_object
from detente.dialects.codec import ErrorText

_SENTENCES: Final = ("message", "Message", "detail", "error_description")
_KINDS: Final = ("code", "status", "type", "__type")


def error_text(body: bytes) -> ErrorText | None:
    """The error that `body` tells, None where it tells none; never raises."""
    try:
        wire = read_object(body)
    except Misfit:
        return None
    inner = wire.get("error")
    if type(inner) is dict:
        return _told(inner)
    if type(inner) is str and inner:
        return ErrorText(message=inner, code=_first(wire, _KINDS))
    return _told(wire)


def _told(source: Obj) -> ErrorText | None:
    message = _first(source, _SENTENCES)
    return None if message is None else ErrorText(message=message, code=_first(source, _KINDS))


def _first(source: Obj, names: tuple[str, ...]) -> str | None:
    for name in names:
        value = source.get(name)
        if type(value) is str and value:
            return value
    return None
