"""Failures as Oracle Cloud's clients expect them: `{"code": …, "message": …}`.

The codes are those of Oracle's table of API errors, by status (oci 2.189.0 raises `ServiceError`
with them; docs.oracle.com/en-us/iaas/Content/API/References/apierrors.htm, read 22 November 2026).
A member of ours has the stable code and the ids to look up; clients ignore it.

>>> from detente.canonical.failure import ClientFault
>>> failure = ClientFault("model_unknown", "unknown model `x`; see `detente models`").failure
>>> error_body(failure, request_id="r1")[:33]
b'{"code":"NotAuthorizedOrNotFound"'
"""

from typing import Final

import msgspec

from detente.canonical.failure import Failure

CODES: Final = {
    400: "InvalidParameter",
    401: "NotAuthenticated",
    403: "NotAllowed",
    404: "NotAuthorizedOrNotFound",
    405: "MethodNotAllowed",
    413: "RequestEntityTooLarge",
    422: "UnprocessableEntity",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}
"""Oracle's code of each status; others have their neighbour's, of the same hundred."""

_ENCODE: Final = msgspec.json.Encoder().encode
_TOO_MANY: Final = 429
_FAILED_DEPENDENCY: Final = 424
_SERVER_STATUS: Final = 500


class Ids(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look: the stable code, the request in the ledger, the decision."""

    code: str
    request: str
    decision: str | None


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The whole body, and the last event of a stream that failed."""

    code: str
    message: str
    detente: Ids


def last_status(status: int) -> int:
    """A status that Oracle's client does not answer with another try of its own: it does so for 429
    and everything from 500 on, eight times (oci 2.189.0, `retry_checkers`)."""
    return _FAILED_DEPENDENCY if status == _TOO_MANY or status >= _SERVER_STATUS else status


def error_body(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The failure as a JSON body."""
    neighbour = 500 if failure.status >= _SERVER_STATUS else 400
    message = failure.message
    return _ENCODE(
        ErrorBody(
            code=CODES.get(failure.status, CODES[neighbour]),
            message=message if decision_id is None else f"{message} (decision `{decision_id}`)",
            detente=Ids(code=failure.code, request=request_id, decision=decision_id),
        )
    )


def stream_error(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The end of a stream that failed; an unfinished event before it ends first."""
    body = error_body(failure, request_id=request_id, decision_id=decision_id)
    return b"\n\ndata: " + body + b"\n\n"
