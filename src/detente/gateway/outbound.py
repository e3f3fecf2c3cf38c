"""What one deployment is sent of a request, and what its refusal means.

Not the sending: bytes in, bytes out. The deployment's own demands of a body come last, so that a
client cannot write over them.
"""

from datetime import datetime
from typing import Final

import msgspec

from detente.canonical.failure import ERROR_STATUS, Failure
from detente.dialects import RequestHead, Spec
from detente.dialects.members import edit_members
from detente.gateway.enveloped import wrap_body
from detente.gateway.http.message import Request, Response, message_head
from detente.gateway.upstream.endpoint import Endpoint, Step

REFUSED_CREDENTIAL: Final = (401, 403)
SECRET_BYTES_MIN: Final = 8
"""Shorter ones are nobody's real key, and stand in many a text."""
OF_THE_DEPLOYMENT: Final = ("model_unknown", "permission")
"""Kinds of failure that another deployment at the same provider need not have."""


def outbound(
    request: Request, step: Step, spec: Spec, head: RequestHead, *, now: datetime
) -> tuple[bytes, bytes]:
    """The request as this deployment is sent it: its head, its body."""
    endpoint, outgoing = step.endpoint, step.outgoing
    if outgoing is not None and endpoint.spec.name != spec.name:
        return own_request(endpoint, outgoing.body, stream=head.stream, now=now)
    first = endpoint.stream_head if head.stream else endpoint.head
    if outgoing is None:
        body = spec.edit_request(
            request.body,
            head,
            model=endpoint.deployment.upstream_id,
            ask_usage=endpoint.asks_usage,
        )
        body = _edited(endpoint, body)
        if endpoint.envelope is not None:
            body = wrap_body(endpoint, body, request)
    else:  # in the client's own dialect, encoded anew without foreign state
        body = _edited(endpoint, outgoing.body)
    message = message_head(first, endpoint.forwarded, request, len(body))
    return _with_credential(endpoint, message, body, stream=head.stream, now=now), body


def own_request(
    endpoint: Endpoint, body: bytes, *, stream: bool, now: datetime
) -> tuple[bytes, bytes]:
    """A request of the gateway's own making: its head, its body."""
    body = _edited(endpoint, body)
    first = endpoint.stream_head if stream else endpoint.head
    message = b"%b%bcontent-length: %d\r\n\r\n" % (first, endpoint.own_lines, len(body))
    return _with_credential(endpoint, message, body, stream=stream, now=now), body


def judged(endpoint: Endpoint, answer: Response, *, now: datetime) -> Failure | None:
    """What an answer of status 300 and above means; a credential that was refused is renewed.

    Where a refusal does not say how long to wait, its limit headers may. `now` is aware.
    """
    if answer.status in REFUSED_CREDENTIAL and endpoint.renewal is not None:
        endpoint.renewal.refused()
    if _quotes_credential(endpoint, answer.body):
        return _withheld(endpoint)
    headers = answer.named_headers()
    failure = endpoint.judge(answer.status, headers, answer.body)
    if failure is None:
        return None
    if failure.is_refusal and failure.retry_after_ms is None:
        left = endpoint.headroom(headers, now)
        wait_ms = None if left is None else left.wait_ms
        failure = msgspec.structs.replace(failure, retry_after_ms=wait_ms)
    deployment = endpoint.deployment
    place = f"provider `{deployment.provider}`"
    if failure.kind in OF_THE_DEPLOYMENT:
        place = f"deployment `{deployment.id}`"
    return msgspec.structs.replace(failure, message=f"{place}: {failure.message}")


def _quotes_credential(endpoint: Endpoint, body: bytes) -> bool:
    """Whether an answer repeats what proves whose request it was."""
    secret, renewal = endpoint.secret, endpoint.renewal
    if renewal is not None and renewal.lease is not None:
        token = renewal.lease.credential
        secret = token.encode() if isinstance(token, str) else b""
    return len(secret) >= SECRET_BYTES_MIN and secret in body


def _withheld(endpoint: Endpoint) -> Failure:
    """Told in our own words: nobody else may read what the answer quotes."""
    said = f"provider `{endpoint.deployment.provider}` quoted the gateway's credential in an error"
    return Failure(
        code="upstream_failed",
        message=f"{said}, which is withheld; replace that credential",
        blame="ours",
        status=ERROR_STATUS["upstream_failed"],
        retryable=True,
        kind="platform",
    )


def _with_credential(
    endpoint: Endpoint, message: bytes, body: bytes, *, stream: bool, now: datetime
) -> bytes:
    """A head with what proves whose request it is, where that is not in every head alike."""
    if endpoint.sign is None:
        return message
    return b"%b%b\r\n" % (message[:-2], endpoint.sign(body, stream, now))


def _edited(endpoint: Endpoint, body: bytes) -> bytes:
    """The body with what this deployment demands of every body."""
    return body if endpoint.edits is None else edit_members(body, endpoint.edits)
