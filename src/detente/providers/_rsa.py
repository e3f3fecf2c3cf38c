"""What signs with a private key that is never shown: Oracle Cloud's credentials.

Not here: the key itself, which stays inside the library that loaded it, and the signature's text,
which is the business of the platform that wants it.

>>> RsaCredentials(key_id="tenancy/user/fingerprint", sign=lambda data: data)
RsaCredentials(…)
"""

from collections.abc import Callable
from typing import Any

import msgspec


class RsaCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """A key by its id, and what signs with it.

    `key_id` is `tenancy/user/fingerprint`, or `ST$` and a session token, and then a secret too.
    `sign(data)` is the RSA signature (PKCS #1 v1.5 with SHA-256) of `data`; it takes about a
    millisecond for a key of 2048 bits. https://docs.oracle.com/en-us/iaas/Content/API/Concepts/
    signingrequests.htm (read 2026-11-22).
    """

    key_id: str
    sign: Callable[[bytes], bytes]

    def __repr__(self) -> str:
        """Nothing of it, for the id may be a token."""
        return "RsaCredentials(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Nothing of it on a terminal either."""
        return []
