"""Failures as Google's clients expect them: a google.rpc.Status.

The stable code is the `reason` of an ErrorInfo, whose metadata say where to look: the request in
the ledger, the decision in `x-detente-decision`.
"""

from typing import Final

import msgspec

from detente.canonical.failure import Failure

_ENCODE: Final = msgspec.json.Encoder().encode
_STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""Google's names of statuses: https://cloud.google.com/apis/design/errors (read 2026-11-21)."""
_SERVER_FAULT: Final = 500
_MS_PER_S: Final = 1000


class ErrorInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Why, in a word for programs, and the ids to look it up by."""

    type: str = msgspec.field(name="@type", default="type.googleapis.com/google.rpc.ErrorInfo")
    reason: str
    domain: str = "detente"
    metadata: dict[str, str]


class RetryInfo(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait before the next try: a duration in seconds (`1.5s`)."""

    type: str = msgspec.field(name="@type", default="type.googleapis.com/google.rpc.RetryInfo")
    retry_delay: str = msgspec.field(name="retryDelay")


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """A google.rpc.Status; `code` is the HTTP status."""

    code: int
    message: str
    status: str
    details: tuple[ErrorInfo | RetryInfo, ...]


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The whole body, and the data of a stream's last event."""

    error: Status


def status_name(status: int) -> str:
    """Google's word for an HTTP status."""
    return _STATUSES.get(status, "INTERNAL" if status >= _SERVER_FAULT else "INVALID_ARGUMENT")


def error_body(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The failure as a JSON body."""
    metadata = {"request": request_id}
    if decision_id is not None:
        metadata["decision"] = decision_id
    details: tuple[ErrorInfo | RetryInfo, ...] = (
        ErrorInfo(reason=failure.code, metadata=metadata),
    )
    if failure.retry_after_ms is not None:
        wait = f"{failure.retry_after_ms / _MS_PER_S:.3f}s"
        details = (*details, RetryInfo(retry_delay=wait))
    code = failure.status or _SERVER_FAULT
    status = Status(code=code, message=failure.message, status=status_name(code), details=details)
    return _ENCODE(ErrorBody(error=status))


def stream_error(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """A last event on which the clients raise; an unfinished event before it ends first.

    They take unnamed events only, with exactly one space behind the colon.
    """
    body = error_body(failure, request_id=request_id, decision_id=decision_id)
    return b"\n\ndata: " + body + b"\n\n"
