"""Signatures by a well-kept library hold, and nothing else does."""

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from detente.simulator.identity.rsa import PublicKey, from_der, from_jwk, to_jwk

KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
NUMBERS = KEY.public_key().public_numbers()
PUBLIC = PublicKey(n=NUMBERS.n, e=NUMBERS.e)
DER = KEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
SIGNATURE = KEY.sign(b"data", padding.PKCS1v15(), hashes.SHA256())


@given(data=st.binary(max_size=200))
def test_a_signature_holds_for_what_was_signed(data: bytes) -> None:
    signature = KEY.sign(data, padding.PKCS1v15(), hashes.SHA256())
    assert PUBLIC.verified(data, signature)
    assert not PUBLIC.verified(data + b"x", signature)


@given(position=st.integers(0, len(SIGNATURE) - 1), flip=st.integers(1, 255))
def test_no_byte_of_a_signature_can_be_changed(position: int, flip: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[position] ^= flip
    assert not PUBLIC.verified(b"data", bytes(changed))


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        SIGNATURE[1:],
        SIGNATURE + b"\0",
        KEY.sign(b"data", padding.PKCS1v15(), hashes.SHA512()),
        KEY.sign(b"data", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
    ],
)
def test_other_signatures_do_not_hold(signature: bytes) -> None:
    assert not PUBLIC.verified(b"data", signature)


def test_a_key_too_small_for_a_digest_verifies_nothing() -> None:
    assert not PublicKey(n=3233, e=17).verified(b"data", b"ab")


def test_a_public_key_is_read_as_der_and_as_json() -> None:
    assert from_der(DER) == PUBLIC
    assert from_jwk(to_jwk(PUBLIC)) == PUBLIC
    assert from_jwk("no JSON") is None


@given(data=st.binary(max_size=60))
def test_what_is_no_key_is_none(data: bytes) -> None:
    assert from_der(data) is None


@given(length=st.integers(0, len(DER) - 1))
def test_half_a_key_is_none(length: int) -> None:
    assert from_der(DER[:length]) is None


def test_a_key_of_another_kind_is_none() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    der = other.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert from_der(der) is None
