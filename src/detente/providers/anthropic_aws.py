"""`anthropic_aws`: Claude Platform on AWS, Anthropic's own API behind an account of AWS.

Its machines are Anthropic's: AWS only knows who calls and bills for it. The address is that of an
AWS region, and every request names a workspace (`AnthropicAWS` of anthropic 2.12.0). The key is a
bearer, or an access key of AWS signs for the service `aws-external-anthropic`.

A `processing_zone` of `us` or `global` becomes `inference_geo` of every message: the region is only
where requests arrive
(https://docs.aws.amazon.com/claude-platform/latest/userguide/data-residency.html, read 2026-11-22).
Errors are Anthropic's, but for those of signatures and rights, which are Amazon's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from detente.canonical.extras import Json
from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers import _sigv4, anthropic
from detente.providers._aws_judging import aws_judge
from detente.providers.kind import Header, ProviderKind, SigningCredentials, Site, bearer

PLATFORM: Final = "Claude Platform on AWS"
SERVICE: Final = "aws-external-anthropic"


def body_members(site: Site, deployment: Deployment, dialect: Dialect) -> dict[str, Json]:
    """Where the model may run, where the processing zone is one that can be asked for."""
    del site
    zone = deployment.processing_zone
    return anthropic.geo_members(zone if zone in anthropic.GEOS else None, dialect)


def sign(
    *,
    host: bytes,
    target: bytes,
    body: bytes,
    credentials: SigningCredentials,
    region: str,
    now: datetime,
    keys: _sigv4.SigningKeys,
) -> tuple[Header, ...]:
    """The headers that sign one POST; what a hop may change is left out of it."""
    assert isinstance(credentials, _sigv4.Credentials)  # what its chain gives
    return _sigv4.sign(
        b"POST",
        host,
        target,
        (),
        body,
        credentials=credentials,
        region=region,
        service=SERVICE,
        now=now,
        keys=keys,
    )


def judge(status: int, headers: Mapping[bytes, bytes], body: bytes) -> Failure | None:
    """See `aws_judge`."""
    return aws_judge(PLATFORM, status, headers, body)


KIND: Final = ProviderKind(
    name="anthropic_aws",
    default_base_url="https://aws-external-anthropic.{region}.api.aws",
    default_host="anthropic",
    dialects=anthropic.KIND.dialects,
    target=anthropic.target,
    auth_headers=bearer,
    forwarded_headers=anthropic.KIND.forwarded_headers,
    judge=judge,
    sign=sign,
    chain="aws",
    headers=anthropic.headers,
    body_members=body_members,
    needs=("workspace",),
)
