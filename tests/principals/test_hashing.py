"""Keys and digests: what a key looks like, and that a digest is worth nothing without pepper."""

from hashlib import blake2b, sha256

from hypothesis import given
from hypothesis import strategies as st

from detente.principals.hashing import (
    KEY_BYTES,
    digest_of,
    fingerprint_of,
    hash_text,
    key_text,
    keyed_digest,
    pepper_from,
    shown_prefix,
)

PEPPER = b"p" * 32


def test_a_key_is_recognised_and_carries_all_its_bits() -> None:
    key = key_text(bytes(range(KEY_BYTES)))
    assert (key[:3], len(key)) == ("dt-", 46)
    assert key != key_text(bytes(range(1, KEY_BYTES + 1)))


@given(st.text(min_size=1))
def test_a_digest_can_be_made_of_the_key_or_of_its_hash(key: str) -> None:
    encoded = key.encode("utf-8", "replace")
    text = hash_text(encoded.decode())
    assert keyed_digest(fingerprint_of(text), PEPPER) == digest_of(encoded, PEPPER)
    known = blake2b(sha256(encoded).digest(), key=PEPPER, digest_size=32).digest()
    assert digest_of(encoded, PEPPER) == known


def test_another_pepper_makes_another_digest() -> None:
    assert digest_of(b"dt-x", PEPPER) != digest_of(b"dt-x", b"q" * 32)
    assert digest_of(b"dt-x", PEPPER) != sha256(b"dt-x").digest()


def test_a_master_key_makes_one_pepper_everywhere() -> None:
    assert pepper_from("m" * 32) == pepper_from("m" * 32)
    assert pepper_from("m" * 32) != pepper_from("n" * 32)
    assert len(pepper_from("m" * 32)) == 32


def test_only_the_beginning_of_a_long_key_is_shown() -> None:
    key = key_text(bytes(KEY_BYTES))
    assert shown_prefix(key) == key[:8]
    assert shown_prefix("dt-short") == ""
