"""Errors inside a Converse stream: exceptions, and errors that have only headers.

>>> from detente.dialects._bedrock.failure import exception_frame
>>> from detente.dialects._framing.aws_events import read_event
>>> failed_of(read_event(exception_frame("throttlingException", b'{"message": "slow down"}')))
Failed(code='throttlingException', message='slow down', status=429, extras=None)
"""

from typing import Final

import msgspec

from detente.canonical.events import Failed, Framed
from detente.canonical.extras import Json, Obj
from detente.dialects._bedrock.failure import exception_frame, stream_error_type
from detente.dialects._codec.fields import Misfit, read_object
from detente.dialects._framing.aws_events import AwsEvent, aws_event
from detente.dialects.bedrock_converse.words import DIALECT

FRAME: Final = "exception"
"""The name of a `Framed` that was an exception."""

_ENCODE: Final = msgspec.json.Encoder().encode
_STATUSES: Final = {
    "internalServerException": 500,
    "modelStreamErrorException": 424,
    "validationException": 400,
    "throttlingException": 429,
    "serviceUnavailableException": 503,
}
"""The exceptions that a stream may end with, and their statuses."""


def failed_of(frame: AwsEvent) -> Failed:
    """What the frame of an error says; a model's own status where it is told."""
    headers = frame.headers
    code = headers.get(":exception-type") or headers.get(":error-code") or "error"
    wire = _payload(frame)
    message = wire.get("message", wire.get("Message"))
    if type(message) is not str:
        message = headers.get(":error-message") or "the provider broke the stream off"
    status = wire.get("originalStatusCode")
    if type(status) is not int or not 400 <= status <= 599:
        status = _STATUSES.get(code, 502)
    return Failed(code=code, message=message, status=status)


def exception_framed(frame: AwsEvent) -> Framed:
    """The frame of an error, to be written again."""
    members: Obj = {"headers": dict[str, Json](frame.headers), "payload": _payload(frame)}
    return Framed(dialect=DIALECT, name=FRAME, members=members)


def framed_exception(members: Obj) -> bytes:
    """The frame that `exception_framed` has read."""
    headers = members.get("headers")
    told = {
        key: value
        for key, value in (headers.items() if type(headers) is dict else ())
        if type(value) is str
    }
    return aws_event(told, _ENCODE(members.get("payload")))


def failed_event(event: Failed) -> bytes:
    """The exception that a provider's error is, in Bedrock's words."""
    kind = event.code if event.code in _STATUSES else stream_error_type(event.status)
    return exception_frame(kind, _ENCODE({"message": event.message}))


def _payload(frame: AwsEvent) -> Obj:
    try:
        return read_object(frame.payload)
    except Misfit:
        return {}
