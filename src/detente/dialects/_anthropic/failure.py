"""Failures as Anthropic's clients expect them: the type follows the status.

The stable code stands in `details.error_code`; clients ignore the extra member `detente`.
"""

from typing import Final

import msgspec

from detente.canonical.failure import Failure

_ENCODE: Final = msgspec.json.Encoder().encode
_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """The stable code."""

    error_code: str


class ErrorDetail(msgspec.Struct, frozen=True, kw_only=True):
    """The inner object."""

    type: str
    message: str
    details: Details


class Ids(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look: the request in the ledger, the decision in `x-detente-decision`."""

    request: str
    decision: str | None


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The whole body, and the data of an `error` event."""

    type: str = "error"
    error: ErrorDetail
    request_id: str
    detente: Ids


def error_type(status: int) -> str:
    """Anthropic's word for a status."""
    return _TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")


def error_body(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The failure as a JSON body."""
    detail = ErrorDetail(
        type=error_type(failure.status),
        message=failure.message,
        details=Details(error_code=failure.code),
    )
    ids = Ids(request=request_id, decision=decision_id)
    return _ENCODE(ErrorBody(error=detail, request_id=request_id, detente=ids))


def stream_error(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The `error` event, on which the clients raise; an unfinished event before it ends first."""
    body = error_body(failure, request_id=request_id, decision_id=decision_id)
    return b"\n\nevent: error\ndata: " + body + b"\n\n"
