"""What an issuer publishes, and what of it is used: sound public keys to verify with."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import RSAAlgorithm
from tests.token_issuer import ec_key, ed_key, encoded, jwk_of, jwk_set, rsa_key

from detente.configuration.callers import SigningAlgorithm
from detente.gateway.callers.key_set import (
    ALGORITHMS,
    KEY_SET_BYTES_MAX,
    KEYS_MAX,
    BadKeySet,
    read_key_set,
)


def used(*rows: dict[str, object], key_id: str | None = "k") -> set[str]:
    """The algorithms that a key of the set verifies."""
    try:
        keys = read_key_set(jwk_set(*rows), ALGORITHMS)
    except BadKeySet:
        return set()
    return {name for name in ALGORITHMS if keys.find(key_id, name) is not None}


def test_every_configurable_algorithm_has_its_keys() -> None:
    assert set(ALGORITHMS) == set(SigningAlgorithm.__args__)


def test_a_key_is_used_for_the_algorithms_of_its_type_and_curve() -> None:
    assert used(jwk_of(rsa_key(), "k")) == {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    assert used(jwk_of(ec_key(), "k")) == {"ES256"}
    assert used(jwk_of(ed_key(), "k")) == {"EdDSA"}
    larger = ec.generate_private_key(ec.SECP384R1())
    numbers = larger.public_key().public_numbers()
    row: dict[str, object] = {
        "kty": "EC",
        "crv": "P-384",
        "kid": "k",
        "x": encoded(numbers.x.to_bytes(48, "big")),
        "y": encoded(numbers.y.to_bytes(48, "big")),
    }
    assert used(row) == {"ES384"}


def test_a_key_that_names_its_algorithm_is_used_for_that_alone() -> None:
    assert used(jwk_of(rsa_key(), "k", alg="PS256")) == {"PS256"}
    assert used(jwk_of(rsa_key(), "k", alg="RS256")) == {"RS256"}
    assert used(jwk_of(rsa_key(), "k", alg="ES256")) == set()
    assert used(jwk_of(rsa_key(), "k", alg="HS256")) == set()
    assert used(jwk_of(rsa_key(), "k", alg="rs256")) == set()


@pytest.mark.parametrize(
    "changed",
    [
        {"use": "enc"},
        {"use": None},
        {"key_ops": ["encrypt"]},
        {"key_ops": "verify"},
        {"kty": "oct"},
        {"kty": "EC"},
        {"kty": None},
        {"n": None},
        {"n": 7},
        {"n": "!!"},
        {"n": ""},
        {"n": "A" * 10_000},
        {"e": "A" * 7},
        {"e": "AQ"},
        {"kid": 7},
        {"d": "AQAB"},
    ],
)
def test_unsound_keys_are_left_out(changed: dict[str, object]) -> None:
    assert used({**jwk_of(rsa_key(), "k"), **changed}) == set()
    assert used({**jwk_of(rsa_key(), "k"), **changed}, jwk_of(ed_key(), "k")) == {"EdDSA"}


@pytest.mark.parametrize(
    "changed", [{"crv": "P-384"}, {"crv": "secp256k1"}, {"x": "AAAA"}, {"y": None}, {"x": "!"}]
)
def test_points_of_no_curve_are_left_out(changed: dict[str, object]) -> None:
    assert used({**jwk_of(ec_key(), "k"), **changed}) == set()


@pytest.mark.parametrize("bits", [1024, 2047])
def test_short_rsa_keys_are_left_out(bits: int) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    assert used(jwk_of(short, "k")) == set()


def test_keys_with_their_private_half_are_counted_and_not_used() -> None:
    row: dict[str, Any] = RSAAlgorithm.to_jwk(rsa_key(), as_dict=True)
    keys = read_key_set(jwk_set({**row, "kid": "k"}, jwk_of(ed_key(), "other")), ALGORITHMS)
    assert keys.private == 1
    assert keys.find("k", "RS256") is None
    assert not keys.knows("k")
    assert keys.find("other", "EdDSA") is not None


def test_a_token_without_a_key_id_means_the_only_key_of_its_algorithm() -> None:
    one, two = jwk_of(ec_key(), "a"), jwk_of(ec_key(1), "b")
    assert used(one, key_id=None) == {"ES256"}
    assert used(jwk_of(ec_key(), None), key_id=None) == {"ES256"}
    assert used(one, two, key_id=None) == set()
    assert used(one, two, key_id="b") == {"ES256"}
    assert used(jwk_of(ec_key(), None), key_id="") == set()


def test_of_two_keys_with_one_id_the_first_counts() -> None:
    keys = read_key_set(jwk_set(jwk_of(ec_key(), "k"), jwk_of(ec_key(1), "k")), ALGORITHMS)
    assert len(keys) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": null}',
        b'{"keys": []}',
        b'{"keys": [1, "x", null, []]}',
        b"\xff\xfe",
        b'{"keys": "\xff"}',
        b"<html></html>",
        b"[" * 100_000,
    ],
)
def test_what_is_no_key_set_says_so(body: bytes) -> None:
    with pytest.raises(BadKeySet):
        read_key_set(body, ALGORITHMS)


def test_a_set_is_bounded_in_keys_and_bytes() -> None:
    rows = [jwk_of(ec_key(), f"k{number}") for number in range(KEYS_MAX)]
    assert len(read_key_set(jwk_set(*rows), ALGORITHMS)) == KEYS_MAX
    with pytest.raises(BadKeySet, match="more than 64 keys"):
        read_key_set(jwk_set(*rows, jwk_of(ec_key(), "more")), ALGORITHMS)
    thousands = jwk_set(*({**rows[0], "kid": f"k{number}"} for number in range(10_000)))
    with pytest.raises(BadKeySet, match="more than 262144 bytes"):
        read_key_set(thousands, ALGORITHMS)
    small = json.dumps({"keys": [{}] * 10_000}).encode()
    assert len(small) < KEY_SET_BYTES_MAX
    with pytest.raises(BadKeySet, match="more than 64 keys"):
        read_key_set(small, ALGORITHMS)


def test_only_what_is_allowed_is_kept() -> None:
    with pytest.raises(BadKeySet, match="none of its keys fits ES256"):
        read_key_set(jwk_set(jwk_of(rsa_key(), "k")), ("ES256",))


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["kty", "crv", "kid", "alg", "use", "n", "e", "x", "y", "key_ops"]),
            st.sampled_from(["RSA", "EC", "OKP", "P-256", "Ed25519", "sig", "RS256", "AQAB", ""])
            | st.none()
            | st.integers()
            | st.text(max_size=50),
        ),
        max_size=4,
    )
)
def test_whatever_is_published_is_a_set_or_said_to_be_none(rows: list[dict[str, object]]) -> None:
    try:
        keys = read_key_set(jwk_set(*rows), ALGORITHMS)
    except BadKeySet as bad:
        said = str(bad)
    else:
        said = "none" * (len(keys) == 0)
    assert said != "none"
