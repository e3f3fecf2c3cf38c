"""Errors of Google's platforms: one object, or in some streams a list of one.

>>> read_error(b'[{"error": {"code": 400, "message": "bad", "status": "INVALID_ARGUMENT"}}]').code
'INVALID_ARGUMENT'
"""

from detente.canonical.extras import Json
from detente.dialects._codec.fields import Misfit, read_json
from detente.dialects.codec import ErrorText


def read_error(body: bytes) -> ErrorText | None:
    """The error that `body` tells, None where it tells none; never raises."""
    try:
        wire: Json = read_json(body)
    except Misfit:
        return None
    if type(wire) is list and wire:
        wire = wire[0]
    error = wire.get("error") if type(wire) is dict else None
    if type(error) is str and error:
        return ErrorText(message=error)
    if type(error) is not dict:
        return None
    message, status = error.get("message"), error.get("status")
    if type(message) is not str or not message:
        return None
    return ErrorText(message=message, code=status if type(status) is str else None)
