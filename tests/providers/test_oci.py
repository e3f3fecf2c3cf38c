"""Oracle Cloud's Generative AI."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, cast

import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from oci import signer as official  # pyright: ignore[reportMissingTypeStubs] - it has none

from detente.canonical.model import Dialect
from detente.providers import RsaCredentials, SigningKeys, Site
from detente.providers.oci import KIND, SIGNED
from tests.providers.addresses import deployment_of, path_of

HOST = "inference.generativeai.us-chicago-1.oci.oraclecloud.com"
COMPARTMENT = "ocid1.compartment.oc1..aaaa"
NOW = datetime(2026, 11, 22, 0, 50, tzinfo=UTC)
KEY_ID = "ocid1.tenancy.oc1..t/ocid1.user.oc1..u/aa:bb"


@cache
def private_key() -> rsa.RSAPrivateKey:
    """A throwaway key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def credentials() -> RsaCredentials:
    def sign(data: bytes) -> bytes:
        return private_key().sign(data, padding.PKCS1v15(), hashes.SHA256())

    return RsaCredentials(key_id=KEY_ID, sign=sign)


def signed(body: bytes, target: str, host: str = HOST, now: datetime = NOW) -> dict[str, str]:
    assert KIND.sign is not None
    added = KIND.sign(
        host=host.encode(),
        target=target.encode(),
        body=body,
        credentials=credentials(),
        region="",
        now=now,
        keys=SigningKeys(),
    )
    return {name.decode(): value.decode() for name, value in added}


@pytest.mark.parametrize("suffix", ["", "/", "/openai/v1", "/20231130", "/openai/v1/"])
@pytest.mark.parametrize(
    ("dialect", "path"),
    [
        ("openai_chat", "/openai/v1/chat/completions"),
        ("openai_responses", "/openai/v1/responses"),
        ("oci_chat", "/20231130/actions/chat"),
    ],
)
def test_paths(suffix: str, dialect: Dialect, path: str) -> None:
    assert path_of(KIND, f"https://{HOST}{suffix}", dialect) == path
    assert path_of(KIND, f"https://{HOST}/below{suffix}", dialect) == "/below" + path


@pytest.mark.parametrize(
    ("upstream_id", "dialects"),
    [
        ("xai.grok-4", ("openai_chat", "openai_responses", "oci_chat")),
        ("cohere.command-a-03-2025", ("oci_chat",)),
        ("ocid1.generativeaiendpoint.oc1.us-chicago-1.aaaa", ("oci_chat",)),
        ("ocid1.generativeaimodel.oc1.us-chicago-1.aaaa", KIND.dialects),
    ],
)
def test_what_a_model_speaks(upstream_id: str, dialects: tuple[Dialect, ...]) -> None:
    assert KIND.dialects_of is not None
    assert KIND.dialects_of(deployment_of(KIND, upstream_id)) == dialects


def test_the_key_is_a_bearer() -> None:
    assert KIND.auth_headers("sk-1") == ((b"authorization", b"Bearer sk-1"),)


def test_the_account_stands_where_the_operation_has_it() -> None:
    site = Site(base_url=f"https://{HOST}", compartment=COMPARTMENT, project="p1")
    deployment = deployment_of(KIND)
    for dialect in ("openai_chat", "openai_responses"):
        found = dict(KIND.headers(site, deployment, dialect))
        assert found == {
            b"content-type": b"application/json",
            b"compartmentid": COMPARTMENT.encode(),
            b"opc-compartment-id": COMPARTMENT.encode(),
            b"openai-project": b"p1",
        }
        assert KIND.body_members(site, deployment, dialect) == {}
    native = KIND.headers(site, deployment, "oci_chat")
    assert dict(native) == {b"content-type": b"application/json"}
    assert KIND.body_members(site, deployment, "oci_chat") == {"compartmentId": COMPARTMENT}
    nobody = Site(base_url=f"https://{HOST}")
    assert KIND.body_members(nobody, deployment, "oci_chat") == {}
    assert len(KIND.headers(nobody, deployment, "openai_chat")) == 1


@cache
def official_signer() -> Any:
    """The official client's own."""
    text = private_key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    tenancy, user, fingerprint = KEY_ID.split("/")
    make = cast(Callable[..., Any], official.Signer)
    return make(tenancy, user, fingerprint, None, private_key_content=text.decode())


def officially_signed(body: bytes, target: str, host: str, date: str) -> str:
    """The same request's `authorization` by it."""
    request = requests.Request(
        "POST",
        f"https://{host}{target}",
        data=body,
        headers={"host": host, "date": date, "content-type": "application/json"},
    ).prepare()
    return str(official_signer().do_request_sign(request).headers["authorization"])


def parameters(authorization: str) -> dict[str, str]:
    scheme, _, told = authorization.partition(" ")
    assert scheme == "Signature"
    pairs = (one.split("=", 1) for one in told.split(","))
    return {name: value.strip('"') for name, value in pairs}


@given(
    body=st.binary(min_size=1, max_size=300),
    target=st.text("abcXYZ09-_./%?=&", max_size=40).map("/".__add__),
    host=st.from_regex(r"[a-z][a-z0-9.-]{0,20}[a-z0-9](:[1-9][0-9]{1,3})?", fullmatch=True),
    seconds=st.integers(0, 10**9),
)
def test_the_signature_is_the_official_clients(
    body: bytes, target: str, host: str, seconds: int
) -> None:
    now = NOW + timedelta(seconds=seconds)
    found = signed(body, target, host, now)
    assert parsedate_to_datetime(found["date"]) == now.replace(microsecond=0)
    wanted = requests.Request("POST", f"https://{host}{target}").prepare()
    if wanted.path_url != target:  # its HTTP library writes some paths otherwise
        target = wanted.path_url
        found = signed(body, target, host, now)
    ours = parameters(found["authorization"])
    theirs = parameters(officially_signed(body, target, host, found["date"]))
    assert ours == theirs
    assert ours["headers"] == SIGNED.decode()


def test_a_signature_covers_what_it_names() -> None:
    one = parameters(signed(b"{}", "/a")["authorization"])
    assert one["keyId"] == KEY_ID
    assert base64.b64decode(one["signature"])
    for other in (
        signed(b"[]", "/a"),
        signed(b"{}", "/b"),
        signed(b"{}", "/a", "elsewhere"),
        signed(b"{}", "/a", now=NOW + timedelta(seconds=1)),
    ):
        assert parameters(other["authorization"])["signature"] != one["signature"]


def error(code: str, message: str = "x") -> bytes:
    return b'{"code":"%b","message":"%b"}' % (code.encode(), message.encode())


SKEWED = "Date 'Sun, 22 Nov 2026 01:50:00 GMT' is not within allowed clock skew. Current '...'"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, error("TooManyRequests", "slow"), "capacity"),
        (429, b"", "capacity"),
        (503, error("ServiceUnavailable"), "capacity"),
        (401, error("NotAuthenticated", "The required information is missing."), "credentials"),
        (401, error("NotAuthenticated", SKEWED), "clock"),
        (404, error("NotAuthorizedOrNotFound", "Authorization failed or ..."), "permission"),
        (404, error("404", "Entity with key xai.grok-9 not found"), "model_unknown"),
        (400, error("400", "Compartment ID must be provided."), "permission"),
        (400, error("LimitExceeded"), "quota"),
        (403, error("NotAllowed"), "permission"),
        (404, b"<html>", "address"),
        (500, error("InternalServerError", "it broke"), "platform"),
        (302, b"", "redirect"),
    ],
)
def test_failures(status: int, body: bytes, kind: str) -> None:
    failure = KIND.judge(status, {}, body)
    assert failure is not None
    assert failure.kind == kind
    assert failure.is_refusal is (kind == "capacity")
    assert failure.retryable
    assert "Oracle Cloud" in failure.message
    assert "grok-9" not in failure.message
    assert ("`compartment`" in failure.message) is (kind == "permission")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (400, error("InvalidParameter", "maxTokens must be at least 1")),
        (400, error("400", "Inappropriate content detected!!!")),
        (400, error("400", "I said: entity with key a not found")),
        (409, error("IncorrectState")),
        (413, error("RequestEntityTooLarge")),
        (422, error("UnprocessableEntity")),
    ],
)
def test_the_clients_own(status: int, body: bytes) -> None:
    assert KIND.judge(status, {}, body) is None


def test_signing_never_shows_the_key() -> None:
    assert KEY_ID not in repr(credentials())
