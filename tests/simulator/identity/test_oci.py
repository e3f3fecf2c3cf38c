"""What Oracle's simulated services refuse; what they grant is asked for by oci itself."""

import base64
import hashlib
import json

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from detente.simulator.exchange import Received
from detente.simulator.identity.desk import Identities
from detente.simulator.identity.oci import FEDERATION, answer, signing_text
from detente.simulator.identity.rsa import PublicKey
from detente.simulator.identity.tokens import claims_of
from tests.simulator.identity.asking import DESK, get, said

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NUMBERS = KEY.public_key().public_numbers()
KNOWN = Identities(
    oci_leaf_pem="-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n",
    oci_public_key=PublicKey(n=NUMBERS.n, e=NUMBERS.e),
    oci_fingerprint="AA:BB",
)
ORACLE = msgspec.structs.replace(DESK, identities=KNOWN)
DER = KEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
BODY = {"certificate": "QUJD", "publicKey": base64.b64encode(DER).decode()}
NAMES = ["date", "(request-target)", "content-length", "content-type", "x-content-sha256"]


def federate(body: object = BODY, key_id: str = f"{KNOWN.oci_tenancy}/fed-x509/AA:BB") -> Received:
    """A signed request for a token."""
    data = json.dumps(body).encode()
    headers = {
        "date": "Sun, 22 Nov 2026 12:00:00 GMT",
        "content-length": str(len(data)),
        "content-type": "application/json",
        "x-content-sha256": base64.b64encode(hashlib.sha256(data).digest()).decode(),
    }
    request = msgspec.structs.replace(get(FEDERATION, headers, method="POST"), body=data)
    text = signing_text(request, NAMES)
    assert text is not None
    made = base64.b64encode(KEY.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    value = (
        f'Signature algorithm="rsa-sha256",headers="{" ".join(NAMES)}",keyId="{key_id}",'
        f'signature="{made}",version="1"'
    )
    signed = (*request.headers, ("authorization", value))
    return msgspec.structs.replace(request, headers=signed)


def changed(request: Received, name: str, old: str, new: str) -> Received:
    """The request with one header changed."""
    headers = tuple(
        (key, value.replace(old, new) if key == name else value) for key, value in request.headers
    )
    return msgspec.structs.replace(request, headers=headers)


def test_elsewhere_is_not_oracles() -> None:
    assert answer(get("/elsewhere"), DESK) is None


def test_a_signed_request_is_given_a_token_for_its_key() -> None:
    status, body = said(answer(federate(), ORACLE))
    claims = claims_of(str(body["token"]))
    assert status == 200
    assert claims is not None
    assert claims.jwk is not None
    assert claims.exp - claims.iat == 600


@pytest.mark.parametrize(
    "request_",
    [
        federate(key_id="other/fed-x509/AA:BB"),
        federate({**BODY, "certificate": "REVG"}),
        federate({**BODY, "publicKey": "QUJD"}),
        msgspec.structs.replace(federate(), body=json.dumps(BODY).encode() + b" "),
        msgspec.structs.replace(federate(), headers=()),
        changed(federate(), "date", "2026", "2025"),
        changed(federate(), "authorization", "date ", "absent "),
        changed(federate(), "authorization", 'signature="', 'signature="!'),
    ],
)
def test_other_requests_are_not_let_in(request_: Received) -> None:
    assert said(answer(request_, ORACLE)) == (
        401,
        {"code": "NotAuthenticated", "message": "The request is not let in."},
    )


@pytest.mark.parametrize("body", [{}, [], {**BODY, "publicKey": "é"}, {**BODY, "publicKey": "A"}])
def test_what_cannot_be_read(body: object) -> None:
    assert said(answer(federate(body), ORACLE))[1]["code"] == "InvalidParameter"


def test_metadata_wants_its_header() -> None:
    headers = {"authorization": "Bearer Oracle"}
    for path, given, status in (
        ("/opc/v2/instance/region", headers, 200),
        ("/opc/v2/instance/region", {}, 403),
        ("/opc/v2/identity/cert.pem", headers, 404),
        ("/opc/v2/other", headers, 404),
    ):
        reply = answer(get(path, given), DESK)
        assert reply is not None
        assert reply.status == status
