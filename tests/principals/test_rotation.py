"""Rotation: the new secret at once, the old one a while longer, never longer than it had."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.principal import Key, KeySecret
from detente.principals.rotation import SECRETS_MAX, ends_at, revoked, rotated

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
OLD = KeySecret(digest=b"o" * 32)
NEW = KeySecret(digest=b"n" * 32, created_at=NOW)
TIMES = st.none() | st.integers(-72, 72).map(lambda hours: NOW + timedelta(hours=hours))


def key_of(*secrets: KeySecret, expires_at: datetime | None = None) -> Key:
    return Key(name="app", project="shop", secrets=secrets, expires_at=expires_at)


def test_both_count_for_a_while() -> None:
    after = rotated(key_of(OLD), NEW, at=NOW, overlap=DAY)
    assert [(s.digest, s.expires_at) for s in after.secrets] == [
        (NEW.digest, None),
        (OLD.digest, NOW + DAY),
    ]


def test_without_overlap_the_old_one_is_over_at_once() -> None:
    assert rotated(key_of(OLD), NEW, at=NOW, overlap=timedelta(0)).secrets == (NEW,)


@given(st.lists(TIMES, max_size=12), st.integers(0, 48))
def test_no_secret_lives_longer_for_being_rotated(
    ends: list[datetime | None], overlap_h: int
) -> None:
    secrets = [
        KeySecret(digest=bytes([number]) * 32, expires_at=end) for number, end in enumerate(ends)
    ]
    before = {secret.digest: secret.expires_at for secret in secrets}
    overlap = timedelta(hours=overlap_h)
    after = rotated(key_of(*secrets), NEW, at=NOW, overlap=overlap)
    assert after.secrets[0] == NEW
    assert len(after.secrets) <= SECRETS_MAX
    for secret in after.secrets[1:]:
        assert secret.expires_at is not None
        assert NOW < secret.expires_at <= NOW + overlap
        was = before[secret.digest]
        assert was is None or secret.expires_at <= was


@given(TIMES, TIMES)
def test_a_secret_ends_with_its_key(of_key: datetime | None, of_secret: datetime | None) -> None:
    secret = KeySecret(digest=b"s" * 32, expires_at=of_secret)
    ends = [end for end in (of_key, of_secret) if end is not None]
    assert ends_at(key_of(secret, expires_at=of_key), secret) == min(ends, default=None)


def test_a_key_is_revoked_once() -> None:
    once = revoked(key_of(OLD), at=NOW)
    assert once.revoked_at == NOW
    assert revoked(once, at=NOW + DAY) == once
