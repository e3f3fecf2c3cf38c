"""Who may ask a simulated Vertex AI, and where."""

import json
from datetime import timedelta

import msgspec
import pytest

from detente.simulator.exchange import Received, RequestError, Setting
from detente.simulator.identity import issue
from detente.simulator.identity.google import CLOUD_PLATFORM
from detente.simulator.platforms.vertex_admission import (
    REALM,
    Place,
    admit,
    check_model,
    google_error,
    place_of,
    traffic,
)
from tests.simulator.values import SETTING as ANYBODY

HOUR = timedelta(hours=1)
SETTING = msgspec.structs.replace(
    ANYBODY, api_key="key", issued_tokens=True, project="p", region="l", provisioned=("m",)
)
PLACED = Place(project="p", location="l", rest="publishers/google/models/m:generateContent")
EXPRESS = msgspec.structs.replace(PLACED, project=None, location=None)


def issued(audience: str = CLOUD_PLATFORM, *, ended: bool = False) -> str:
    until = SETTING.at + (-HOUR if ended else HOUR)
    return issue(subject="me", audience=audience, issued_at=SETTING.at - 2 * HOUR, expires_at=until)


def request(*, query: str = "", method: str = "POST", **headers: str) -> Received:
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Received(method=method, target=f"/v1/x{query}", headers=told, body=b"{}")


def refused(asked: Received, place: Place, setting: Setting = SETTING) -> tuple[int, str | None]:
    with pytest.raises(RequestError) as caught:
        admit(asked, place, setting)
    return caught.value.status, caught.value.code


def test_who_is_let_in() -> None:
    admit(request(authorization=f"Bearer {issued()}"), PLACED, SETTING)
    admit(request(x_goog_api_key="key"), EXPRESS, SETTING)
    admit(request(query="?key=key"), EXPRESS, SETTING)
    admit(request(authorization=f"Bearer {issued()}", method="GET"), EXPRESS, SETTING)
    admit(request(), PLACED, ANYBODY)
    admit(request(x_goog_api_key="any"), EXPRESS, ANYBODY)


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ({}, 401, "CREDENTIALS_MISSING"),
        ({"authorization": "Basic x"}, 401, "CREDENTIALS_MISSING"),
        ({"authorization": "Bearer key"}, 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED"),
        ({"authorization": "Bearer " + issued(ended=True)}, 401, "ACCESS_TOKEN_EXPIRED"),
        ({"authorization": "Bearer " + issued("b")}, 403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        ({"x_goog_api_key": "key"}, 401, "CREDENTIALS_MISSING"),
    ],
)
def test_wrong_credentials(headers: dict[str, str], status: int, reason: str) -> None:
    assert refused(request(**headers), PLACED) == (status, reason)


def test_express_mode_takes_keys_alone() -> None:
    assert refused(request(x_goog_api_key="wrong"), EXPRESS) == (400, "API_KEY_INVALID")
    keyless = msgspec.structs.replace(SETTING, api_key=None)
    assert refused(request(x_goog_api_key="any"), EXPRESS, keyless) == (400, "API_KEY_INVALID")
    token = request(authorization=f"Bearer {issued()}")
    assert refused(token, EXPRESS) == (400, "RESOURCE_PROJECT_INVALID")


def test_another_project_is_not_told_from_one_without_rights() -> None:
    elsewhere = msgspec.structs.replace(PLACED, project="other")
    token = request(authorization=f"Bearer {issued()}")
    with pytest.raises(RequestError) as caught:
        admit(token, elsewhere, SETTING)
    resource = "//aiplatform.googleapis.com/projects/other/locations/l/publishers/google/models/m"
    assert caught.value.status == 403
    assert f"denied on resource '{resource}' (or it may not exist)" in caught.value.message


def test_places() -> None:
    assert place_of("/v1beta1/projects/p/locations/l/a/b") == Place(
        project="p", location="l", rest="a/b"
    )
    assert place_of("/v1/a/b") == Place(project=None, location=None, rest="a/b")
    assert EXPRESS.named("x") == "x"
    for path in ("/v2/a", "/a", "/v1/"):
        with pytest.raises(RequestError) as caught:
            place_of(path)
        assert caught.value.status == 404


def test_models_and_where_they_are() -> None:
    assert check_model("google", "m", PLACED, SETTING) == "m"
    prefixed = msgspec.structs.replace(SETTING, models=("meta/llama",))
    assert check_model("meta", "llama", PLACED, prefixed) == "meta/llama"
    elsewhere = msgspec.structs.replace(PLACED, location="other")
    for publisher, name, place in (("google", "x", PLACED), ("google", "m", elsewhere)):
        with pytest.raises(RequestError, match="Publisher Model") as caught:
            check_model(publisher, name, place, SETTING)
        assert caught.value.status == 404


WANTED = "x_vertex_ai_llm_request_type"
PAID = "x_vertex_ai_llm_shared_request_type"


@pytest.mark.parametrize(
    ("headers", "model", "counts_as"),
    [
        ({}, "m", "PROVISIONED_THROUGHPUT"),
        ({WANTED: "dedicated"}, "m", "PROVISIONED_THROUGHPUT"),
        ({PAID: "flex"}, "m", "PROVISIONED_THROUGHPUT"),
        ({WANTED: "shared"}, "m", "ON_DEMAND"),
        ({WANTED: "shared", PAID: "flex"}, "m", "ON_DEMAND_FLEX"),
        ({PAID: "priority"}, "other", "ON_DEMAND_PRIORITY"),
        ({}, "other", "ON_DEMAND"),
    ],
)
def test_what_a_request_counts_as(headers: dict[str, str], model: str, counts_as: str) -> None:
    assert traffic(request(**headers), model, SETTING) == counts_as


@pytest.mark.parametrize(
    ("headers", "status"),
    [({WANTED: "dedicated"}, 429), ({WANTED: "any"}, 400), ({PAID: "free"}, 400)],
)
def test_tiers_that_are_refused(headers: dict[str, str], status: int) -> None:
    with pytest.raises(RequestError) as caught:
        traffic(request(**headers), "other", SETTING)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "code", "challenge"),
    [
        (401, "CREDENTIALS_MISSING", REALM),
        (401, "ACCESS_TOKEN_EXPIRED", f'{REALM}, error="invalid_token"'),
        (
            403,
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            f'{REALM}, error="insufficient_scope", scope="{CLOUD_PLATFORM}"',
        ),
        (403, "IAM_PERMISSION_DENIED", None),
        (400, "invalid_json", None),
    ],
)
def test_errors(status: int, code: str, challenge: str | None) -> None:
    reply = google_error(RequestError(status, "said", code=code))
    error = json.loads(reply.body)["error"]
    assert (error["code"], error["message"]) == (status, "said")
    assert dict(reply.headers).get("www-authenticate") == challenge
    reasons = [detail["reason"] for detail in error.get("details", ())]
    assert reasons == ([code] if code.isupper() else [])
