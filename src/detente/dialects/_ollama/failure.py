"""Failures as Ollama's clients expect them: `{"error": …}`, in a stream as a line of its own.

The extra members carry the stable code and the ids to look up; clients ignore them.

>>> from detente.canonical.failure import ClientFault
>>> failure = ClientFault("model_unknown", "unknown model `x`; see `detente models`").failure
>>> error_body(failure, request_id="r1")[:40]
b'{"error":"unknown model `x`; see `detent'
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
    """The whole body, and the last line of a stream that failed."""

    error: str
    code: str
    detente: Ids


def error_body(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """The failure as a JSON body."""
    told = (
        failure.message if decision_id is None else f"{failure.message} (decision `{decision_id}`)"
    )
    ids = Ids(request=request_id, decision=decision_id)
    return _ENCODE(ErrorBody(error=told, code=failure.code, detente=ids))


def stream_error(failure: Failure, *, request_id: str, decision_id: str | None = None) -> bytes:
    """One more line, on which the clients raise; no blank line before it, for on that they break.

    Pieces of a stream are relayed line by line, so nothing unfinished stands before it.
    """
    return error_body(failure, request_id=request_id, decision_id=decision_id) + b"\n"
