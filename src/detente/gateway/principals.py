"""Who calls: a virtual key, its project and labels.

Keys are kept as SHA-256 digests. A presented key is hashed before anything is compared, so the
time of a look-up says nothing about any key, and the digests themselves are compared in constant
time. AWS clients do not send a key but sign with one (`access_keys.py`).

With no key configured everyone on loopback is the same anonymous caller, but for web pages: a
browser would let any page that its user visits call loopback, and says so in `origin`.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes, urlsplit

from detente.canonical.failure import ClientFault
from detente.canonical.question import Labels, labels_of
from detente.configuration.schema import Configuration
from detente.configuration.world import is_loopback
from detente.gateway.access_keys import access_key_id, secret_access_key
from detente.gateway.message import Request
from detente.providers import Reason, SignatureFault, SigningKeys, read_claim, verify

if TYPE_CHECKING:
    from detente.gateway.routing import Plan

KEY_HEADERS: Final = (b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key")
"""Where the official clients put their key, the most common first (`docs/reference/clients.md`)."""
KEY_PARAMETER: Final = b"key"
"""Where Google's REST clients may put it, in the query."""
QUESTION_MARK: Final = 0x3F
SIGNED: Final = b"AWS4-HMAC-SHA256"
"""How a signature of AWS begins, in place of a key."""
MISSING: Final = (
    "no key was sent; put a virtual key where your client expects its API key "
    "(`Authorization: Bearer`, `x-api-key`, `api-key` or `x-goog-api-key`), "
    "or sign with its AWS access key"
)
AMBIGUOUS: Final = "two different keys were sent; send one"
FOREIGN: Final = (
    "a web page may not use a gateway without keys; configure `[keys.NAME]` and send that key"
)
UNKNOWN: Final = "the key is not known here; ask the gateway's operator for a virtual key"
EXPIRED: Final = "the key has expired; ask for a new one"
NO_MASTER_KEY: Final = (
    "AWS signatures are not verified here, for no master key is configured; set "
    "`server.master_key`, or send a virtual key as a bearer (`AWS_BEARER_TOKEN_BEDROCK`)"
)
UNSIGNED: Final[dict[Reason, str]] = {
    "missing": MISSING,
    "malformed": "the AWS signature cannot be read; sign with Signature Version 4, "
    "and both `host` and `x-amz-date`",
    "unknown_key": "the access key is not known here; have `detente keys aws` print one",
    "expired": "the AWS signature was made at another time; set the client's clock and sign anew",
    "mismatch": "the AWS signature does not fit the request; check the secret access key, "
    "and that nothing on the way changes what was signed",
}
"""Why a signature does not hold, and what to do."""


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
    """The keys of one configuration; `master_key` is what secrets of AWS clients derive from."""

    def __init__(self, configuration: Configuration, master_key: str | None = None) -> None:
        self._callers: dict[bytes, tuple[bytes, Caller]] = {}
        self._signers: dict[str, Caller] = {}
        self._master_key = master_key
        self._signing_keys = SigningKeys()
        for name, key in configuration.keys.items():
            project = configuration.projects.get(key.project)
            labels = {**(project.labels if project else {}), **key.labels}
            digest = bytes.fromhex(key.hash.removeprefix("sha256:"))
            caller = Caller(name, key.project, labels_of(labels), key.expires)
            self._callers[digest] = (digest, caller)
            self._signers[access_key_id(key.hash)] = caller
        self._anonymous = None if self._callers else Caller(None, None, (), None)

    def callers(self) -> Iterable[Caller]:
        """Everyone who may call."""
        if self._anonymous is not None:
            return (self._anonymous,)
        return (caller for _, caller in self._callers.values())

    def authenticate(
        self,
        target: bytes,
        headers: Mapping[bytes, bytes],
        now_us: int,
        whole: Request | None,
    ) -> Caller:
        """The caller whom a request's head names; raises `ClientFault` `key_invalid`.

        A key proves itself. A signature proves nothing before the body is there: without the
        `whole` request it is only known whose it claims to be.
        """
        if self._anonymous is not None:
            if b"origin" in headers and not _is_local(headers[b"origin"]):
                raise ClientFault("key_invalid", FOREIGN)
            return self._anonymous
        presented = headers.get(b"authorization")
        if presented is not None:
            if presented[:7] != b"Bearer " and presented[:7].lower() != b"bearer ":
                if not presented.startswith(SIGNED):
                    raise ClientFault("key_invalid", MISSING)
                return self._signer(target, headers, now_us, whole)
            presented = presented[7:].strip()
        if (
            presented is None
            or b"x-api-key" in headers
            or b"api-key" in headers
            or b"x-goog-api-key" in headers
            or QUESTION_MARK in target
        ):
            presented = _sole_key(presented, target, headers)
        digest = sha256(presented).digest()
        found = self._callers.get(digest)
        if found is None or not compare_digest(found[0], digest):
            raise ClientFault("key_invalid", UNKNOWN)
        caller = found[1]
        if caller.expires_us is not None and caller.expires_us <= now_us:
            raise ClientFault("key_invalid", EXPIRED)
        return caller

    def _signer(
        self,
        target: bytes,
        headers: Mapping[bytes, bytes],
        now_us: int,
        whole: Request | None,
    ) -> Caller:
        """Who signed, as far as can be known."""
        if self._master_key is None:
            raise ClientFault("key_invalid", NO_MASTER_KEY)
        if _other_keys(target, headers):
            raise ClientFault("key_invalid", AMBIGUOUS)
        try:
            name = read_claim(headers).access_key_id
            if whole is not None:
                verify(
                    whole.method,
                    target,
                    headers,
                    whole.body,
                    secret_of=self._secret_of,
                    now=datetime.fromtimestamp(now_us / 1_000_000, UTC),
                    keys=self._signing_keys,
                )
        except SignatureFault as fault:
            raise ClientFault("key_invalid", UNSIGNED[fault.reason]) from None
        caller = self._signers.get(name)
        if caller is None:
            raise ClientFault("key_invalid", UNSIGNED["unknown_key"])
        if caller.expires_us is not None and caller.expires_us <= now_us:
            raise ClientFault("key_invalid", EXPIRED)
        return caller

    def _secret_of(self, access_key: str) -> str | None:
        if self._master_key is None or access_key not in self._signers:
            return None
        return secret_access_key(self._master_key, access_key)


def _sole_key(presented: bytes | None, target: bytes, headers: Mapping[bytes, bytes]) -> bytes:
    """The one key that was sent, wherever it stands; `presented` is the bearer's."""
    found = _other_keys(target, headers)
    if presented is not None:
        found.append(presented)
    if not found:
        raise ClientFault("key_invalid", MISSING)
    if any(not compare_digest(key, found[0]) for key in found):
        raise ClientFault("key_invalid", AMBIGUOUS)
    return found[0]


def _other_keys(target: bytes, headers: Mapping[bytes, bytes]) -> list[bytes]:
    """The keys outside `authorization`."""
    keys = [headers[name] for name in KEY_HEADERS[1:] if name in headers]
    query = target.partition(b"?")[2]
    if KEY_PARAMETER in query:
        for pair in query.split(b"&"):
            name, _, value = pair.partition(b"=")
            if name == KEY_PARAMETER:
                keys.append(unquote_to_bytes(value))
    return keys


def _is_local(origin: bytes) -> bool:
    """Whether a page's origin is this machine."""
    try:
        return is_loopback(urlsplit(origin.decode("latin-1")).hostname or "")
    except ValueError:
        return False
