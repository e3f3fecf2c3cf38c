"""Who asks the admin API, in which role, and by which name of this host.

Somebody with a role sends a key of `[administrators.NAME]`, or a token of an issuer that says roles
(`tokens`), as `Authorization: Bearer`. Where nobody is named, whoever comes from a loopback address
is the owner. Keys are compared as keyed digests, so that neither a look-up nor its time says
anything of one. Not here: what a role may do (`principals.roles`).

>>> Access(configuration, secret=secret, wall=wall).asker(b"Bearer dt-…", "10.0.0.7")
Asker(name='ops', role='operator', project=None)
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final

import msgspec

from detente.canonical.principal import Administrator, Role
from detente.configuration.addresses import is_loopback, split_listen
from detente.configuration.administration import is_administered
from detente.configuration.schema import Configuration
from detente.principals.hashing import PEPPER_BYTES, digest_of, fingerprint_of, keyed_digest

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, never listened on
KEY_BYTES_MAX: Final = 16 * 1024
"""A token with many claims has some 4 KiB; nobody's credential is larger."""
BEARER: Final = b"bearer "
MISSING: Final = (
    "no administrator's key was sent; send one as `Authorization: Bearer` "
    "(commands take it from `DETENTE_ADMIN_KEY`)"
)
UNKNOWN: Final = "the key is not an administrator's; see `[administrators.NAME]`"
EXPIRED: Final = "the administrator's key has expired; have its `expires` moved, or take another"
FAR: Final = (
    "nobody is named who may administer, so only callers on loopback may; "
    "add `[administrators.NAME]`"
)
TWICE: Final = "two credentials were sent; send one"


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks; `project` is a member's own, None for every other role."""

    name: str
    role: Role
    project: str | None = None


class NotKnown(Exception):
    """Nobody knows who asks; the message is one sentence that names the cure."""


LOCAL_OWNER: Final = Asker(name="loopback", role="owner")
"""Whoever reaches a loopback address of a gateway that names no administrators."""

Tokens = Callable[[bytes, datetime], Asker | None]
"""Who a bearer token speaks for in the admin API, at that time; None where it is no token of an
issuer of ours, or says no role. Raises `NotKnown` for one that is not valid (any more)."""


class Access:
    """Who may ask, under the configuration in force (`configuration` is asked each time).

    `wall` is the time in UTC. The key under which digests are made lives as long as the process.
    """

    def __init__(
        self,
        configuration: Callable[[], Configuration],
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        tokens: Tokens | None = None,
    ) -> None:
        self._configuration = configuration
        self._wall = wall
        self._tokens = tokens
        self._pepper = secrets.token_bytes(PEPPER_BYTES)
        self._read: Configuration | None = None
        self._by_digest: dict[bytes, Administrator] = {}
        self._hosts: frozenset[str] = frozenset()

    def asker(self, authorization: tuple[bytes, ...], client: str | None) -> Asker:
        """Whoever sent these `Authorization` headers from the address `client`.

        Raises `NotKnown`.
        """
        configuration = self._current()
        if not is_administered(configuration):
            # Also where the file was changed to name nobody after the gateway began to listen.
            if client is None or not is_loopback(client):
                raise NotKnown(FAR)
            return LOCAL_OWNER
        if len(authorization) > 1:
            raise NotKnown(TWICE)
        header = authorization[0] if authorization else b""
        if not header[: len(BEARER)].lower() == BEARER or len(header) > KEY_BYTES_MAX:
            raise NotKnown(MISSING)
        return self._of_key(header[len(BEARER) :].strip())

    def is_own_host(self, hosts: tuple[bytes, ...]) -> bool:
        """Whether a request's `Host` headers name this gateway's admin API: one, and that one."""
        self._current()
        return len(hosts) == 1 and _without_port(hosts[0].decode("latin-1")) in self._hosts

    def _of_key(self, key: bytes) -> Asker:
        digest = digest_of(key, self._pepper)
        found = self._by_digest.get(digest)
        if found is not None and compare_digest(found.digest, digest):
            if found.expires_at is not None and self._wall() >= found.expires_at:
                raise NotKnown(EXPIRED)
            return Asker(name=found.name, role=found.role, project=found.project)
        asker = None if self._tokens is None else self._tokens(key, self._wall())
        if asker is None:
            raise NotKnown(UNKNOWN)
        return asker

    def _current(self) -> Configuration:
        configuration = self._configuration()
        if configuration is not self._read:
            self._by_digest = _administrators(configuration, self._pepper)
            self._hosts = _hosts(configuration)
            self._read = configuration
        return configuration


def _administrators(configuration: Configuration, pepper: bytes) -> dict[bytes, Administrator]:
    found: dict[bytes, Administrator] = {}
    for name, entry in configuration.administrators.items():
        digest = keyed_digest(fingerprint_of(entry.hash), pepper)
        found[digest] = Administrator(
            name=name,
            role=entry.role,
            project=entry.project,
            digest=digest,
            expires_at=entry.expires,
        )
    return found


def _hosts(configuration: Configuration) -> frozenset[str]:
    """Loopback's names, the configured ones, and the very address that is listened on.

    An address in numbers cannot be rebound by a name server, which is what a forged name is for.
    """
    server = configuration.server
    host, _ = split_listen(server.admin_listen)
    own = () if host in WILDCARDS else (f"[{host}]" if ":" in host else host,)
    return frozenset(name.lower() for name in (*LOOPBACK_NAMES, *server.admin_hosts, *own))


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    if colon and (port.isdigit() or not port) and (":" not in name or name.endswith("]")):
        return name.lower()
    return host.lower()
