"""What Entra's simulated services refuse; what they grant is asked for by azure-identity itself."""

import pytest

from detente.simulator.identity.azure import APP_SERVICE, INSTANCE, JWT_BEARER, answer
from tests.simulator.identity.asking import DENIED, DESK, get, post, said

TENANT = DESK.identities.azure_tenant
CLIENT = next(iter(DESK.identities.azure_clients))
PATH = f"/{TENANT}/oauth2/v2.0/token"
FORM = {
    "grant_type": "client_credentials",
    "client_id": CLIENT,
    "client_secret": "client-secret",
    "scope": "https://x/.default",
}
RESOURCE = "?api-version=2018-02-01&resource=https://x"


def test_elsewhere_is_not_entras() -> None:
    assert answer(get("/elsewhere"), DESK) is None


def test_a_client_is_granted_a_token() -> None:
    status, body = said(answer(post(PATH, FORM), DESK))
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 600)


@pytest.mark.parametrize(
    ("change", "status", "number"),
    [
        ({"grant_type": "password"}, 400, 70003),
        ({"client_id": "other"}, 400, 700016),
        ({"client_secret": "other"}, 401, 7000215),
        ({"client_assertion_type": JWT_BEARER, "client_assertion": "other"}, 401, 700213),
        ({"scope": "https://x"}, 400, 1002012),
    ],
)
def test_others_are_refused_with_entras_codes(
    change: dict[str, str], status: int, number: int
) -> None:
    found, body = said(answer(post(PATH, {**FORM, **change}), DESK))
    assert (found, body["error_codes"]) == (status, [number])
    assert str(body["error_description"]).startswith(f"AADSTS{number}: ")


def test_a_federated_assertion_does_for_a_secret() -> None:
    form = {
        **FORM,
        "client_secret": "",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": "federated-assertion",
    }
    assert said(answer(post(PATH, form), DESK))[0] == 200


def test_another_tenant_is_not_found() -> None:
    for request in (
        post("/other/oauth2/v2.0/token", FORM),
        get("/other/v2.0/.well-known/openid-configuration"),
    ):
        status, body = said(answer(request, DESK))
        assert (status, body["error_codes"]) == (400, [90002])


def test_discovery_names_the_endpoint() -> None:
    status, body = said(answer(get(f"/{TENANT}/v2.0/.well-known/openid-configuration"), DESK))
    assert (status, body["token_endpoint"]) == (200, f"{DESK.base_url}{PATH}")


@pytest.mark.parametrize(
    ("path", "headers"),
    [(INSTANCE, {"metadata": "true"}), (APP_SERVICE, {"x-identity-header": "identity-header"})],
)
def test_managed_identities(path: str, headers: dict[str, str]) -> None:
    managed = DESK.identities.azure_managed_ids[0]
    asked = get(f"{path}{RESOURCE}", headers)
    for request in (asked, get(f"{path}{RESOURCE}&client_id={managed}", headers)):
        status, body = said(answer(request, DESK))
        assert (status, body["resource"]) == (200, "https://x")
    for request, desk in (
        (get(f"{path}{RESOURCE}"), DESK),
        (get(path, headers), DESK),
        (get(f"{path}{RESOURCE}&client_id=other", headers), DESK),
        (asked, DENIED),
    ):
        assert said(answer(request, desk))[0] in (400, 401)


def test_with_denied_nobody_is_known() -> None:
    assert said(answer(post(PATH, FORM), DENIED))[1]["error_codes"] == [700016]
