"""Oracle Cloud's Generative AI: the native chat, and OpenAI's dialects below `/openai/v1`.

The simulator's key is either a bearer key of the service's own, which holds for OpenAI's dialects
only, or the public key (PEM) that signatures are verified with: of the tenancy and user that
`keyId` names, whose fingerprint must be that key's. Where tokens are issued, `keyId` is `ST$` and a
session token, whose own key signs. Every compartment with a well-formed id is known.

Errors: https://docs.oracle.com/en-us/iaas/Content/API/References/apierrors.htm (read 2026-11-22).

>>> PLATFORM.base_path
''
"""

import base64
import binascii
import hashlib
import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from detente.simulator.dialects import oci, oci_cohere, oci_request, oci_wire
from detente.simulator.exchange import (
    Answer,
    Headers,
    Platform,
    Received,
    Refused,
    Reply,
    RequestError,
    Setting,
    error_reply,
    with_headers,
)
from detente.simulator.identity import problem_of, rsa
from detente.simulator.identity.oci import AUDIENCE, signing_text
from detente.simulator.identity.tokens import claims_of
from detente.simulator.platforms import openai
from detente.simulator.platforms.openai import bearer

CHAT: Final = "/20231130/actions/chat"
OPENAI: Final = "/openai/v1"
COHERES: Final = "cohere."
SESSION: Final = "ST$"
SKEW_MAX: Final = timedelta(minutes=5)
SIGNED: Final = frozenset(
    ("date", "(request-target)", "host", "content-length", "content-type", "x-content-sha256")
)
"""What the signature of a POST covers, at least."""
CODES: Final = {
    400: "InvalidParameter",
    401: "NotAuthenticated",
    403: "NotAllowed",
    404: "NotAuthorizedOrNotFound",
    413: "RequestEntityTooLarge",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}
UNPROVEN: Final = (
    "The required information to complete authentication was not provided or was incorrect."
)
HIDDEN: Final = "Authorization failed or requested resource not found."

_PEM: Final = "-----BEGIN PUBLIC KEY-----"
_FRAME: Final = re.compile(r"-----[A-Z ]+-----|\s")
_PARAMETER: Final = re.compile(r'(\w+)="([^"]*)"')
_KEY_ID: Final = re.compile(r"ocid1\.tenancy\.[^/]+/ocid1\.user\.[^/]+/([0-9a-f:]{47})")
_COMPARTMENT: Final = re.compile(r"ocid1\.(compartment|tenancy)\.[a-z0-9]+\.[^.]*\.[A-Za-z0-9]+")


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Oracle serves, or its own error."""
    try:
        signed = _authorize(request, setting)
        found = _route(request, setting, signed=signed)
    except RequestError as fault:
        found = _error(fault.status, fault.message, fault.code)
    return with_headers(found, _headers(request, setting))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429; Oracle does not say when to come again."""
    reason = "concurrent requests" if refused.concurrent else "requests"
    return _told(429, f"Too many {reason}; the limit is {refused.limit}.", setting)


def failure(status: int, setting: Setting) -> Reply:
    """Oracle's body for `status`."""
    return _told(status, f"The server answered {status} because it was told to.", setting)


def _authorize(request: Received, setting: Setting) -> bool:
    """Whether the request is signed; raises `RequestError` 401 unless bearer or signature hold."""
    if setting.api_key is None and not setting.issued_tokens:
        return False
    token = bearer(request)
    if token is not None:
        below = request.path.startswith(setting.base_path + OPENAI)
        if setting.issued_tokens or token != setting.api_key or not below:
            raise RequestError(401, UNPROVEN)
        return False
    given = dict(_PARAMETER.findall(request.header("authorization") or ""))
    key = _key_of(given.get("keyId", ""), setting)
    text = signing_text(request, names := given.get("headers", "").split())
    if key is None or text is None or not set(names) >= SIGNED:
        raise RequestError(401, UNPROVEN)
    _check_clock(request, setting.at)
    digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
    try:
        signature = base64.b64decode(given.get("signature", ""), validate=True)
    except binascii.Error:
        raise RequestError(401, UNPROVEN) from None
    if request.header("x-content-sha256") != digest or not key.verified(text, signature):
        raise RequestError(401, UNPROVEN)
    return True


def _key_of(key_id: str, setting: Setting) -> rsa.PublicKey | None:
    """The public key of whoever `keyId` names, None of a stranger."""
    if key_id.startswith(SESSION):
        token = key_id.removeprefix(SESSION)
        claims = claims_of(token)
        holds = setting.issued_tokens and problem_of(token, (AUDIENCE,), setting.at) is None
        jwk = claims.jwk if claims is not None and holds else None
        return None if jwk is None else rsa.from_jwk(jwk)
    named = _KEY_ID.fullmatch(key_id)
    known = setting.api_key or ""
    if named is None or not known.startswith(_PEM):
        return None
    try:
        der = base64.b64decode(_FRAME.sub("", known), validate=True)
    except binascii.Error:
        return None
    # The fingerprint of an API key is by definition MD5, and no safeguard.
    digits = hashlib.md5(der, usedforsecurity=False).hexdigest()
    fingerprint = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    return rsa.from_der(der) if named[1] == fingerprint else None


def _check_clock(request: Received, now: datetime) -> None:
    date = request.header("date") or ""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        raise RequestError(401, UNPROVEN) from None
    if moment.tzinfo is None or abs(moment - now) > SKEW_MAX:
        raise RequestError(
            401, f"Date '{date}' is not within allowed clock skew. Current '{now:%c}'"
        )


def _route(request: Received, setting: Setting, *, signed: bool) -> Answer:
    path = request.path.removeprefix(setting.base_path)
    if (request.method, path) == ("POST", CHAT):
        return _chat(request.body, setting)
    if path.startswith(OPENAI + "/"):
        operation = path.removeprefix(OPENAI)
        wanted = "compartmentid" if operation == "/chat/completions" else "opc-compartment-id"
        if signed and request.method == "POST" and request.header(wanted) is None:
            raise RequestError(400, "Compartment ID must be provided.", code="400")
        try:
            found = openai.operate(request.method, operation, request.body, setting)
        except RequestError as fault:
            return openai.error(fault.status, fault.message, fault.kind, fault.code, fault.param)
        if found is not None:
            return found
    raise RequestError(404, HIDDEN)


def _chat(body: bytes, setting: Setting) -> Answer:
    """The native chat, in the format that the model speaks."""
    envelope = oci_wire.envelope_of(body)
    details, form = envelope.details, envelope.chat.api_format
    if details.compartment_id is None or details.serving_mode is None:
        raise RequestError(400, "compartmentId and servingMode must not be null")
    if _COMPARTMENT.fullmatch(details.compartment_id) is None:
        raise RequestError(404, HIDDEN)
    mode = details.serving_mode
    own = mode.serving_type == "DEDICATED"
    model = mode.endpoint_id if own else mode.model_id
    if model is None or (mode.model_id if own else mode.endpoint_id) is not None:
        raise RequestError(400, "servingMode must have the id of its own kind, and no other")
    if model not in setting.models:
        raise RequestError(404, f"Entity with key {model} not found", code="404")
    if form not in oci_wire.FORMATS:
        raise RequestError(400, "Incorrectly formatted request", code=oci_wire.UNPARSED)
    chat = bytes(details.chat_request)
    coheres = model.startswith(COHERES) or (own and form != "GENERIC")
    if form == "COHERE" or coheres is (form == "GENERIC"):
        raise RequestError(400, "Please pass in correct format of request.", code="400")
    if coheres:
        return oci_cohere.answer(oci_cohere.parse(chat, model), setting)
    return oci.answer(oci_request.parse(chat, model), setting)


def _told(status: int, message: str, setting: Setting) -> Reply:
    return with_headers(_error(status, message), (("opc-request-id", setting.request_id),))


def _error(status: int, message: str, code: str | None = None) -> Reply:
    kind = code or CODES.get(status, CODES[500 if status >= 500 else 400])
    return error_reply(status, {"code": kind, "message": message})


def _headers(request: Received, setting: Setting) -> Headers:
    """The id of a request begins with the client's own."""
    told = request.header("opc-request-id")
    identity = setting.request_id if told is None else f"{told}/{setting.request_id}"
    return (("opc-request-id", identity),)


PLATFORM: Final = Platform(
    kind="oci", base_path="", answer=answer, refusal=refusal, failure=failure
)
