"""`gemini`: Google's Gemini API for developers. `base_url` excludes the version, as for its SDK.

Not Vertex AI, which serves the same dialect under other paths and credentials. Without
`api_version` requests go to `v1beta`, which has everything that `v1` has; an address that is given
with its version means that version.

Errors: https://ai.google.dev/gemini-api/docs/troubleshooting (read 2026-11-21).
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._judging import common_judge
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
    """See `common_judge`: a 400 may speak of our key, and a 429 says in its body how long to
    wait."""
    return common_judge(PLATFORM, status, headers, body)


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
