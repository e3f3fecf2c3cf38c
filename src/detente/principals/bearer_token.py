"""A bearer token as it comes: its shape, its head, and what it claims before anybody believed it.

Reads a JSON Web Token in its compact form (RFC 7519, RFC 7515 section 7.1): three parts in
base64url. What can be refused without a key is refused here: what is too long, not JSON, has a
member twice, wants an extension (`crit`), brings a key of its own (`jwk`, `jku`, `x5u`), or is a
token of another purpose (`typ`, RFC 8725 section 3.11). Not here: signatures (`gateway.jose`), and
what claims mean (`claims`).

>>> unverified(b"eyJhbGciOiJub25lIn0.e30.e30").algorithm
'none'
"""

import json
import re
from base64 import urlsafe_b64decode
from typing import Final, NoReturn, cast

import msgspec

from detente.canonical.failure import ClientFault

TOKEN_BYTES_MAX: Final = 16 * 1024
"""Tokens with hundreds of groups have 6 KiB; web servers stop at 8 or 16 KiB of a header."""
KEY_ID_CHARACTERS_MAX: Final = 256
_FORM: Final = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
"""ID tokens and access tokens (RFC 9068 section 2.1); a logout token, say, proves nothing here."""
_REFUSED: Final = ("crit", "jku", "jwk", "x5u")
MALFORMED: Final = "the token cannot be read; send it whole, as its issuer gave it"
TOO_LONG: Final = (
    f"the token has more than {TOKEN_BYTES_MAX} bytes; have its issuer put fewer claims into it"
)
OF_ANOTHER_TYPE: Final = "the token is no access or ID token; send one of those"


class Unverified(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says of itself: anybody can write that."""

    algorithm: str
    key_id: str | None
    claims: dict[str, object]


def is_token(presented: bytes) -> bool:
    """Whether what was sent as a key has the shape of a token: a virtual key has no dots."""
    return presented.count(b".") == 2


def unverified(token: bytes) -> Unverified:
    """The token's head and claims; raises `ClientFault` `key_invalid`."""
    if len(token) > TOKEN_BYTES_MAX:
        raise ClientFault("key_invalid", TOO_LONG)
    form = _FORM.fullmatch(token)
    if form is None:
        raise ClientFault("key_invalid", MALFORMED)
    head = _members(form[1])
    for name in _REFUSED:
        if name in head:
            raise ClientFault(
                "key_invalid", f"the token's head has `{name}`, which is not taken; leave it out"
            )
    algorithm, key_id, type_ = head.get("alg"), head.get("kid"), head.get("typ", "jwt")
    if not isinstance(algorithm, str):
        raise ClientFault("key_invalid", MALFORMED)
    if not (key_id is None or (isinstance(key_id, str) and len(key_id) <= KEY_ID_CHARACTERS_MAX)):
        raise ClientFault("key_invalid", MALFORMED)
    if not isinstance(type_, str) or type_.lower() not in _TYPES:
        raise ClientFault("key_invalid", OF_ANOTHER_TYPE)
    return Unverified(algorithm=algorithm, key_id=key_id, claims=_members(form[2]))


def _members(part: bytes) -> dict[str, object]:
    """The object in one part; no member twice, else two readers could read two tokens."""
    try:
        text = urlsafe_b64decode(part + b"=" * (-len(part) % 4)).decode()
        found: object = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ClientFault("key_invalid", MALFORMED) from None
    if not isinstance(found, dict):
        raise ClientFault("key_invalid", MALFORMED)
    return cast("dict[str, object]", found)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _no_number(_: str) -> NoReturn:
    """`NaN` and `Infinity` are no JSON."""
    raise ValueError
