"""Who calls: a virtual key, its project and labels.

Keys are kept as SHA-256 digests. A presented key is hashed before anything is compared, so the
time of a look-up says nothing about any key, and the digests themselves are compared in constant
time. With no key configured everyone on loopback is the same anonymous caller, but for web pages:
a browser would let any page that its user visits call loopback, and says so in `origin`.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from detente.canonical.failure import ClientFault
from detente.canonical.question import Labels, labels_of
from detente.configuration.schema import Configuration
from detente.configuration.world import is_loopback

if TYPE_CHECKING:
    from detente.gateway.routing import Plan

KEY_HEADERS: Final = (b"authorization", b"x-api-key", b"api-key")
"""Where the official clients put their key, the most common first (`docs/reference/clients.md`)."""
MISSING: Final = (
    "no key was sent; put a virtual key where your client expects its API key "
    "(`Authorization: Bearer`, `x-api-key` or `api-key`)"
)
FOREIGN: Final = (
    "a web page may not use a gateway without keys; configure `[keys.NAME]` and send that key"
)
UNKNOWN: Final = "the key is not known here; ask the gateway's operator for a virtual key"


class Caller:
    """A key as the gateway knows it; the secret itself is not kept.

    `plans` caches the caller's decisions by (asked model, dialect); see `routing.py`.
    """

    __slots__ = ("expires_us", "labels", "name", "plans", "project")

    def __init__(
        self, name: str | None, project: str | None, labels: Labels, expires: datetime | None
    ) -> None:
        self.name = name
        self.project = project
        self.labels = labels
        self.expires_us = None if expires is None else int(expires.timestamp() * 1_000_000)
        self.plans: dict[tuple[str, str], Plan] = {}


class Keys:
    """The keys of one configuration."""

    def __init__(self, configuration: Configuration) -> None:
        self._callers: dict[bytes, tuple[bytes, Caller]] = {}
        for name, key in configuration.keys.items():
            project = configuration.projects.get(key.project)
            labels = {**(project.labels if project else {}), **key.labels}
            digest = bytes.fromhex(key.hash.removeprefix("sha256:"))
            caller = Caller(name, key.project, labels_of(labels), key.expires)
            self._callers[digest] = (digest, caller)
        self._anonymous = None if self._callers else Caller(None, None, (), None)

    def authenticate(self, headers: Mapping[bytes, bytes], now_us: int) -> Caller:
        """The caller whose key the headers carry; raises `ClientFault` `key_invalid`."""
        if self._anonymous is not None:
            if b"origin" in headers and not _is_local(headers[b"origin"]):
                raise ClientFault("key_invalid", FOREIGN)
            return self._anonymous
        presented = headers.get(b"authorization")
        if presented is not None:
            if presented[:7].lower() != b"bearer ":
                raise ClientFault("key_invalid", MISSING)
            presented = presented[7:].strip()
        else:
            presented = headers.get(b"x-api-key") or headers.get(b"api-key")
            if presented is None:
                raise ClientFault("key_invalid", MISSING)
        digest = hashlib.sha256(presented).digest()
        found = self._callers.get(digest)
        if found is None or not hmac.compare_digest(found[0], digest):
            raise ClientFault("key_invalid", UNKNOWN)
        caller = found[1]
        if caller.expires_us is not None and caller.expires_us <= now_us:
            raise ClientFault("key_invalid", "the key has expired; ask for a new one")
        return caller


def _is_local(origin: bytes) -> bool:
    """Whether a page's origin is this machine."""
    try:
        return is_loopback(urlsplit(origin.decode("latin-1")).hostname or "")
    except ValueError:
        return False
