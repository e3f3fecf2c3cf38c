"""`anthropic`: Anthropic's own platform. `base_url` excludes `/v1`, as its SDK expects.

A `region` is where the model may run: it becomes `inference_geo` of every message, whatever the
client asked for. There are `us` and `global`, on models from Claude 4.6 on; older ones refuse it
(https://platform.claude.com/docs/en/manage-claude/data-residency and
https://docs.aws.amazon.com/claude-platform/latest/userguide/data-residency.html, read 2026-11-22).
A `workspace` is named to a key that belongs to several.

`api_version` is that of requests which the gateway writes itself, by translation. A client of
Anthropic's names its own version, and that goes along: it says how its body is written and which
answer it can read.

Errors: https://platform.claude.com/docs/en/api/errors (read 2026-11-21): 529 is
`overloaded_error`, no capacity right now.
"""

import re
from collections.abc import Mapping
from typing import Final

from detente.canonical.extras import Json
from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._judging import common_judge
from detente.providers.kind import FORWARDED, Header, ProviderKind, Site

PLATFORM: Final = "Anthropic"
PATHS: Final[dict[Dialect, str]] = {
    "anthropic_messages": "/v1/messages",
    "anthropic_count_tokens": "/v1/messages/count_tokens",
}
GEOS: Final = ("us", "global")
"""Where a model may be asked to run."""
_BEFORE_4_6: Final = re.compile(
    r"claude-(?:[1-3][.-]|instant|[a-z]+-[1-3](?:-|$)|[a-z]+-4(?:-[0-5])?(?:-20[0-9]{6})?$)"
)
"""Ids of models that cannot be asked to run anywhere in particular."""


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The operation's path below `base_url`; the model travels in the body."""
    del deployment
    return site.root + PATHS[dialect]


def auth_headers(secret: str) -> tuple[Header, ...]:
    """The key in `x-api-key`, which every version of the API accepts."""
    return ((b"x-api-key", secret.encode()),)


def headers(site: Site, deployment: Deployment, dialect: Dialect) -> tuple[Header, ...]:
    """Whose workspace is asked, where one is configured."""
    del deployment, dialect
    if site.workspace is None:
        return ()
    return ((b"anthropic-workspace-id", site.workspace.encode()),)


def body_members(site: Site, deployment: Deployment, dialect: Dialect) -> dict[str, Json]:
    """Where the model may run; counting tokens runs none."""
    del site
    return geo_members(deployment.region, dialect)


def geo_members(geo: str | None, dialect: Dialect) -> dict[str, Json]:
    """`inference_geo` of a message, where there is something to say."""
    if geo is None or dialect != "anthropic_messages":
        return {}
    return {"inference_geo": geo}


def unplaced(upstream_id: str) -> bool:
    """Whether a model is too old to be asked for a region; see the module."""
    return _BEFORE_4_6.match(upstream_id) is not None


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`."""
    return common_judge(PLATFORM, status, headers, body)


KIND: Final = ProviderKind(
    name="anthropic",
    default_base_url="https://api.anthropic.com",
    default_host="anthropic",
    dialects=tuple(PATHS),
    target=target,
    auth_headers=auth_headers,
    forwarded_headers=FORWARDED | {b"anthropic-version", b"anthropic-beta"},
    judge=judge,
    headers=headers,
    body_members=body_members,
    regions=GEOS,
    unplaced=unplaced,
)
