"""How a virtual key looks, and what is kept of it: a digest that only this gateway can make.

A key is `dt-` and 43 characters of 256 random bits. The configuration carries its SHA-256, as text;
tables and stores carry a *keyed digest* of that, BLAKE2b under a *pepper* that is in no store. So a
stolen store tests no key, not even one that somebody chose badly, and nobody can plant one there
without the pepper. Why no slow hash: `docs/decisions/keys.md`.

Not here: where randomness and pepper come from (`gateway.pepper`).

>>> key = key_text(bytes(32))
>>> key[:8], len(key), hash_text(key)[:12]
('dt-AAAAA', 46, 'sha256:bd65e')
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import blake2b, sha256
from typing import Final

KEY_PREFIX: Final = "dt-"
KEY_BYTES: Final = 32
"""256 random bits: no search finds one, and 43 characters still fit on a line."""
PEPPER_BYTES: Final = 32
SHOWN_CHARACTERS: Final = 8
"""Of a key, to recognise it by: 30 of its 256 bits."""
HASH_PREFIX: Final = "sha256:"
PEPPER_PURPOSE: Final = b"key-pepper/v1"
"""What derives from a master key for one purpose is of no use for another."""


def key_text(random: bytes) -> str:
    """The virtual key of `KEY_BYTES` random bytes."""
    assert len(random) == KEY_BYTES
    return KEY_PREFIX + urlsafe_b64encode(random).rstrip(b"=").decode()


def shown_prefix(key: str) -> str:
    """What may be shown of a key for good; nothing of one that is too short to spare it."""
    return key[:SHOWN_CHARACTERS] if len(key) >= 4 * SHOWN_CHARACTERS else ""


def hash_text(key: str) -> str:
    """What the configuration carries of a key: `sha256:` and the hexadecimal SHA-256 of it all."""
    return HASH_PREFIX + sha256(key.encode()).hexdigest()


def fingerprint_of(hash_: str) -> bytes:
    """The 32 bytes of a `sha256:…`."""
    return bytes.fromhex(hash_.removeprefix(HASH_PREFIX))


def keyed_digest(fingerprint: bytes, pepper: bytes) -> bytes:
    """What a table keeps of the key with this SHA-256 (32 bytes, both)."""
    return blake2b(fingerprint, key=pepper, digest_size=32).digest()


def digest_of(key: bytes, pepper: bytes) -> bytes:
    """The keyed digest of a key as it was presented, whatever bytes those are."""
    return blake2b(sha256(key).digest(), key=pepper, digest_size=32).digest()


def pepper_from(master_key: str) -> bytes:
    """The pepper that belongs to a master key, alike on every machine that has it."""
    return hmac.digest(master_key.encode(), PEPPER_PURPOSE, "sha256")
