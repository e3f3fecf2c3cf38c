"""All keys that a worker knows, by what a request may prove them with.

One table for those of the configuration and those of the key store: a secret's keyed digest leads
to it, and so does the access key id with which an AWS client signs. Of two keys with one secret the
first that was added counts.

Not here: what a request presents (`presented_key`), and who calls with it (`principals`).

    table = KeyTable((pepper,), master_key)
    table.add(key)
    table.find(b"dt-…")
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b, blake2s, sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from detente.canonical.principal import Key, KeySecret
from detente.gateway.callers.access_keys import access_key_id
from detente.principals.hashing import fingerprint_of, keyed_digest
from detente.principals.rotation import ends_at

if TYPE_CHECKING:
    from detente.gateway.callers.principals import Caller

FOREVER_US: Final = 2**62
FOUND_MAX: Final = 4_096
"""Keys that were found lately and are found again by one digest instead of two."""


class Secret:
    """One secret of a key; `until_us` is when it stops to count (0 where it was revoked), and
    `caller` who calls with it, once somebody has."""

    __slots__ = ("access_key", "caller", "digest", "key", "stored", "until_us")

    def __init__(self, key: Key, digest: bytes, ends: datetime | None) -> None:
        self.key = key
        self.digest = digest
        self.stored = key.source == "store"
        self.access_key: str | None = None
        self.caller: Caller | None = None
        self.until_us = FOREVER_US if ends is None else int(ends.timestamp() * 1_000_000)
        if key.revoked_at is not None:
            self.until_us = 0


class KeyTable:
    """See the module. Without a `master_key` no access key leads anywhere."""

    def __init__(self, peppers: tuple[bytes, ...], master_key: str | None) -> None:
        self._pepper, *self._other_peppers = peppers
        self._keyed = blake2b(key=self._pepper, digest_size=32)
        """Copied for each digest, which takes two thirds of the time of making it anew."""
        self._derives = master_key is not None
        self._secrets: dict[bytes, Secret] = {}
        self._signers: dict[str, Secret] = {}
        self._of_key: dict[str, list[Secret]] = {}
        self._of_project: dict[str, set[str]] = {}
        self._found: dict[bytes, Secret] = {}
        """By a digest without a key: of what proved to be one, so that nobody can fill it."""

    def __len__(self) -> int:
        return len(self._secrets)

    def find(self, presented: bytes) -> Secret | None:
        """The secret that was presented. Takes as long for what is unknown as for what is known,
        whatever they share: what is looked up is a digest that nobody outside can steer. What is
        known is found sooner the second time, which its answer tells anyway."""
        short = blake2s(presented, digest_size=16).digest()
        secret = self._found.get(short)
        if secret is not None:
            return secret
        secret = self._find(presented)
        if secret is not None:
            if len(self._found) >= FOUND_MAX:
                self._found.clear()
            self._found[short] = secret
        return secret

    def _find(self, presented: bytes) -> Secret | None:
        """Under the present pepper, else under one that keys had before."""
        hashing = self._keyed.copy()
        hashing.update(sha256(presented).digest())
        digest = hashing.digest()
        secret = self._secrets.get(digest)
        if secret is not None and compare_digest(secret.digest, digest):
            return secret
        return self._find_otherwise(presented) if self._other_peppers else None

    def signer(self, access_key: str) -> Secret | None:
        """The secret whose access key that is."""
        return self._signers.get(access_key)

    def names_of(self, projects: Iterable[str]) -> set[str]:
        """The names of all keys of these projects."""
        return {name for project in projects for name in self._of_project.get(project, ())}

    def add(self, key: Key) -> None:
        """Adds a key with its secrets."""
        self._found.clear()
        secrets = self._of_key.setdefault(key.name, [])
        self._of_project.setdefault(key.project, set()).add(key.name)
        for known in key.secrets:
            secret = Secret(key, self._digest_of(key, known), ends_at(key, known))
            if self._secrets.setdefault(secret.digest, secret) is not secret:
                continue
            secrets.append(secret)
            if self._derives:
                secret.access_key = access_key_id(access_hash_of(key, known))
                self._signers[secret.access_key] = secret

    def forget(self, name: str) -> None:
        """Drops all keys of that name."""
        self._found.clear()
        for secret in self._of_key.pop(name, ()):
            del self._secrets[secret.digest]
            self._of_project[secret.key.project].discard(name)
            if secret.access_key is not None:
                del self._signers[secret.access_key]

    def clear(self) -> None:
        """Drops everything."""
        for table in (self._secrets, self._signers, self._of_key, self._of_project, self._found):
            table.clear()

    def _digest_of(self, key: Key, secret: KeySecret) -> bytes:
        """The store has keyed digests; the configuration has hashes, which are keyed here."""
        if key.source == "store":
            return secret.digest
        return keyed_digest(fingerprint_of(key.access_hash), self._pepper)

    def _find_otherwise(self, presented: bytes) -> Secret | None:
        """Under the peppers that keys had before."""
        fingerprint = sha256(presented).digest()
        for pepper in self._other_peppers:
            digest = keyed_digest(fingerprint, pepper)
            secret = self._secrets.get(digest)
            if secret is not None and compare_digest(secret.digest, digest):
                return secret
        return None


def access_hash_of(key: Key, secret: KeySecret) -> str:
    """What the access key id of AWS clients derives from: the hash that the configuration carries,
    or of a stored key the digest of each of its secrets, so that it rotates with them."""
    return key.access_hash or f"blake2b:{secret.digest.hex()}"
