"""Claude Platform on AWS: Anthropic's API, signed as AWS wants it, always of a workspace."""

from datetime import UTC, datetime

import pytest

from detente.canonical.model import Deployment
from detente.providers import Credentials, SigningKeys, Site, read_claim, verify
from detente.providers.anthropic_aws import KIND
from tests.providers.addresses import deployment_of, path_of

BASE = "https://aws-external-anthropic.us-west-2.api.aws"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
CREDENTIALS = Credentials(access_key_id="AKID", secret_access_key="a secret")


def placed(**facts: str) -> Deployment:
    return Deployment(
        id="p/m",
        model="anthropic/m",
        provider="p",
        kind=KIND.name,
        upstream_id="m",
        host="anthropic",
        region=facts.get("region"),
        processing_zone=facts.get("processing_zone"),
    )


def test_paths_and_address() -> None:
    assert path_of(KIND, BASE, "anthropic_messages") == "/v1/messages"
    assert path_of(KIND, BASE, "anthropic_count_tokens") == "/v1/messages/count_tokens"
    assert KIND.default_base_url == BASE.replace("us-west-2", "{region}")
    assert KIND.default_host == "anthropic"


def test_the_workspace_is_named_in_every_request() -> None:
    site = Site(base_url=BASE, workspace="wrkspc_1")
    lines = KIND.headers(site, deployment_of(KIND), "anthropic_count_tokens")
    assert lines == ((b"anthropic-workspace-id", b"wrkspc_1"),)
    assert KIND.needs == ("workspace",)
    assert b"anthropic-workspace-id" not in KIND.forwarded_headers


def test_the_key() -> None:
    assert KIND.auth_headers("k") == ((b"authorization", b"Bearer k"),)


@pytest.mark.parametrize("body", [b"{}", b'{"model":"m"}'])
def test_a_request_is_signed_for_its_service(body: bytes) -> None:
    assert KIND.sign is not None
    host = BASE.removeprefix("https://").encode()
    lines = KIND.sign(
        host=host,
        target=b"/v1/messages",
        body=body,
        credentials=CREDENTIALS,
        region="us-west-2",
        now=NOW,
        keys=SigningKeys(),
    )
    headers = {b"host": host, **dict(lines)}
    claim = read_claim(headers)
    assert (claim.service, claim.region) == (b"aws-external-anthropic", b"us-west-2")
    verify(
        b"POST",
        b"/v1/messages",
        headers,
        body,
        secret_of=lambda _: CREDENTIALS.secret_access_key,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("zone", "members"),
    [
        ("us", {"inference_geo": "us"}),
        ("global", {"inference_geo": "global"}),
        ("eu", {}),
        (None, {}),
    ],
)
def test_the_processing_zone_is_asked_for_where_it_can_be(
    zone: str | None, members: dict[str, str]
) -> None:
    facts = {"region": "us-west-2"} if zone is None else {"processing_zone": zone}
    deployment = placed(**facts)
    site = Site(base_url=BASE)
    assert KIND.body_members(site, deployment, "anthropic_messages") == members
    assert KIND.body_members(site, deployment, "anthropic_count_tokens") == {}


def test_errors_of_both_owners() -> None:
    signed = KIND.judge(403, {b"x-amzn-errortype": b"InvalidSignatureException"}, b"{}")
    assert signed is not None
    assert signed.kind == "credentials"
    busy = KIND.judge(529, {}, b'{"type":"error","error":{"type":"overloaded_error"}}')
    assert busy is not None
    assert busy.signal == "capacity_error"
    wrong = b'{"type":"error","error":{"type":"invalid_request_error","message":"no"}}'
    assert KIND.judge(400, {}, wrong) is None
