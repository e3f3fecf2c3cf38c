"""The public keys of an issuer: a JWK set (RFC 7517), and what of it is used.

Only public keys to verify signatures with, of known types and sane sizes, each for the algorithms
that its type, `alg` and `use` admit: what a token says of its algorithm chooses among these and
nothing else. The library (`jose`) is imported when a set is read. Not here: fetching (`issuers`).

>>> read_key_set(jwks, ("RS256",)).find("2026-11", "RS256")
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, cast

import msgspec

if TYPE_CHECKING:
    from detente.gateway.callers.jose import TokenKey

KEY_SET_BYTES_MAX: Final = 256 * 1024
"""The largest issuers publish some 20 KiB."""
KEYS_MAX: Final = 64
RSA_BITS_MIN: Final = 2048
RSA_BITS_MAX: Final = 8192
"""Verifying takes time with the square of it."""
RSA_EXPONENT_CHARACTERS_MAX: Final = 6
"""32 bits; 65537 is usual, and a large one makes each verification slow."""

ALGORITHMS: Final[dict[str, tuple[str, str | None]]] = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""Every algorithm that may be configured, with the type and curve of its keys (RFC 7518 section
3.1, RFC 8037). No secret is shared with an issuer, so there is no HMAC; and `none` is none."""

_PUBLIC: Final[dict[str, tuple[str, ...]]] = {
    "RSA": ("n", "e"),
    "EC": ("crv", "x", "y"),
    "OKP": ("crv", "x"),
}
_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


class BadKeySet(Exception):
    """What was published is no key set that can be used; the sentence says why."""


class KeySet:
    """The keys of one issuer by id and algorithm."""

    __slots__ = ("_ids", "_keys", "private")

    def __init__(self, keys: Mapping[tuple[str | None, str], "TokenKey"], *, private: int) -> None:
        self._keys = dict(keys)
        self._ids = {key_id for key_id, _ in keys}
        self.private = private
        """How many keys came with their private half, and are not used."""

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, key_id: str | None, algorithm: str) -> "TokenKey | None":
        """The key that a token names; where it names none, the only one of its algorithm."""
        if key_id is not None:
            return self._keys.get((key_id, algorithm))
        found = [key for (_, name), key in self._keys.items() if name == algorithm]
        return found[0] if len(found) == 1 else None

    def knows(self, key_id: str | None) -> bool:
        """Whether there is such a key, for whatever algorithm."""
        return key_id is None or key_id in self._ids


def read_key_set(jwks: bytes, algorithms: Collection[str]) -> KeySet:
    """The keys that a set has for `algorithms`; raises `BadKeySet` where it is none, has too many
    keys, or none that can be used."""
    if len(jwks) > KEY_SET_BYTES_MAX:
        raise BadKeySet(f"its keys take more than {KEY_SET_BYTES_MAX} bytes")
    try:
        found: object = msgspec.json.decode(jwks)
    except (ValueError, RecursionError):  # no JSON, or none of UTF-8
        raise BadKeySet("its keys are no JSON") from None
    entries = cast("dict[str, object]", found).get("keys") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        raise BadKeySet("its keys are no JWK set")
    rows = [
        cast("dict[str, object]", row)
        for row in cast("list[object]", entries)
        if isinstance(row, dict)
    ]
    if len(rows) > KEYS_MAX:
        raise BadKeySet(f"it publishes more than {KEYS_MAX} keys")
    keys: dict[tuple[str | None, str], TokenKey] = {}
    for row in rows:
        key_id = row.get("kid")
        if key_id is not None and not isinstance(key_id, str):
            continue
        for algorithm in _algorithms_of(row, algorithms):
            key = _key(row, algorithm)
            if key is not None:
                keys.setdefault((key_id, algorithm), key)
    if not keys:
        raise BadKeySet(f"none of its keys fits {', '.join(sorted(algorithms))}")
    return KeySet(keys, private=sum(map(_is_private, rows)))


def _algorithms_of(row: Mapping[str, object], algorithms: Collection[str]) -> list[str]:
    """What a published key may be used for, of what is allowed."""
    if _is_private(row) or row.get("use", "sig") != "sig":
        return []
    operations = row.get("key_ops")
    if operations is not None and not (isinstance(operations, list) and "verify" in operations):
        return []
    return [
        name
        for name in algorithms
        if row.get("alg", name) == name and _is_of(row, *ALGORITHMS[name])
    ]


def _is_private(row: Mapping[str, object]) -> bool:
    return any(name in row for name in _PRIVATE)


def _is_of(row: Mapping[str, object], type_: str, curve: str | None) -> bool:
    return row.get("kty") == type_ and (curve is None or row.get("crv") == curve)


def _key(row: Mapping[str, object], algorithm: str) -> "TokenKey | None":
    """The key made of its public members alone, None where they are no sound key."""
    from detente.gateway.callers import jose  # noqa: PLC0415 -- of an extra, and only needed with issuers

    type_ = ALGORITHMS[algorithm][0]
    members = {name: row.get(name) for name in ("kty", *_PUBLIC[type_])}
    if not all(isinstance(value, str) for value in members.values()):
        return None
    texts = cast("dict[str, str]", members)
    if type_ == "RSA" and not _is_bounded(texts):
        return None
    key = jose.token_key(texts, algorithm)
    if key is None or (type_ == "RSA" and not RSA_BITS_MIN <= key.bits <= RSA_BITS_MAX):
        return None
    return key


def _is_bounded(texts: Mapping[str, str]) -> bool:
    """Looked at before any arithmetic is done."""
    characters_max = RSA_BITS_MAX // 6 + 4
    return len(texts["n"]) <= characters_max and len(texts["e"]) <= RSA_EXPONENT_CHARACTERS_MAX
