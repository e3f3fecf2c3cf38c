"""Oracle's instance metadata, and the federation that gives an instance its session token.

The request is signed with the instance certificate's key, and its signature verified; the token
holds for the key that it names (https://docs.oracle.com/en-us/iaas/Content/Identity/Tasks/
callingservicesfrominstances.htm and oci 2.189.0, `X509FederationClient`, read 2026-11-22).

>>> from detente.simulator.exchange import Received
>>> answer(Received(method="GET", target="/elsewhere", headers=(), body=b""), desk=None) is None
True
"""

import base64
import binascii
import hashlib
import re
from typing import Final

import msgspec

from detente.simulator.exchange import Received, Reply, error_reply, json_reply
from detente.simulator.identity import rsa, tokens
from detente.simulator.identity.desk import Desk

METADATA: Final = "/opc/v2/"
FEDERATION: Final = "/v1/x509"
AUDIENCE: Final = "oci"
_PARAMETER: Final = re.compile(r'(\w+)="([^"]*)"')


class Wanted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A request for a token: certificates without their frames, and the session's public key."""

    certificate: str
    public_key: str
    intermediate_certificates: tuple[str, ...] = ()


def answer(request: Received, desk: Desk) -> Reply | None:
    """What Oracle says; None for what is not Oracle's."""
    if request.path.startswith(METADATA):
        return _metadata(request, desk)
    if (request.method, request.path) == ("POST", FEDERATION):
        return _federate(request, desk)
    return None


def _metadata(request: Received, desk: Desk) -> Reply:
    if request.header("authorization") != "Bearer Oracle":
        return _refused(403, "NotAuthorized")
    known = desk.identities
    texts = {
        "instance/region": known.oci_region,
        "identity/cert.pem": known.oci_leaf_pem,
        "identity/key.pem": known.oci_key_pem,
        "identity/intermediate.pem": known.oci_intermediate_pem,
    }
    text = texts.get(request.path.removeprefix(METADATA))
    if not text or desk.denied:
        return _refused(404, "NotFound")
    return Reply(headers=(("content-type", "text/plain"),), body=text.encode())


def _federate(request: Received, desk: Desk) -> Reply:
    """A session token for the key in the request, or 401."""
    try:
        wanted = msgspec.json.decode(request.body, type=Wanted)
        key = rsa.from_der(base64.b64decode(wanted.public_key, validate=True))
    except (msgspec.DecodeError, binascii.Error, ValueError):
        return _refused(400, "InvalidParameter")
    leaf = desk.identities.oci_leaf_pem.replace("\n", "")
    if key is None or desk.denied or wanted.certificate not in leaf or not _signed(request, desk):
        return _refused(401, "NotAuthenticated")
    token = tokens.issue(
        subject="instance",
        audience=AUDIENCE,
        issued_at=desk.now,
        expires_at=tokens.later(desk.now, desk.lifetime_s),
        jwk=rsa.to_jwk(key),
    )
    return json_reply({"token": token})


def _signed(request: Received, desk: Desk) -> bool:
    """Whether the instance's own key signed the request, its body included."""
    known = desk.identities
    given = dict(_PARAMETER.findall(request.header("authorization") or ""))
    key_id = f"{known.oci_tenancy}/fed-x509/{known.oci_fingerprint}"
    digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
    if known.oci_public_key is None or given.get("keyId") != key_id:
        return False
    if request.header("x-content-sha256") != digest:
        return False
    text = signing_text(request, given.get("headers", "").split())
    try:
        signature = base64.b64decode(given.get("signature", ""), validate=True)
    except binascii.Error:
        return False
    return text is not None and known.oci_public_key.verified(text, signature)


def signing_text(request: Received, names: list[str]) -> bytes | None:
    """What an Oracle signature is made over; None where a header that it names is not there.

    https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm (read 2026-11-22).
    """
    lines: list[str] = []
    for name in names:
        value = request.header(name)
        if name == "(request-target)":
            value = f"{request.method.lower()} {request.target}"
        if value is None:
            return None
        lines.append(f"{name}: {value}")
    return "\n".join(lines).encode("latin-1")


def _refused(status: int, code: str) -> Reply:
    return error_reply(status, {"code": code, "message": "The request is not let in."})
