"""AWS Signature Version 4: signing what goes to AWS, verifying what AWS clients send.

Pure; the clock is an argument. Not here: query-string (presigned) signatures, unsigned or chunked
payloads and SigV4A, which no client of Bedrock sends. The path is signed as it travels, percent-
encoded once more (only S3 does otherwise), and the payload's hash is always that of the body.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
(read 2026-11-21).

>>> from datetime import UTC, datetime
>>> aws = Credentials(access_key_id="AKID", secret_access_key="secret")
>>> added = sign(b"POST", b"example.com", b"/model/m%3A0/converse", (), b"{}", credentials=aws,
...              region="us-east-1", service="bedrock", now=datetime(2026, 11, 21, tzinfo=UTC))
>>> added[0]
(b'x-amz-date', b'20261121T000000Z')
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final, Literal
from urllib.parse import quote_from_bytes

import msgspec

Header = tuple[bytes, bytes]
Reason = Literal["missing", "malformed", "unknown_key", "expired", "mismatch"]
"""Why a signature does not hold: there is none; it cannot be read, or `host` is not signed; nobody
knows its access key; its time is too far from ours; it was made for another request or secret."""

SKEW_S: Final = 300
"""How far a client's clock may be from ours; AWS grants the same."""
AUTHORIZATION_BYTES_MAX: Final = 4096
"""Anthropic's client signs twenty headers in about 500 bytes."""
DERIVED_MAX: Final = 1024
"""Signing keys kept: one for each access key, day, region and service."""
NEVER_SIGNED: Final = frozenset(
    (b"expect", b"transfer-encoding", b"user-agent", b"x-amzn-trace-id")
)
"""What the hops on the way may change (botocore leaves the same out)."""

_ALGORITHM: Final = b"AWS4-HMAC-SHA256"
_AUTHORIZATION: Final = re.compile(
    rb"AWS4-HMAC-SHA256 +"
    rb"Credential=(?P<key>[A-Za-z0-9_-]{1,128})/(?P<day>[0-9]{8})"
    rb"/(?P<region>[a-z0-9-]{1,64})/(?P<service>[a-z0-9-]{1,64})/aws4_request *, *"
    rb"SignedHeaders=(?P<names>[!-+\--:<-~]{1,64}(?:;[!-+\--:<-~]{1,64}){0,127}) *, *"
    rb"Signature=(?P<signature>[0-9a-f]{64})"
)
"""Each parameter once, in the order in which every client writes them."""
_MOMENT: Final = re.compile(rb"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")


class SignatureFault(Exception):
    """A signature that does not hold; `reason` says why, and nothing of it is quoted."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """An access key of AWS; `session_token` comes with temporary ones."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def __repr__(self) -> str:
        """Which key it is, without what is secret of it."""
        return f"Credentials(access_key_id={self.access_key_id!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The same on a terminal, where structs show all that they have."""
        return [("access_key_id", self.access_key_id)]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What an `authorization` header says of itself, not yet believed."""

    access_key_id: str
    day: bytes
    region: bytes
    service: bytes
    signed_names: tuple[bytes, ...]
    signature: bytes


class SigningKeys:
    """Derived signing keys, kept because deriving one costs four digests; bounded.

    They are worth a secret for a day: never shown, forgotten with the process.
    """

    __slots__ = ("_derived",)

    def __init__(self) -> None:
        self._derived: dict[tuple[str, bytes, bytes, bytes], bytes] = {}

    def of(self, secret: str, day: bytes, region: bytes, service: bytes) -> bytes:
        """The signing key of `secret` for one day, region and service."""
        scope = (secret, day, region, service)
        key = self._derived.get(scope)
        if key is None:
            key = b"AWS4" + secret.encode()
            for part in (day, region, service, b"aws4_request"):
                key = hmac.digest(key, part, "sha256")
            if len(self._derived) >= DERIVED_MAX:
                self._derived.clear()
            self._derived[scope] = key
        return key


def sign(
    method: bytes,
    host: bytes,
    target: bytes,
    headers: Iterable[Header],
    body: bytes,
    *,
    credentials: Credentials,
    region: str,
    service: str,
    now: datetime,
    keys: SigningKeys | None = None,
) -> tuple[Header, ...]:
    """The headers that make this request a signed one: date, token if any, `authorization`.

    `target` is the raw path with its query, as it will be sent; `host` the `host` header's value;
    `headers` those that are to be signed beside it, by lower-case name, each once. `now` is aware.
    """
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ").encode()
    added = [(b"x-amz-date", moment)]
    if credentials.session_token is not None:
        added.append((b"x-amz-security-token", credentials.session_token.encode()))
    signed = {name: value for name, value in headers if name not in NEVER_SIGNED}
    signed.update(added)
    signed[b"host"] = host
    names = tuple(sorted(signed))
    day = moment[:8]
    key = (keys or SigningKeys()).of(
        credentials.secret_access_key, day, region.encode(), service.encode()
    )
    scope = b"%b/%b/%b/aws4_request" % (day, region.encode(), service.encode())
    signature = _signature(key, scope, moment, _canonical(method, target, signed, names, body))
    value = b"%b Credential=%b/%b, SignedHeaders=%b, Signature=%b" % (
        _ALGORITHM,
        credentials.access_key_id.encode(),
        scope,
        b";".join(names),
        signature,
    )
    return (*added, (b"authorization", value))


def read_claim(headers: Mapping[bytes, bytes]) -> Claim:
    """Who signed, as the headers (lower-case names) say; raises `SignatureFault`.

    Cheap, and enough to turn strangers away before their body has come.
    """
    value = headers.get(b"authorization")
    if value is None:
        raise SignatureFault("missing")
    found = None
    if len(value) <= AUTHORIZATION_BYTES_MAX:
        found = _AUTHORIZATION.fullmatch(value.strip())
    if found is None:
        raise SignatureFault("malformed")
    names = tuple(found["names"].split(b";"))
    if b"host" not in names or any(a >= b for a, b in pairwise(names)):
        raise SignatureFault("malformed")
    if any(name != name.lower() for name in names):
        raise SignatureFault("malformed")
    return Claim(
        access_key_id=found["key"].decode(),
        day=found["day"],
        region=found["region"],
        service=found["service"],
        signed_names=names,
        signature=found["signature"],
    )


def verify(
    method: bytes,
    target: bytes,
    headers: Mapping[bytes, bytes],
    body: bytes,
    *,
    secret_of: Callable[[str], str | None],
    now: datetime,
    skew_s: int = SKEW_S,
    keys: SigningKeys | None = None,
) -> str:
    """The access key id that signed this request; raises `SignatureFault`.

    `target` and `headers` (lower-case names) are as received. Region and service are the
    client's own choice, for no right of ours depends on them. `now` is aware.
    """
    claim = read_claim(headers)
    moment = headers.get(b"x-amz-date", b"")
    at = _read_moment(moment)
    if at is None or moment[:8] != claim.day:
        raise SignatureFault("malformed")
    secret = secret_of(claim.access_key_id)
    if secret is None:
        raise SignatureFault("unknown_key")
    if abs((now - at).total_seconds()) > skew_s:
        raise SignatureFault("expired")
    signed = {name: headers[name] for name in claim.signed_names if name in headers}
    if len(signed) != len(claim.signed_names):
        raise SignatureFault("mismatch")
    key = (keys or SigningKeys()).of(secret, claim.day, claim.region, claim.service)
    scope = b"%b/%b/%b/aws4_request" % (claim.day, claim.region, claim.service)
    request = _canonical(method, target, signed, claim.signed_names, body)
    if not hmac.compare_digest(_signature(key, scope, moment, request), claim.signature):
        raise SignatureFault("mismatch")
    return claim.access_key_id


def _signature(key: bytes, scope: bytes, moment: bytes, request: bytes) -> bytes:
    digest = hashlib.sha256(request).hexdigest().encode()
    return (
        hmac.digest(key, b"\n".join((_ALGORITHM, moment, scope, digest)), "sha256").hex().encode()
    )


def _canonical(
    method: bytes,
    target: bytes,
    headers: Mapping[bytes, bytes],
    names: tuple[bytes, ...],
    body: bytes,
) -> bytes:
    """The canonical request: what both ends compute alike from what travels."""
    path, _, query = target.partition(b"?")
    lines = [method, _canonical_path(path), _canonical_query(query) if query else b""]
    lines += [b"%b:%b" % (name, b" ".join(headers[name].split())) for name in names]
    lines += [b"", b";".join(names), hashlib.sha256(body).hexdigest().encode()]
    return b"\n".join(lines)


def _canonical_path(path: bytes) -> bytes:
    """Dot segments and empty ones removed, then percent-encoded, on top of what is encoded."""
    if b"/." in path or b"//" in path or not path:
        kept: list[bytes] = []
        for segment in path.split(b"/"):
            if segment == b"..":
                del kept[-1:]
            elif segment not in (b"", b"."):
                kept.append(segment)
        last = b"/" if kept and path.endswith(b"/") else b""
        path = b"/" + b"/".join(kept) + last
    return quote_from_bytes(path, "/~").encode()


def _canonical_query(query: bytes) -> bytes:
    """The parameters as they were encoded, sorted by name and value."""
    pairs = sorted(pair.partition(b"=")[::2] for pair in query.split(b"&"))
    return b"&".join(b"%b=%b" % pair for pair in pairs)


def _read_moment(value: bytes) -> datetime | None:
    found = _MOMENT.fullmatch(value)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
