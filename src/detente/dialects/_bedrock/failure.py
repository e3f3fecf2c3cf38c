"""Failures as Amazon's clients expect them: an exception's name, and a message.

The name stands in the header `x-amzn-errortype` (`error_type`), and in the body too, as `__type`,
where clients look for it when the header is missing. Clients ignore the member `detente`; the
stable code stands in there, for they would take a `code` beside the message for the name.

>>> error_type(429)
'ThrottlingException'
"""

from typing import Final

import msgspec

from detente.canonical.failure import Failure
from detente.dialects._framing.aws_events import aws_event

ERROR_TYPE_HEADER: Final = "x-amzn-errortype"

_ENCODE: Final = msgspec.json.Encoder().encode
_TYPES: Final = {
    400: "ValidationException",
    401: "AccessDeniedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    409: "ConflictException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    502: "InternalServerException",
    503: "ServiceUnavailableException",
    504: "ModelTimeoutException",
}
_STREAM_TYPES: Final = {
    400: "validationException",
    424: "modelStreamErrorException",
    429: "throttlingException",
    503: "serviceUnavailableException",
}
"""The exceptions that a stream may end with; a client raises on others too, without their name."""


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, rename={"type": "__type"}):
    """The body of an error, and the payload of an exception in a stream."""

    type: str
    message: str
    detente: "Ids"


class Ids(msgspec.Struct, frozen=True, kw_only=True):
    """The stable code, and where to look: the request in the ledger, the decision in
    `x-detente-decision`."""

    code: str
    request: str
    decision: str | None


def error_type(status: int) -> str:
    """Amazon's name of the exception for a status."""
    return _TYPES.get(status, "ValidationException" if status < 500 else "InternalServerException")


def stream_error_type(status: int) -> str:
    """As `error_type`, for an exception in a stream."""
    if status < 500:
        return _STREAM_TYPES.get(status, "validationException")
    return _STREAM_TYPES.get(status, "internalServerException")


def last_status(status: int) -> int:
    """A status that Amazon's clients do not answer with another try of their own: they do so for
    429, 500, 502, 503, 504 and 509 (botocore 1.44.5, `legacy`, `standard` and `adaptive`), and not
    for a model's error."""
    return 424 if status == 429 or status >= 500 else status


def error_lines(failure: Failure) -> bytes:
    """What Amazon's clients read in headers: the exception's name, and after how long to ask again
    (`x-amz-retry-after`, in milliseconds; they do not read `retry-after`)."""
    lines = b"%b: %b\r\n" % (ERROR_TYPE_HEADER.encode(), error_type(failure.status).encode())
    if failure.retry_after_ms is not None:
        lines += b"x-amz-retry-after: %d\r\n" % failure.retry_after_ms
    return lines


def error_body(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The failure as a JSON body."""
    return _body(error_type(failure.status), failure, request_id, decision_id)


def stream_error(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The frame of an exception, on which the clients raise."""
    kind = stream_error_type(failure.status)
    return exception_frame(kind, _body(kind, failure, request_id, decision_id))


def exception_frame(kind: str, payload: bytes) -> bytes:
    """An exception in a stream; `kind` begins with a small letter."""
    headers = {
        ":exception-type": kind,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return aws_event(headers, payload)


def _body(kind: str, failure: Failure, request_id: str, decision_id: str | None) -> bytes:
    told = failure.message
    if decision_id is not None:
        told = f"{told} (decision `{decision_id}`)"
    ids = Ids(code=failure.code, request=request_id, decision=decision_id)
    return _ENCODE(ErrorBody(type=kind, message=told, detente=ids))
