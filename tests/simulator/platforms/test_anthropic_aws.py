"""What simulated Claude Platform on AWS refuses, and in whose words."""

import msgspec
import pytest

from detente.providers import Credentials, SigningKeys, anthropic_aws, bedrock
from detente.providers.kind import Sign
from detente.simulator.platforms.anthropic_aws import PLATFORM
from tests.simulator.platforms.asking import asked, error_of
from tests.simulator.values import SETTING

OWN = msgspec.structs.replace(SETTING, api_key="key")
PATH = "/v1/messages"
BODY = b'{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"echo hi"}]}'
NAMED = {"anthropic-version": "2026-10-21", "anthropic-workspace-id": "wrkspc_1"}


def signed(sign: Sign | None, *, secret: str = "key", body: bytes = BODY) -> dict[str, str]:
    """The headers of a request that is signed for `body`."""
    assert sign is not None
    lines = sign(
        host=b"h",
        target=PATH.encode(),
        body=body,
        credentials=Credentials(access_key_id="AKID", secret_access_key=secret),
        region="us-west-2",
        now=SETTING.at,
        keys=SigningKeys(),
    )
    return {"host": "h", **{name.decode(): value.decode() for name, value in lines}}


SIGN = anthropic_aws.KIND.sign


def test_key_or_signature() -> None:
    for proof in ({"authorization": "Bearer key"}, signed(SIGN)):
        reply = asked(PLATFORM, OWN, PATH, BODY, {**NAMED, **proof})
        assert reply.status == 200, reply.body
        assert "anthropic-ratelimit-requests-limit" in dict(reply.headers)


@pytest.mark.parametrize(
    ("proof", "error"),
    [
        ({}, "MissingAuthenticationTokenException"),
        (signed(SIGN, secret="kex"), "InvalidSignatureException"),
        (signed(SIGN, body=b"{}"), "InvalidSignatureException"),
        (signed(bedrock.KIND.sign), "InvalidSignatureException"),
    ],
)
def test_a_signature_that_does_not_hold_is_amazons_to_refuse(
    proof: dict[str, str], error: str
) -> None:
    reply = asked(PLATFORM, OWN, PATH, BODY, {**NAMED, **proof})
    assert (reply.status, dict(reply.headers)["x-amzn-errortype"]) == (403, error)
    assert error_of(reply).keys() == {"message"}


@pytest.mark.parametrize(
    ("headers", "body", "status", "kind"),
    [
        ({"authorization": "Bearer kex"}, BODY, 401, "authentication_error"),
        ({"anthropic-workspace-id": ""}, BODY, 400, "invalid_request_error"),
        ({"anthropic-version": "2020-01-01"}, BODY, 400, "invalid_request_error"),
        ({}, BODY.replace(b'"m"', b'"n"'), 404, "not_found_error"),
        ({}, b"{", 400, "invalid_request_error"),
        ({}, BODY[:-1] + b',"inference_geo":"eu"}', 400, "invalid_request_error"),
    ],
)
def test_the_rest_is_anthropics_to_refuse(
    headers: dict[str, str], body: bytes, status: int, kind: str
) -> None:
    given = {**NAMED, "authorization": "Bearer key", **headers}
    reply = asked(PLATFORM, OWN, PATH, body, given)
    assert (reply.status, error_of(reply)["type"]) == (status, kind)
