"""Failures as OpenAI's clients expect them.

Not what goes wrong: only how it is said. The extra member `detente` carries the ids to look up;
as the clients print nothing but the message, it names the decision, too.

>>> from detente.canonical.failure import ClientFault
>>> failure = ClientFault("model_unknown", "unknown model `x`; see `detente models`").failure
>>> error_body(failure, request_id="r1")[:60]
b'{"error":{"message":"unknown model `x`; see `detente models`'
"""

from typing import Final

import msgspec

from detente.canonical.failure import Failure

_ENCODE: Final = msgspec.json.Encoder().encode
_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
}


class Ids(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look: the request in the ledger, the decision in `x-detente-decision`."""

    request: str
    decision: str | None


class ErrorDetail(msgspec.Struct, frozen=True, kw_only=True):
    """The inner object: what SDKs show as message, type, param and code."""

    message: str
    type: str
    param: None = None
    code: str
    detente: Ids


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The whole body."""

    error: ErrorDetail


class ErrorEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The `error` event of a Responses stream: flat."""

    type: str = "error"
    code: str
    message: str
    param: None = None
    sequence_number: int = 0
    detente: Ids


def error_type(status: int) -> str:
    """OpenAI's word for a status."""
    return _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")


def error_body(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The failure as a JSON body."""
    detail = ErrorDetail(
        message=_told(failure, decision_id),
        type=error_type(failure.status),
        code=failure.code,
        detente=Ids(request=request_id, decision=decision_id),
    )
    return _ENCODE(ErrorBody(error=detail))


def chat_stream_error(
    failure: Failure, *, request_id: str, decision_id: str | None = None
) -> bytes:
    """One more chunk, on which the clients raise; no `[DONE]`, for the answer is not done."""
    body = error_body(failure, request_id=request_id, decision_id=decision_id)
    return b"\n\ndata: " + body + b"\n\n"


def responses_stream_error(
    failure: Failure, *, request_id: str, decision_id: str | None = None
) -> bytes:
    """The `error` event of a Responses stream, on which the clients raise."""
    event = ErrorEvent(
        code=failure.code,
        message=_told(failure, decision_id),
        detente=Ids(request=request_id, decision=decision_id),
    )
    return b"\n\nevent: error\ndata: " + _ENCODE(event) + b"\n\n"


def _told(failure: Failure, decision_id: str | None) -> str:
    if decision_id is None:
        return failure.message
    return f"{failure.message} (decision `{decision_id}`)"
