"""Which signatures simulated Oracle refuses; what it accepts, its own client signs."""

import base64
import hashlib
import json
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from detente.simulator.exchange import Received, Reply
from detente.simulator.identity.oci import signing_text
from detente.simulator.platforms.oci import PLATFORM, SIGNED
from tests.simulator.values import SETTING

PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = (
    PRIVATE.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
DER = PRIVATE.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
FINGERPRINT = hashlib.md5(DER, usedforsecurity=False).digest().hex(":")
KEY_ID = f"ocid1.tenancy.oc1..a/ocid1.user.oc1..a/{FINGERPRINT}"
PATH = "/openai/v1/chat/completions"
BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
NAMES = tuple(sorted(SIGNED))
HERE = {"compartmentid": "ocid1.compartment.oc1..aaaa"}


def signed(
    *,
    names: tuple[str, ...] = NAMES,
    key_id: str = KEY_ID,
    private: rsa.RSAPrivateKey = PRIVATE,
    signature: str | None = None,
    headers: dict[str, str] | None = None,
    late: timedelta = timedelta(),
) -> Received:
    """A request as Oracle's clients sign it; `headers` come after the signature was made."""
    data = json.dumps(BODY).encode()
    given = {
        "date": format_datetime(SETTING.at + late, usegmt=True),
        "host": "127.0.0.1",
        "content-length": str(len(data)),
        "content-type": "application/json",
        "x-content-sha256": base64.b64encode(hashlib.sha256(data).digest()).decode(),
        **HERE,
    }
    request = Received(method="POST", target=PATH, headers=tuple(given.items()), body=data)
    text = signing_text(request, list(names))
    assert text is not None
    made = base64.b64encode(private.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    value = (
        f'Signature algorithm="rsa-sha256",headers="{" ".join(names)}",keyId="{key_id}",'
        f'signature="{made if signature is None else signature}",version="1"'
    )
    whole = {**given, "authorization": value, **(headers or {})}
    return msgspec.structs.replace(request, headers=tuple(whole.items()))


def answered(request: Received, api_key: str = PEM) -> Reply:
    found = PLATFORM.answer(request, msgspec.structs.replace(SETTING, api_key=api_key))
    assert isinstance(found, Reply)
    return found


def test_what_is_signed_as_its_clients_sign_it() -> None:
    assert answered(signed()).status == 200
    for minutes in (-4, 4):
        assert answered(signed(late=timedelta(minutes=minutes))).status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"private": OTHER},
        {"key_id": "ocid1.tenancy.oc1..a/ocid1.user.oc1..a/" + "0:" * 23 + "00"},
        {"key_id": KEY_ID.replace(FINGERPRINT, ":".join(["00"] * 16))},
        {"key_id": "ST$not-a-token"},
        {"key_id": ""},
        {"signature": "not base64!"},
        {"signature": ""},
        {"signature": base64.b64encode(b"x" * 256).decode()},
        {"late": timedelta(minutes=6)},
        {"late": timedelta(minutes=-6)},
        {"headers": {"date": "not a date"}},
        {"headers": {"date": "Mon, 01 Jun 2026 00:00:01 GMT"}},
        {"headers": {"host": "elsewhere"}},
        {"headers": {"x-content-sha256": base64.b64encode(b"x" * 32).decode()}},
        {"headers": {"authorization": "Signature version=1"}},
        {"headers": {"authorization": "Bearer key"}},
        *({"names": tuple(name for name in NAMES if name != left)} for left in NAMES),
    ],
    ids="-".join,
)
def test_what_is_refused(change: dict[str, Any]) -> None:
    refused = answered(signed(**change))
    assert refused.status == 401, refused.body
    assert json.loads(refused.body)["code"] == "NotAuthenticated"


def test_a_key_that_is_none_opens_nothing() -> None:
    for key in ("-----BEGIN PUBLIC KEY-----\n!!!\n-----END PUBLIC KEY-----", "bearer"):
        assert answered(signed(), key).status == 401


def test_openais_dialects_name_their_compartment() -> None:
    request = signed()
    left = tuple(pair for pair in request.headers if pair[0] not in HERE)
    refused = answered(msgspec.structs.replace(request, headers=left))
    assert (refused.status, b"Compartment ID must be provided" in refused.body) == (400, True)
