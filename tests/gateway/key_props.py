"""Keys and what a worker is told of them, for the tests of both sides."""

from datetime import UTC, datetime

import msgspec

from detente.canonical.principal import Key, KeySecret, Project, Scope
from detente.configuration.store import Store
from detente.gateway.callers.stored_keys import StoredKeys
from detente.gateway.link.messages import KeysTold
from detente.principals.hashing import digest_of

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
PEPPER = b"p" * 32


def secret_of(
    text: str, *, expires_at: datetime | None = None, pepper: bytes = PEPPER
) -> KeySecret:
    return KeySecret(digest=digest_of(text.encode(), pepper), expires_at=expires_at)


def stored(name: str, *texts: str, project: str = "shop", scope: Scope | None = None) -> Key:
    """A key of the store with these secrets, `dt-NAME` where none is given."""
    return Key(
        name=name,
        project=project,
        secrets=tuple(secret_of(text) for text in texts or (f"dt-{name}",)),
        scope=scope or Scope(),
        source="store",
    )


def revoked(key: Key) -> Key:
    return msgspec.structs.replace(key, revoked_at=AT)


def told(
    version: int, *keys: Key, whole: bool = True, projects: tuple[Project, ...] = ()
) -> KeysTold:
    return KeysTold(version=version, whole=whole, keys=keys, projects=projects)


def knowing(
    *keys: Key, store: Store | None = None, peppers: tuple[bytes, ...] = (PEPPER,)
) -> StoredKeys:
    """A worker's knowledge after it was told of these keys, at the time 0."""
    found = StoredKeys(peppers, store or Store())
    found.told(told(1, *keys), 0.0)
    return found
