"""Signatures of tokens, by PyJWT and cryptography: the one module that imports them.

They come with `detente[oidc]`; whoever needs this module imports it late. A key is made for one
algorithm, and the library refuses a token that names another, whatever the caller allows
(`docs/decisions/jose.md`). Its words are never shown: they quote what it was given.

>>> token_key({"kty": "OKP", "crv": "Ed25519", "x": "…"}, "EdDSA").signed(token)
True
"""

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWS
from jwt.exceptions import PyJWTError

_JWS: Final = PyJWS(options={"verify_signature": True, "enforce_minimum_key_length": True})


class TokenKey:
    """A public key that verifies tokens of one algorithm."""

    __slots__ = ("_jwk", "algorithm", "bits")

    def __init__(self, jwk: PyJWK, algorithm: str) -> None:
        self._jwk = jwk
        self.algorithm = algorithm
        key: object = jwk.key
        self.bits = key.key_size if isinstance(key, RSAPublicKey) else 0
        """The size of an RSA key, 0 for any other."""

    def signed(self, token: bytes) -> bool:
        """Whether this key signed the token, by its algorithm and no other."""
        try:
            _JWS.decode_complete(token, self._jwk, algorithms=[self.algorithm])
        except (PyJWTError, ValueError):
            return False
        return True


def token_key(members: Mapping[str, str], algorithm: str) -> TokenKey | None:
    """The key of a JWK's public members, None where they make none."""
    try:
        return TokenKey(PyJWK(dict(members), algorithm), algorithm)
    except (PyJWTError, ValueError):  # not a point of the curve, say
        return None
