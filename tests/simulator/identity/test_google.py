"""What Google's simulated services refuse; what they grant is asked for by google-auth itself."""

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from detente.simulator.identity.desk import Identities
from detente.simulator.identity.google import (
    AUDIENCE,
    CLOUD_PLATFORM,
    EXCHANGE,
    JWT_BEARER,
    answer,
)
from detente.simulator.identity.rsa import PublicKey
from detente.simulator.identity.tokens import claims_of, encoded
from tests.simulator.identity.asking import DENIED, DESK, get, post, said

REFRESH = {
    "grant_type": "refresh_token",
    "client_id": "client-id",
    "client_secret": "client-secret",
    "refresh_token": "refresh-token",
}
SUBJECT = {
    "grant_type": EXCHANGE,
    "audience": DESK.identities.google_pool,
    "subject_token": "subject-token",
    "scope": CLOUD_PLATFORM,
}
TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ACCOUNT = "robot@project.iam.gserviceaccount.com"
FLAVOR = {"metadata-flavor": "Google"}


def test_elsewhere_is_not_googles() -> None:
    assert answer(get("/elsewhere"), DESK) is None
    assert answer(get("/token"), DESK) is None


def test_a_refresh_token_is_granted() -> None:
    status, body = said(answer(post("/token", REFRESH), DESK))
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 600)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_secret": "other"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"refresh_token": "other"}, 400, "invalid_grant"),
        ({"grant_type": JWT_BEARER}, 400, "invalid_request"),
        (
            {"grant_type": JWT_BEARER, "assertion": f"h.{encoded(b'{}')}.s"},
            400,
            "invalid_request",
        ),
        (
            {"grant_type": JWT_BEARER, "assertion": "h." + encoded(b'{"iss": "\xff"}') + ".s"},
            400,
            "invalid_request",
        ),
        (
            {
                "grant_type": JWT_BEARER,
                "assertion": "h." + encoded(b'{"iss": "x", "aud": "y", "exp": 1}') + ".s",
            },
            400,
            "invalid_grant",
        ),
    ],
)
def test_other_grants_are_refused(change: dict[str, str], status: int, code: str) -> None:
    found, body = said(answer(post("/token", {**REFRESH, **change}), DESK))
    assert (found, body["error"]) == (status, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"audience": "//iam.googleapis.com/other"}, "invalid_target"),
        ({"subject_token": "other"}, "invalid_grant"),
    ],
)
def test_other_exchanges_are_refused(change: dict[str, str], code: str) -> None:
    assert said(answer(post("/v1/token", SUBJECT), DESK))[0] == 200
    found, body = said(answer(post("/v1/token", {**SUBJECT, **change}), DESK))
    assert (found, body["error"]) == (400, code)


def test_nobody_is_impersonated_without_a_token() -> None:
    path = "/v1/projects/-/serviceAccounts/x:generateAccessToken"
    assert said(answer(post(path, {}), DESK))[0] == 403
    assert said(answer(post(path, {}, {"authorization": "Bearer x.y.z"}), DESK))[0] == 403


def test_metadata_wants_its_header_and_has_it() -> None:
    for headers, status in ((FLAVOR, 200), ({}, 403), ({"metadata-flavor": "Other"}, 403)):
        for path in ("/", TOKEN, "/computeMetadata/v1/project/project-id"):
            reply = answer(get(path, headers), DESK)
            assert reply is not None
            assert reply.status == status
            assert ("metadata-flavor", "Google") in reply.headers


@pytest.mark.parametrize("name", ["universe/universe-domain", "instance/service-accounts/other"])
def test_metadata_that_is_not_there(name: str) -> None:
    reply = answer(get(f"/computeMetadata/v1/{name}", FLAVOR), DESK)
    assert reply is not None
    assert reply.status == 404


def test_with_denied_nobody_is_known() -> None:
    for request in (post("/token", REFRESH), post("/v1/token", SUBJECT), get(TOKEN, FLAVOR)):
        granted, refused = answer(request, DESK), answer(request, DENIED)
        assert granted is not None
        assert refused is not None
        assert (granted.status, refused.status // 100) == (200, 4)


def test_one_other_scope_is_the_audience() -> None:
    reply = answer(get(f"{TOKEN}?scopes=a,b", FLAVOR), DESK)
    assert reply is not None
    token = msgspec.json.decode(reply.body, type=dict[str, object])["access_token"]
    claims = claims_of(str(token))
    assert claims is not None
    assert claims.aud == "a"


def assertion(**change: object) -> str:
    """What a service account signs, in its own words."""
    claims: dict[str, object] = {
        "iss": ACCOUNT,
        "aud": AUDIENCE,
        "exp": int(DESK.now.timestamp()) + 60,
        "scope": CLOUD_PLATFORM,
        **change,
    }
    signed = f"{encoded(b'{}')}.{encoded(msgspec.json.encode(claims))}"
    made = PRIVATE.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{encoded(made)}"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (assertion(), 200, None),
        (assertion(iss="nobody@example.com"), 400, "invalid_grant"),
        (assertion()[:-8] + "AAAAAAAA", 400, "invalid_grant"),
        (assertion(aud="https://elsewhere.example.com/token"), 400, "invalid_grant"),
        (assertion(exp=int(DESK.now.timestamp()) - 1), 400, "invalid_grant"),
        (assertion(scope=""), 400, "invalid_scope"),
    ],
    ids=["right", "stranger", "signature", "audience", "expired", "scope"],
)
def test_what_a_service_account_signs(sent: str, status: int, code: str | None) -> None:
    numbers = PRIVATE.public_key().public_numbers()
    known = Identities(google_accounts={ACCOUNT: PublicKey(n=numbers.n, e=numbers.e)})
    desk = msgspec.structs.replace(DESK, identities=known)
    form = {"grant_type": JWT_BEARER, "assertion": sent}
    found, body = said(answer(post("/token", form), desk))
    assert (found, body.get("error")) == (status, code)
