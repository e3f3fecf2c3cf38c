"""Whom Amazon lets in: a bearer key, or a signature for the right service, region and time.

A request is signed (AWS Signature Version 4) under any access key id, with the simulator's key as
the secret one, or under temporary keys where those are issued.

>>> SIGNATURE_FAULTS["malformed"][0]
'IncompleteSignatureException'
"""

from datetime import datetime, timedelta
from typing import Final

from detente.providers import Reason, SignatureFault, read_claim, verify
from detente.simulator.exchange import Received, RequestError, Setting
from detente.simulator.identity import aws_secrets, session_problem
from detente.simulator.platforms.openai import bearer

SIGNATURE_FAULTS: Final[dict[Reason, tuple[str, str]]] = {
    "missing": ("MissingAuthenticationTokenException", "Missing Authentication Token"),
    "malformed": (
        "IncompleteSignatureException",
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    ),
    "unknown_key": (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
    "expired": ("InvalidSignatureException", "Signature expired: it is not within 5 minutes."),
    "mismatch": (
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details.",
    ),
}
EXPIRED: Final = ("ExpiredTokenException", "The security token included in the request is expired")
"""Of temporary keys; AWS answers 403 (github.com/aws/aws-sdk-java-v2, thread 1649, read
2026-11-22)."""
SKEW: Final = timedelta(minutes=5)
_STAMP: Final = "%Y%m%dT%H%M%SZ"


def admit(request: Received, setting: Setting, service: str) -> None:
    """Raises `RequestError` 403, by Amazon's name of it, unless key or signature is right."""
    if setting.api_key is None and not setting.issued_tokens:
        return
    token = bearer(request)
    if token is not None:
        if token != setting.api_key:
            raise _refused(
                "AccessDeniedException",
                "Authentication failed: Please make sure your API Key is valid.",
            )
        return
    headers = {key.encode("latin-1"): value.encode("latin-1") for key, value in request.headers}
    session_token = request.header("x-amz-security-token")
    try:
        _check_scope(headers, setting, service)
        verify(
            request.method.encode("latin-1"),
            request.target.encode("latin-1"),
            headers,
            request.body,
            secret_of=aws_secrets(session_token, setting),
            now=setting.at,
        )
    except SignatureFault as fault:
        if fault.reason == "expired":
            raise _at_another_time(request.header("x-amz-date") or "", setting.at) from None
        raise _refused(*SIGNATURE_FAULTS[fault.reason]) from None
    if session_problem(session_token, setting) is not None:
        raise _refused(*EXPIRED)


def _check_scope(headers: dict[bytes, bytes], setting: Setting, service: str) -> None:
    claim = read_claim(headers)
    if claim.service.decode() != service:
        said = f"Credential should be scoped to correct service: '{service}'. "
        raise _refused("InvalidSignatureException", said)
    if setting.region is not None and claim.region.decode() != setting.region:
        said = f"Credential should be scoped to a valid region, not '{claim.region.decode()}'. "
        raise _refused("InvalidSignatureException", said)


def _at_another_time(stamp: str, now: datetime) -> RequestError:
    """What Amazon says of a clock: how late or early, and by which bound."""
    early = stamp > now.strftime(_STAMP)
    bound = (now + SKEW if early else now - SKEW).strftime(_STAMP)
    what = "not yet current" if early else "expired"
    order, sign = ("still later", "+") if early else ("now earlier", "-")
    said = f"Signature {what}: {stamp} is {order} than {bound} ({now:{_STAMP}} {sign} 5 min.)"
    return _refused("InvalidSignatureException", said)


def _refused(name: str, message: str) -> RequestError:
    return RequestError(403, message, code=name)
