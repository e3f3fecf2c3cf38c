"""Maps of stand-ins that outlive their request, encrypted, for conversations that a platform keeps.

Where the platform holds the history, the client does not send it again, and nobody could make the
map anew. So it is sealed with AES-256-GCM (NIST SP 800-38D) under a key of its own for each project
and conversation, and opens for these alone, until it expires. Pure: key, nonce and time are
arguments; who stores it, and for how long, is the gateway's business.

>>> sealed = sealed_map({"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"}, key=bytes(32),
...     nonce=bytes(12), project="a", conversation="resp_1", expires_s=2_000)
>>> opened_map(sealed, key=bytes(32), project="a", conversation="resp_1", now_s=1_999)
{'⟨EMAIL_abcdefghijklm⟩': 'ann@contoso.com'}
"""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""96 bits, made anew by chance for each map: SP 800-38D section 8.3 allows 2^32 of them under one
key, which a conversation never has."""
MAP_BYTES_MAX: Final = 1 << 20
"""Of one conversation: tens of thousands of stand-ins."""

_VERSION: Final = b"dtm1"
_PERSON: Final = b"dt-kept-map"


class KeptMapError(ValueError):
    """A map cannot be sealed or opened; the message is one sentence and tells nothing of it."""


class _Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    expires_s: int
    originals: dict[str, str]


def sealed_map(
    originals: Mapping[str, str],
    *,
    key: bytes,
    nonce: bytes,
    project: str,
    conversation: str,
    expires_s: int,
) -> bytes:
    """`originals`, readable with `key` until `expires_s` (seconds since 1970).

    A `nonce` is never used twice. Raises `KeptMapError` where there is too much, and `ValueError`
    for a key or nonce of another length.
    """
    if len(nonce) != NONCE_BYTES:
        message = f"a nonce has {len(nonce)} bytes; give {NONCE_BYTES}"
        raise ValueError(message)
    plain = msgspec.msgpack.encode(_Kept(expires_s, dict(originals)))
    if len(plain) > MAP_BYTES_MAX:
        message = (
            f"the stand-ins of this conversation take {len(plain)} bytes, and {MAP_BYTES_MAX} are "
            "the most that is kept; begin a new conversation"
        )
        raise KeptMapError(message)
    cipher = _cipher(key, project, conversation)
    return _VERSION + nonce + cipher.encrypt(nonce, plain, _bound_to(project, conversation))


def opened_map(
    sealed: bytes, *, key: bytes, project: str, conversation: str, now_s: float
) -> dict[str, str]:
    """The originals again; raises `KeptMapError` for a map that expired, was changed, or is of
    another project or conversation."""
    head = len(_VERSION) + NONCE_BYTES
    if sealed[: len(_VERSION)] != _VERSION or not head < len(sealed) <= MAP_BYTES_MAX + head + 16:
        raise KeptMapError(_UNREADABLE)
    cipher = _cipher(key, project, conversation)
    nonce = sealed[len(_VERSION) : head]
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - of the extra `guardrails`

    try:
        plain = cipher.decrypt(nonce, sealed[head:], _bound_to(project, conversation))
    except InvalidTag:
        raise KeptMapError(_UNREADABLE) from None
    kept = msgspec.msgpack.decode(plain, type=_Kept)
    if now_s >= kept.expires_s:
        message = (
            "the stand-ins of this conversation were kept for a time that is over; "
            "begin a new conversation, or send its history"
        )
        raise KeptMapError(message)
    return kept.originals


_UNREADABLE: Final = (
    "what is kept of this conversation is of another project or conversation, or was changed; "
    "begin a new conversation, or send its history"
)


def _cipher(key: bytes, project: str, conversation: str) -> "AESGCM":
    if len(key) != KEY_BYTES:
        message = f"a key for kept maps has {len(key)} bytes; give {KEY_BYTES}"
        raise ValueError(message)
    try:
        from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415 - as above
            AESGCM,
        )
    except ImportError:
        message = "keeping maps of stand-ins needs cryptography; install `detente[guardrails]`"
        raise KeptMapError(message) from None
    own = hashlib.blake2b(
        _bound_to(project, conversation), digest_size=KEY_BYTES, key=key, person=_PERSON
    )
    return AESGCM(own.digest())


def _bound_to(project: str, conversation: str) -> bytes:
    """Whose it is, so that no two pairs of names are the same bytes."""
    return msgspec.msgpack.encode((project, conversation))
