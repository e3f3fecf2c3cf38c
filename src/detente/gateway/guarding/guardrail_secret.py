"""The secret of guardrails: what stand-ins and the keys of kept maps derive from.

It is what `[guardrails] secret` says; without that, 32 random bytes in the state folder, made once
and readable by the gateway's user alone. Machines that serve together need the same one: a stand-in
that one of them made is nobody to another.

    secret = guardrail_secret(setup)
    project_key(secret, "shop")  # of stand-ins
    kept_key(secret)  # of maps that are kept
"""

import hashlib
import hmac
from typing import Final

from detente.gateway.secret_file import secret_file
from detente.gateway.upstream.credentials import resolve_guardrail_secret
from detente.wiring import Setup

KEY_NAME: Final = "guardrails.key"
SECRET_BYTES: Final = 32

_PURPOSE: Final = b"detente guardrail secret v1"
_PERSON_KEPT: Final = b"dt-kept-key"
_CURE: Final = (
    "restore it from a backup, or remove it for a new one, with which stand-ins change and nobody "
    "opens what is kept of conversations"
)


def guardrail_secret(setup: Setup) -> bytes:
    """The secret, 32 bytes; makes the file in the state folder where it is needed and not there.

    Raises `LocatedErrors` where the configured one cannot be read, `SecretFileUnusable` where the
    file cannot be made or read: another one would give everybody other stand-ins.
    """
    configured = resolve_guardrail_secret(setup)
    if configured is not None:
        return hmac.digest(configured.encode(), _PURPOSE, "sha256")
    return secret_file(setup.state / KEY_NAME, SECRET_BYTES, _CURE)


def kept_key(secret: bytes) -> bytes:
    """The key of kept maps: another one than any of stand-ins, since it opens what they hide."""
    return hashlib.blake2b(digest_size=SECRET_BYTES, key=secret, person=_PERSON_KEPT).digest()
