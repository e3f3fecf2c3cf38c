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
from typing import Final

from detente.canonical.extras import Json
from detente.canonical.failure import Failure
from detente.canonical.model import Deployment, Dialect
from detente.providers import anthropic
from detente.providers._aws_judging import aws_judge
from detente.providers._aws_signing import signs_for
from detente.providers.kind import ProviderKind, Site, bearer

PLATFORM: Final = "Claude Platform on AWS"
SERVICE: Final = "aws-external-anthropic"


def body_members(site: Site, deployment: Deployment, dialect: Dialect) -> dict[str, Json]:
    """Where the model may run, where the processing zone is one that can be asked for."""
    del site
    zone = deployment.processing_zone
    return anthropic.geo_members(zone if zone in anthropic.GEOS else None, dialect)


sign: Final = signs_for(lambda _: SERVICE)


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
