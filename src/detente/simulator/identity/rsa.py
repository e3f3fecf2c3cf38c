"""RSA signatures verified with nothing but arithmetic: what the simulated services need of it.

PKCS #1 v1.5 with SHA-256 (RFC 8017 §8.2.2), and public keys as DER (RFC 5280 §4.1) or as the JSON
of RFC 7517. Verifies what is simulated; not hardened, and signs nothing.

>>> PublicKey(n=3233, e=17).verified(b"data", b"forged")
False
"""

import hashlib
import hmac
from typing import Final

import msgspec

from detente.simulator.identity.tokens import decoded, encoded

SHA256_PREFIX: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before the digest (RFC 8017 §9.2, note 1)."""
_SEQUENCE, _INTEGER, _BIT_STRING = 0x30, 0x02, 0x03


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """Modulus and exponent."""

    n: int
    e: int

    def verified(self, data: bytes, signature: bytes) -> bool:
        """Whether the owner of the key signed `data`."""
        size = (self.n.bit_length() + 7) // 8
        tail = SHA256_PREFIX + hashlib.sha256(data).digest()
        if len(signature) != size or size < len(tail) + 11:
            return False
        expected = b"\x00\x01" + b"\xff" * (size - len(tail) - 3) + b"\x00" + tail
        opened = pow(int.from_bytes(signature), self.e, self.n).to_bytes(size)
        return hmac.compare_digest(opened, expected)


class Jwk(msgspec.Struct, frozen=True, kw_only=True):
    """A public key as JSON has it."""

    n: str
    e: str
    kty: str = "RSA"


def to_jwk(key: PublicKey) -> str:
    """A public key as JSON."""
    number = Jwk(n=_unsigned(key.n), e=_unsigned(key.e))
    return msgspec.json.encode(number).decode()


def from_jwk(text: str) -> PublicKey | None:
    """A public key from JSON, None where it is none."""
    try:
        number = msgspec.json.decode(text, type=Jwk)
    except msgspec.DecodeError:
        return None
    return PublicKey(n=int.from_bytes(decoded(number.n)), e=int.from_bytes(decoded(number.e)))


def from_der(data: bytes) -> PublicKey | None:
    """The public key in a SubjectPublicKeyInfo, None where there is none of RSA."""
    try:
        info, _ = _element(data, _SEQUENCE)
        _, after = _element(info, _SEQUENCE)
        bits, _ = _element(after, _BIT_STRING)
        numbers, _ = _element(bits[1:], _SEQUENCE)
        n, after = _element(numbers, _INTEGER)
        e, _ = _element(after, _INTEGER)
    except (ValueError, IndexError):
        return None
    return PublicKey(n=int.from_bytes(n), e=int.from_bytes(e))


def _element(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """The contents of the first element, and what follows it; raises `ValueError`."""
    if data[0] != tag:
        raise ValueError
    length, begun = data[1], 2
    if length >= 0x80:
        begun += length & 0x7F
        length = int.from_bytes(data[2:begun])
    if len(data) < begun + length:
        raise ValueError
    return data[begun : begun + length], data[begun + length :]


def _unsigned(number: int) -> str:
    return encoded(number.to_bytes((number.bit_length() + 7) // 8))
