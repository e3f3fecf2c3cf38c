"""Whom simulated Amazon lets in, and what it says to the others."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from detente.providers import Credentials
from detente.providers._sigv4 import sign
from detente.simulator.exchange import Received, RequestError, Setting
from detente.simulator.identity import issue_keys
from detente.simulator.platforms.aws_admission import admit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "secret"
AWS = Credentials(access_key_id="AKID", secret_access_key=KEY)
SETTING = Setting(
    models=("m",),
    api_key=KEY,
    base_path="",
    tokens=1,
    limit=1,
    remaining=1,
    request_id="0" * 32,
    at=NOW,
    region="us-east-1",
)
ISSUING = msgspec.structs.replace(SETTING, issued_tokens=True, api_key=None)
HOUR = timedelta(hours=1)


def signed(
    credentials: Credentials = AWS,
    *,
    now: datetime = NOW,
    region: str = "us-east-1",
    service: str = "bedrock",
) -> Received:
    added = sign(
        b"POST",
        b"h",
        b"/x",
        (),
        b"{}",
        credentials=credentials,
        region=region,
        service=service,
        now=now,
    )
    headers = tuple((name.decode(), value.decode()) for name, value in added)
    return Received(method="POST", target="/x", headers=(("host", "h"), *headers), body=b"{}")


def refused(request: Received, setting: Setting = SETTING) -> tuple[str | None, str]:
    with pytest.raises(RequestError) as caught:
        admit(request, setting, "bedrock")
    assert caught.value.status == 403
    return caught.value.code, caught.value.message


def keyed(value: str) -> Received:
    return Received(method="POST", target="/x", headers=(("authorization", value),), body=b"{}")


def test_who_has_the_key_comes_in() -> None:
    admit(signed(), SETTING, "bedrock")
    admit(keyed(f"Bearer {KEY}"), SETTING, "bedrock")
    admit(keyed("Bearer any"), msgspec.structs.replace(SETTING, api_key=None), "bedrock")
    anywhere = msgspec.structs.replace(SETTING, region=None)
    admit(signed(region="eu-west-1"), anywhere, "bedrock")


def test_another_key() -> None:
    assert refused(keyed("Bearer wrong"))[0] == "AccessDeniedException"
    other = Credentials(access_key_id="AKID", secret_access_key="other")
    assert refused(signed(other))[0] == "InvalidSignatureException"
    assert refused(keyed("Basic x"))[0] == "IncompleteSignatureException"
    bare = Received(method="POST", target="/x", headers=(), body=b"{}")
    assert refused(bare)[0] == "MissingAuthenticationTokenException"


def test_another_scope() -> None:
    name, said = refused(signed(region="eu-west-1"))
    assert (name, said) == (
        "InvalidSignatureException",
        "Credential should be scoped to a valid region, not 'eu-west-1'. ",
    )
    name, said = refused(signed(service="bedrock-mantle"))
    assert name == "InvalidSignatureException"
    assert said.startswith("Credential should be scoped to correct service: 'bedrock'")


@pytest.mark.parametrize(
    ("off", "said"),
    [
        (
            -HOUR,
            "Signature expired: 20261122T110000Z is now earlier than 20261122T115500Z "
            "(20261122T120000Z - 5 min.)",
        ),
        (
            HOUR,
            "Signature not yet current: 20261122T130000Z is still later than 20261122T120500Z "
            "(20261122T120000Z + 5 min.)",
        ),
    ],
)
def test_a_clock_that_is_off(off: timedelta, said: str) -> None:
    assert refused(signed(now=NOW + off)) == ("InvalidSignatureException", said)
    admit(signed(now=NOW + off / 15), SETTING, "bedrock")


def test_temporary_keys() -> None:
    keys = issue_keys(subject="me", issued_at=NOW, expires_at=NOW + HOUR)
    admit(signed(keys), ISSUING, "bedrock")
    bare = msgspec.structs.replace(keys, session_token=None)
    assert refused(signed(bare), ISSUING)[0] == "UnrecognizedClientException"
    assert refused(signed(), ISSUING)[0] == "UnrecognizedClientException"
    old = issue_keys(subject="me", issued_at=NOW - 2 * HOUR, expires_at=NOW - HOUR)
    assert refused(signed(old), ISSUING)[0] == "ExpiredTokenException"
    another = issue_keys(subject="you", issued_at=NOW, expires_at=NOW + HOUR)
    mixed = msgspec.structs.replace(keys, session_token=another.session_token)
    assert refused(signed(mixed), ISSUING)[0] == "UnrecognizedClientException"
