"""`gemini`: Google's Gemini API for developers. `base_url` excludes the version, as for its SDK.

Not Vertex AI, which serves the same dialect under other paths and credentials. Without
`api_version` requests go to `v1beta`, which has everything that `v1` has; an address that is given
with its version means that version.

Errors: https://ai.google.dev/gemini-api/docs/troubleshooting (read 2026-11-21).
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import msgspec

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._judging import RETRY_AFTER_MS_MAX, common_judge, failed, refused
from detente.providers.kind import FORWARDED, Header, ProviderKind, Site

PLATFORM: Final = "Google"
VERSION: Final = "v1beta"
VERSIONS: Final = ("v1", "v1beta", "v1alpha")
OPERATIONS: Final[dict[Dialect, str]] = {
    "gemini_generate": "generateContent",
    "gemini_count_tokens": "countTokens",
    "gemini_embeddings": "batchEmbedContents",
}
STREAMED: Final = "streamGenerateContent?alt=sse"
COLLECTIONS: Final = ("models", "tunedModels")
"""What an id may begin with; one without is a model's."""
BAD_KEYS: Final = frozenset(("API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED"))
"""Reasons of a 400 that speak of our key, not of the request."""


class Detail(msgspec.Struct, gc=False):
    """One of `details`: an ErrorInfo has a `reason`, a RetryInfo a `retryDelay` (`34.07s`)."""

    reason: str | None = None
    retry_delay: str | None = msgspec.field(name="retryDelay", default=None)


class Status(msgspec.Struct, gc=False):
    """A google.rpc.Status."""

    status: str | None = None
    details: tuple[Detail, ...] = ()


class ErrorBody(msgspec.Struct, gc=False):
    """`{"error": {...}}` as Google answers."""

    error: Status


_DECODE: Final = msgspec.json.Decoder(ErrorBody).decode


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path; the model stands in it."""
    return _path(site, deployment, OPERATIONS[dialect])


def stream_target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The path of a streamed answer; only content is streamed."""
    operation = STREAMED if dialect == "gemini_generate" else OPERATIONS[dialect]
    return _path(site, deployment, operation)


def auth_headers(secret: str) -> tuple[Header, ...]:
    """The key in a header of Google's own; never in the query, which others log."""
    return ((b"x-goog-api-key", secret.encode()),)


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """A 400 may speak of our key or account; a 429 says in its body how long to wait."""
    if status == 400:
        error = _error_of(body)
        if any(detail.reason in BAD_KEYS for detail in error.details):
            return failed(PLATFORM, "rejected the gateway's credentials; check its `api_key`")
        if error.status == "FAILED_PRECONDITION":
            said = "does not serve the account of its `api_key` here; check its billing and region"
            return failed(PLATFORM, said)
        return None
    failure = common_judge(PLATFORM, status, headers, body)
    if failure is not None and failure.signal is not None:
        return refused(PLATFORM, failure.signal, status, headers, wait_ms=_wait_ms(body))
    return failure


def _path(site: Site, deployment: Deployment, operation: str) -> str:
    root, upstream_id, api_version = site.root, deployment.upstream_id, site.api_version
    before, _, last = root.rpartition("/")
    if last in VERSIONS:
        root, api_version = before, api_version or last
    collection, slash, name = upstream_id.partition("/")
    if not slash or collection not in COLLECTIONS:
        collection, name = "models", upstream_id
    version = quote(api_version or VERSION, safe="")
    return f"{root}/{version}/{collection}/{quote(name, safe='')}:{operation}"


def _error_of(body: bytes) -> Status:
    """The error in a body, an empty one where it is not of Google's shape."""
    try:
        return _DECODE(body).error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Status()


def _wait_ms(body: bytes) -> int | None:
    """The RetryInfo's delay, None where there is none that can be meant."""
    for detail in _error_of(body).details:
        if detail.retry_delay is None:
            continue
        try:
            wait_ms = float(detail.retry_delay.removesuffix("s")) * 1000
        except ValueError:
            continue
        if 0 <= wait_ms <= RETRY_AFTER_MS_MAX:
            return int(wait_ms)
    return None


KIND: Final = ProviderKind(
    name="gemini",
    default_base_url="https://generativelanguage.googleapis.com",
    default_host="google",
    dialects=("gemini_generate", "gemini_count_tokens", "gemini_embeddings"),
    target=target,
    auth_headers=auth_headers,
    forwarded_headers=FORWARDED | {b"x-server-timeout"},
    judge=judge,
    stream_target=stream_target,
)
