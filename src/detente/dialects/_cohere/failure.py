"""Failures as Cohere's clients expect them: `{"message": …}`, the kind told by the status.

The extra members carry the stable code and the ids to look up; clients ignore them.

>>> from detente.canonical.failure import ClientFault
>>> failure = ClientFault("model_unknown", "unknown model `x`; see `detente models`").failure
>>> error_body(failure, request_id="r1")[:40]
b'{"message":"unknown model `x`; see `dete'
"""

from typing import Final

import msgspec

from detente.canonical.failure import Failure

_ENCODE: Final = msgspec.json.Encoder().encode


class Ids(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look: the request in the ledger, the decision in `x-detente-decision`."""

    request: str
    decision: str | None


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The whole body."""

    message: str
    id: str
    code: str
    detente: Ids


class ErrorDelta(msgspec.Struct, frozen=True, kw_only=True):
    """What ends a stream that failed."""

    error: str
    finish_reason: str = "ERROR"


class ErrorEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The last event of such a stream."""

    type: str = "message-end"
    id: str
    delta: ErrorDelta
    detente: Ids


def last_status(status: int) -> int:
    """A status that Cohere's client does not answer with another try of its own: it does so for
    408, 409, 429 and everything from 500 on (cohere 7.3.1)."""
    return 424 if status in (408, 409, 429) or status >= 500 else status


def error_body(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The failure as a JSON body."""
    return _ENCODE(
        ErrorBody(
            message=_told(failure, decision_id),
            id=request_id,
            code=failure.code,
            detente=Ids(request=request_id, decision=decision_id),
        )
    )


def stream_error(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The end of a stream that failed; an unfinished event before it ends first."""
    event = ErrorEvent(
        id=request_id,
        delta=ErrorDelta(error=_told(failure, decision_id)),
        detente=Ids(request=request_id, decision=decision_id),
    )
    return b"\n\nevent: message-end\ndata: " + _ENCODE(event) + b"\n\n"


def _told(failure: Failure, decision_id: str | None) -> str:
    if decision_id is None:
        return failure.message
    return f"{failure.message} (decision `{decision_id}`)"
