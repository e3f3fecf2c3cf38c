"""A key's secrets in time: rotated with an overlap, ended, revoked.

Takes the time, and a digest that was made elsewhere (`hashing`); keeps and returns values.

>>> rotated(key, new_secret, at=now, overlap=timedelta(hours=24)).secrets
(KeySecret(…, expires_at=None), KeySecret(…, expires_at=…))
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from detente.canonical.principal import Key, KeySecret

SECRETS_MAX: Final = 8
"""Of one key at once: who rotates faster than overlaps end drops the oldest."""


def rotated(key: Key, secret: KeySecret, *, at: datetime, overlap: timedelta) -> Key:
    """`key` with a new secret; those before it count until `at + overlap`, unless they end sooner.

    Secrets that are over by `at` are dropped.
    """
    until = at + overlap
    kept = [
        msgspec.structs.replace(old, expires_at=_earlier(old.expires_at, until))
        for old in key.secrets
        if old.expires_at is None or old.expires_at > at
    ]
    if overlap <= timedelta(0):
        kept = []
    return msgspec.structs.replace(key, secrets=(secret, *kept)[:SECRETS_MAX])


def revoked(key: Key, *, at: datetime) -> Key:
    """`key`, of no use from `at` on; a key that was revoked before stays revoked since then."""
    return key if key.revoked_at is not None else msgspec.structs.replace(key, revoked_at=at)


def ends_at(key: Key, secret: KeySecret) -> datetime | None:
    """When `secret` of `key` stops to count, None for never."""
    return _earlier(key.expires_at, secret.expires_at)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)
