"""A key verifies tokens of its own algorithm, and of no other."""

import hmac

import pytest
from tests.token_issuer import (
    PrivateKey,
    ec_key,
    ed_key,
    encoded,
    forged,
    jwk_of,
    public_pem,
    rsa_key,
    signed,
)

from detente.gateway.callers.jose import token_key

CLAIMS = {"iss": "x"}


def members(key: PrivateKey) -> dict[str, str]:
    return {name: str(value) for name, value in jwk_of(key, None).items()}


@pytest.mark.parametrize(
    ("key", "other", "algorithm"),
    [
        (rsa_key(), rsa_key(1), "RS256"),
        (rsa_key(), rsa_key(1), "RS512"),
        (rsa_key(), rsa_key(1), "PS256"),
        (ec_key(), ec_key(1), "ES256"),
        (ed_key(), ed_key(1), "EdDSA"),
    ],
)
def test_a_token_is_signed_by_its_key_and_no_other(
    key: PrivateKey, other: PrivateKey, algorithm: str
) -> None:
    own, foreign = token_key(members(key), algorithm), token_key(members(other), algorithm)
    assert own is not None
    assert foreign is not None
    token = signed(CLAIMS, key, "k", algorithm)
    assert own.signed(token.encode())
    assert not foreign.signed(token.encode())
    head, body, signature = token.split(".")
    for broken in (
        f"{head}.{encoded({'iss': 'y'})}.{signature}",
        f"{head}.{body}.{signature[:-4]}",
        f"{head}.{body}.",
        f"{head}.{body}.{signature}AAAA",
        f"{head}.{body}",
        f"{encoded({'alg': algorithm})}.{body}.{signature}",
    ):
        assert not own.signed(broken.encode())


def test_a_token_of_another_algorithm_is_not_signed_whatever_its_signature() -> None:
    key = token_key(members(rsa_key()), "RS256")
    assert key is not None
    assert not key.signed(signed(CLAIMS, rsa_key(), "k", "PS256").encode())
    assert not key.signed(signed(CLAIMS, rsa_key(), "k", "RS512").encode())
    for algorithm in ("none", "None", "", "rs256", "HS256", None, 7, ["RS256"]):
        assert not key.signed(forged({"alg": algorithm}, CLAIMS, b"x").encode())
        assert not key.signed(forged({"alg": algorithm}, CLAIMS).encode())


def test_a_public_key_is_no_secret() -> None:

    key = token_key(members(rsa_key()), "RS256")
    assert key is not None
    body = f"{encoded({'alg': 'HS256'})}.{encoded(CLAIMS)}"
    for secret in (public_pem(rsa_key()), public_pem(rsa_key()).strip(), b""):
        tag = hmac.digest(secret, body.encode(), "sha256")
        assert not key.signed(f"{body}.{encoded(tag)}".encode())


def test_members_that_make_no_key_make_none() -> None:
    assert token_key({"kty": "RSA", "n": "", "e": ""}, "RS256") is None
    assert token_key(members(ec_key()), "RS256") is None
    assert token_key(members(rsa_key()), "ES256") is None
