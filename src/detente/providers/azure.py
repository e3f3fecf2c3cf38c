"""`azure`: Azure OpenAI and the OpenAI models of Foundry. `base_url` is the resource's endpoint.

Without `api_version` the v1 style is used (`/openai/v1/…`, deployment name as `model`); with a
dated one, the older style with the deployment in the path for the operations that have it there.
An endpoint that is given with its `/openai/v1` means the same. A model's version is a property of
its deployment and travels nowhere.

A key of the resource travels as `api-key`, a token of Entra as a bearer. Tokens are asked for the
public cloud; another one (`https://NAME.openai.azure.us`) has an audience of its own
(`https://cognitiveservices.azure.us`), which `credentials` names
(https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure, read
2026-11-22).

What a provisioned deployment has no capacity for, Azure itself passes on to a standard one of the
resource where a header names it
(https://learn.microsoft.com/azure/foundry/openai/how-to/spillover-traffic-management, of
2026-06-18, read 2026-11-22). A client's own such header is never forwarded.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers._headroom import read_azure_headroom
from detente.providers._judging import common_judge
from detente.providers.kind import FORWARDED, Header, PassedOn, ProviderKind, Site
from detente.providers.openai import COMPLETING, PATHS
from detente.providers.openai import dialects_of as openai_dialects_of

UNDATED: Final = frozenset(("v1", "preview", "latest"))
"""Versions of the v1 style, which takes them as a parameter."""

IN_THE_PATH: Final[frozenset[Dialect]] = frozenset(
    ("openai_chat", "openai_embeddings", "openai_completions")
)
"""Operations whose older style names the deployment in the path."""

CONVERSING: Final[tuple[Dialect, ...]] = ("openai_chat", "openai_responses", "openai_embeddings")

SPILLED: Final = b"x-ms-spillover-from-deployment: "
"""What an answer's headers have that the asked deployment did not give."""
STATUS_DIGITS: Final = 3
_NAME: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
"""What a deployment may be called there, at a generous length."""

SETTING: Final = "its `api_key` or `credentials`"
ENTRA_SCOPE: Final = "https://cognitiveservices.azure.com/.default"
"""What Entra's tokens are asked for (`azure_ad_token_provider` of openai 3.54.0's examples)."""


def target(site: Site, deployment: Deployment, dialect: Dialect) -> str:
    """The path of either style; see the module."""
    api_version = site.api_version
    root = site.root.removesuffix("/v1").removesuffix("/openai")
    operation = PATHS[dialect]
    query = f"?api-version={quote(api_version, safe='')}" if api_version is not None else ""
    if api_version is None or api_version in UNDATED:
        return f"{root}/openai/v1{operation}{query}"
    if dialect in IN_THE_PATH:
        return (
            f"{root}/openai/deployments/{quote(deployment.upstream_id, safe='')}{operation}{query}"
        )
    return f"{root}/openai{operation}{query}"


def dialects_of(deployment: Deployment) -> tuple[Dialect, ...]:
    """What one model speaks; where the deployment has another name, the model's own tells it."""
    return COMPLETING if openai_dialects_of(deployment) == COMPLETING else CONVERSING


def auth_headers(secret: str) -> tuple[Header, ...]:
    """The resource's key."""
    return ((b"api-key", secret.encode()),)


def spill(upstream_id: str) -> tuple[Header, ...]:
    """The header that has Azure pass on to that deployment what this one cannot take."""
    return ((b"x-ms-spillover-deployment", upstream_id.encode()),)


def passed_on(lines: bytes) -> PassedOn | None:
    """Which deployment of the resource answered in place of a full one; see the module."""
    if SPILLED not in lines:
        return None
    headers = dict(line.split(b": ", 1) for line in lines.split(b"\r\n") if b": " in line)
    name = headers.get(b"x-ms-deployment-name", b"")
    if _NAME.fullmatch(name) is None:
        return None
    status = headers.get(b"x-ms-spillover-error", b"")
    known = status.isdigit() and len(status) == STATUS_DIGITS
    return PassedOn(upstream_id=name.decode(), status=int(status) if known else 429)


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `common_judge`."""
    return common_judge("Azure", status, headers, body, setting=SETTING)


KIND: Final = ProviderKind(
    name="azure",
    default_base_url=None,
    default_host="microsoft",
    dialects=(*CONVERSING, *COMPLETING),
    target=target,
    auth_headers=auth_headers,
    forwarded_headers=FORWARDED | {b"openai-beta"},
    judge=judge,
    headroom=read_azure_headroom,
    dialects_of=dialects_of,
    chain="azure",
    token_scope=ENTRA_SCOPE,
    spill=spill,
    passed_on=passed_on,
)
