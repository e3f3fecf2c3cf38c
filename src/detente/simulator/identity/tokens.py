"""Tokens and temporary keys that say everything of themselves, so that any simulator verifies them.

A token is a JSON Web Token signed by HMAC under one constant: no store joins the services that
issue with the platforms that verify, in whatever process. Not secrets: they are simulated.

>>> from datetime import UTC, datetime, timedelta
>>> now = datetime(2026, 11, 22, tzinfo=UTC)
>>> token = issue(subject="me", audience="a", issued_at=now, expires_at=now + timedelta(hours=1))
>>> problem_of(token, ("a",), now), problem_of(token, ("b",), now)
(None, 'wrong_audience')
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from detente.providers import Credentials

Problem = Literal["missing", "garbled", "unknown", "wrong_audience", "expired"]
"""Why a credential does not hold: there is none; it cannot be read; nobody here issued it; it is
for somebody else; its time is over or has not begun."""

SECRET: Final = b"the simulated identity services' own secret"
AWS_AUDIENCE: Final = "sts.amazonaws.com"
"""Whom the session tokens of temporary AWS keys are for."""
SKEW_S: Final = 300
"""How far in the future a token may have been issued: a peer's clock may be five minutes ahead."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says: who, for whom, from when until when (seconds since 1970)."""

    sub: str
    aud: str
    iat: int
    exp: int
    scope: str | None = None
    jwk: str | None = None


def issue(
    *,
    subject: str,
    audience: str,
    issued_at: datetime,
    expires_at: datetime,
    scope: str | None = None,
    jwk: str | None = None,
) -> str:
    """A token; `jwk` is the public key (JSON) of whoever may use it, as Oracle's tokens have."""
    claims = Claims(
        sub=subject,
        aud=audience,
        iat=int(issued_at.timestamp()),
        exp=int(expires_at.timestamp()),
        scope=scope,
        jwk=jwk,
    )
    head = encoded(msgspec.json.encode({"alg": "HS256", "typ": "JWT"}))
    signed = f"{head}.{encoded(msgspec.json.encode(claims))}"
    return f"{signed}.{encoded(_digest(signed))}"


def claims_of(token: str) -> Claims | None:
    """What a token says, None where it is none of ours; its time is not looked at."""
    signed, _, signature = token.rpartition(".")
    expected = encoded(_digest(signed))
    if not signed or not hmac.compare_digest(expected.encode(), signature.encode()):
        return None
    return msgspec.json.decode(decoded(signed.partition(".")[2]), type=Claims)


def problem_of(token: str | None, audiences: tuple[str, ...], now: datetime) -> Problem | None:
    """Why a token does not hold for any of `audiences` at `now` (aware); None where it does."""
    if not token:
        return "missing"
    if token.count(".") != 2:
        return "garbled"
    claims = claims_of(token)
    if claims is None:
        return "unknown"
    if claims.aud not in audiences:
        return "wrong_audience"
    if not claims.iat - SKEW_S <= now.timestamp() < claims.exp:
        return "expired"
    return None


def issue_keys(*, subject: str, issued_at: datetime, expires_at: datetime) -> Credentials:
    """Temporary keys of AWS: id and secret derive from the session token."""
    token = issue(
        subject=subject, audience=AWS_AUDIENCE, issued_at=issued_at, expires_at=expires_at
    )
    access_key_id = _access_key_id(token)
    return Credentials(
        access_key_id=access_key_id,
        secret_access_key=_secret(access_key_id, token),
        session_token=token,
    )


def secret_of(access_key_id: str, session_token: str | None) -> str | None:
    """The secret of temporary keys, None where the two were not issued together.

    Whether their time is over, `problem_of(session_token, (AWS_AUDIENCE,), now)` says.
    """
    if session_token is None or claims_of(session_token) is None:
        return None
    if access_key_id != _access_key_id(session_token):
        return None
    return _secret(access_key_id, session_token)


def encoded(data: bytes) -> str:
    """Base64 for URLs, without padding, as JSON Web Tokens have it (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """What `encoded` encodes; empty where it is not that."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


def later(now: datetime, seconds: int) -> datetime:
    """`seconds` after `now`, in UTC and whole seconds, as every platform writes it."""
    return datetime.fromtimestamp(int(now.timestamp()) + seconds, UTC)


def _digest(text: str) -> bytes:
    return hmac.digest(SECRET, text.encode(), "sha256")


def _access_key_id(token: str) -> str:
    """Sixteen characters after `ASIA`, which is what temporary keys begin with."""
    return "ASIA" + base64.b32encode(hashlib.sha256(token.encode()).digest())[:16].decode()


def _secret(access_key_id: str, token: str) -> str:
    return base64.b64encode(_digest(f"{access_key_id}\0{token}")).decode()
