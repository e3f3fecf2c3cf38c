"""Every kind that AWS keys reach signs alike, each for its own service."""

from datetime import UTC, datetime

import pytest

from detente.providers import anthropic_aws, bedrock, bedrock_mantle
from detente.providers._aws_signing import signs_for
from detente.providers._sigv4 import Credentials, SigningKeys, read_claim, verify
from detente.providers.kind import Sign

NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEYS = Credentials(access_key_id="AKIA", secret_access_key="s")


@pytest.mark.parametrize(
    ("sign", "host", "service"),
    [
        (bedrock.sign, b"h", b"bedrock"),
        (bedrock_mantle.sign, b"h", b"bedrock-mantle"),
        (bedrock_mantle.sign, b"bedrock-runtime.us-east-1.amazonaws.com", b"bedrock"),
        (anthropic_aws.sign, b"h", b"aws-external-anthropic"),
        (signs_for(lambda host: host.decode()), b"any", b"any"),
    ],
)
def test_each_signs_for_its_service(sign: Sign, host: bytes, service: bytes) -> None:
    added = sign(
        host=host,
        target=b"/x",
        body=b"{}",
        credentials=KEYS,
        region="us-east-1",
        now=NOW,
        keys=SigningKeys(),
    )
    headers = {b"host": host, **dict(added)}
    assert read_claim(headers).service == service
    verify(b"POST", b"/x", headers, b"{}", secret_of=lambda _: "s", now=NOW)
