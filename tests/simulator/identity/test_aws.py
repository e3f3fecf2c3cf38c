"""What AWS's simulated services refuse; what they grant is asked for by botocore itself."""

from datetime import timedelta
from urllib.parse import urlencode

import msgspec
import pytest

from detente.providers import Credentials
from detente.providers._sigv4 import sign
from detente.simulator.exchange import Received, Reply
from detente.simulator.identity import issue_keys
from detente.simulator.identity.aws import CONTAINER, ROLES, SESSION_PATH, SIGN_IN, answer
from tests.simulator.identity.asking import DENIED, DESK, NOW, get, post, said

ROLE = DESK.identities.aws_roles[0]
WEB = {
    "Action": "AssumeRoleWithWebIdentity",
    "RoleArn": ROLE,
    "WebIdentityToken": "web-identity-token",
}
LONG_LIVED = Credentials(access_key_id="AKIASIMULATED", secret_access_key="secret-access-key")


def text_of(reply: Reply | None) -> tuple[int, str]:
    assert reply is not None
    return reply.status, reply.body.decode()


def assume(
    credentials: Credentials, *, service: str = "sts", role: str = ROLE, seconds: str = ""
) -> Received:
    """A signed AssumeRole."""
    form = {"Action": "AssumeRole", "RoleArn": role, "DurationSeconds": seconds}
    body = urlencode(form).encode()
    added = sign(
        b"POST",
        b"h",
        b"/",
        (),
        body,
        credentials=credentials,
        region="us-east-1",
        service=service,
        now=NOW,
    )
    headers = {"host": "h", **{name.decode(): value.decode() for name, value in added}}
    return msgspec.structs.replace(get("/", headers, method="POST"), body=body)


def temporary(age: timedelta) -> Credentials:
    begun = NOW - age
    return issue_keys(subject="x", issued_at=begun, expires_at=begun + timedelta(hours=1))


def test_elsewhere_is_not_awss() -> None:
    assert answer(get("/elsewhere"), DESK) is None


def test_a_signed_request_is_given_keys_for_as_long_as_it_asks() -> None:
    status, text = text_of(answer(assume(LONG_LIVED, seconds="300"), DESK))
    assert status == 200
    assert "<AccessKeyId>ASIA" in text
    assert "<Expiration>2026-11-22T12:05:00Z</Expiration>" in text
    assert "12:10:00Z" in text_of(answer(assume(LONG_LIVED, seconds="9999"), DESK))[1]


def test_temporary_keys_may_assume_a_role_too() -> None:
    assert text_of(answer(assume(temporary(timedelta())), DESK))[0] == 200


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (
            assume(Credentials(access_key_id="AKIASIMULATED", secret_access_key="other")),
            "SignatureDoesNotMatch",
        ),
        (
            assume(Credentials(access_key_id="AKIAOTHER", secret_access_key="x")),
            "InvalidClientTokenId",
        ),
        (assume(LONG_LIVED, service="bedrock"), "SignatureDoesNotMatch"),
        (assume(LONG_LIVED, role=f"{ROLE}x"), "AccessDenied"),
        (assume(temporary(timedelta(hours=1))), "ExpiredToken"),
        (post("/", {"Action": "AssumeRole", "RoleArn": ROLE}), "MissingAuthenticationToken"),
        (post("/", {**WEB, "WebIdentityToken": "other"}), "InvalidIdentityToken"),
        (post("/", {**WEB, "RoleArn": "other"}), "AccessDenied"),
        (post("/", {"Action": "GetCallerIdentity"}), "InvalidAction"),
    ],
)
def test_others_are_refused_with_the_services_codes(request_: Received, code: str) -> None:
    status, text = text_of(answer(request_, DESK))
    assert status in (400, 403)
    assert f"<Code>{code}</Code>" in text


def test_a_clock_that_is_off_is_refused() -> None:
    later = msgspec.structs.replace(DESK, now=NOW + timedelta(hours=1))
    assert "Signature expired" in text_of(answer(assume(LONG_LIVED), later))[1]


def test_a_container_needs_its_token() -> None:
    status, body = said(answer(get(CONTAINER, {"authorization": "container-token"}), DESK))
    assert (status, body["Expiration"]) == (200, "2026-11-22T12:10:00Z")
    assert said(answer(get(CONTAINER), DESK))[0] == 401


def test_a_sign_in_needs_its_token() -> None:
    headers = {"x-amz-sso_bearer_token": "sign-in-token"}
    assert said(answer(get(SIGN_IN, headers), DESK))[0] == 200
    assert said(answer(get(SIGN_IN), DESK))[0] == 401
    assert said(answer(get(SIGN_IN, headers), DENIED))[0] == 401


def test_an_instance_answers_nothing_without_a_session() -> None:
    session = answer(
        get(SESSION_PATH, {"x-aws-ec2-metadata-token-ttl-seconds": "60"}, method="PUT"), DESK
    )
    headers = {"x-aws-ec2-metadata-token": text_of(session)[1]}
    role = DESK.identities.aws_instance_role
    assert text_of(answer(get(ROLES, headers), DESK)) == (200, role)
    assert said(answer(get(f"{ROLES}{role}", headers), DESK))[1]["Code"] == "Success"
    assert text_of(answer(get(f"{ROLES}other", headers), DESK))[0] == 404
    assert text_of(answer(get("/latest/meta-data/other", headers), DESK))[0] == 404
    assert text_of(answer(get(ROLES, headers), DENIED))[0] == 404
    assert text_of(answer(get(ROLES), DESK))[0] == 401
    over = msgspec.structs.replace(DESK, now=NOW + timedelta(seconds=60))
    assert text_of(answer(get(ROLES, headers), over))[0] == 401
    assert text_of(answer(get(SESSION_PATH, method="PUT"), DESK))[0] == 400
