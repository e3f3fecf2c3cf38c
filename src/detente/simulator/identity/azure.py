"""Entra's token endpoint with its discovery, and managed identities of machines and App Service.

Entra's errors carry their AADSTS codes
(https://learn.microsoft.com/entra/identity-platform/reference-error-codes, read 2026-11-22).

>>> from detente.simulator.exchange import Received
>>> answer(Received(method="GET", target="/elsewhere", headers=(), body=b""), desk=None) is None
True
"""

from typing import Final

from detente.simulator.exchange import JsonObject, Received, Reply, error_reply, json_reply
from detente.simulator.identity import tokens
from detente.simulator.identity.desk import Desk, form_of

GRANT_PATH: Final = "/oauth2/v2.0/token"
DISCOVERY: Final = "/v2.0/.well-known/openid-configuration"
INSTANCE: Final = "/metadata/identity/oauth2/token"
APP_SERVICE: Final = "/msi/token"
JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def answer(request: Received, desk: Desk) -> Reply | None:
    """What Entra, or a machine's metadata service, says; None for what is not theirs."""
    path = request.path
    if request.method == "POST" and path.endswith(GRANT_PATH):
        return _token(path.removesuffix(GRANT_PATH).strip("/"), form_of(request), desk)
    if request.method == "GET" and path.endswith(DISCOVERY):
        return _discovery(path.removesuffix(DISCOVERY).strip("/"), desk)
    if path == INSTANCE:
        return _instance(request, desk)
    if path == APP_SERVICE:
        return _app_service(request, desk)
    return None


def _discovery(directory: str, desk: Desk) -> Reply:
    """Where a directory's endpoints are, which msal asks first."""
    if directory != desk.identities.azure_tenant:
        return _refused(400, "invalid_tenant", 90002, f"The directory '{directory}' was not found.")
    root = f"{desk.base_url}/{directory}"
    return json_reply(
        {
            "token_endpoint": f"{root}{GRANT_PATH}",
            "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
            "issuer": f"{root}/v2.0",
            "jwks_uri": f"{root}/discovery/v2.0/keys",
        }
    )


def _token(directory: str, form: dict[str, str], desk: Desk) -> Reply:
    """The client's credentials grant, with a secret or with a federated assertion."""
    known = desk.identities
    if directory != known.azure_tenant:
        return _refused(
            400, "invalid_request", 90002, f"The directory '{directory}' was not found."
        )
    client = form.get("client_id", "")
    if form.get("grant_type") != "client_credentials":
        return _refused(400, "unsupported_grant_type", 70003, "The grant type is not supported.")
    if desk.denied or client not in known.azure_clients:
        said = "Application with this identifier was not found in the directory."
        return _refused(400, "unauthorized_client", 700016, said)
    fault = _client_fault(form, client, desk)
    if fault is not None:
        return fault
    scope = form.get("scope", "")
    if not scope.endswith("/.default"):
        said = "The provided value for the input parameter 'scope' is not valid."
        return _refused(400, "invalid_scope", 1002012, said)
    token = _issued(client, scope.removesuffix("/.default"), desk)
    left = desk.lifetime_s
    return json_reply(
        {"token_type": "Bearer", "expires_in": left, "ext_expires_in": left, "access_token": token}
    )


def _client_fault(form: dict[str, str], client: str, desk: Desk) -> Reply | None:
    """Why a client is not who it says it is."""
    if form.get("client_assertion_type") == JWT_BEARER:
        if form.get("client_assertion") == desk.identities.azure_assertion:
            return None
        said = "No matching federated identity record found for presented assertion."
        return _refused(401, "invalid_client", 700213, said)
    if form.get("client_secret") == desk.identities.azure_clients[client]:
        return None
    return _refused(401, "invalid_client", 7000215, "Invalid client secret provided.")


def _instance(request: Received, desk: Desk) -> Reply:
    """https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/
    how-to-use-vm-token (read 2026-11-22)."""
    if (request.header("metadata") or "").lower() != "true":
        said = "Required metadata header not specified"
        return error_reply(400, {"error": "invalid_request", "error_description": said})
    return _managed(request, desk)


def _app_service(request: Received, desk: Desk) -> Reply:
    """https://learn.microsoft.com/azure/app-service/overview-managed-identity (read
    2026-11-22)."""
    if request.header("x-identity-header") != desk.identities.azure_identity_header:
        return error_reply(401, {"statusCode": 401, "message": "No valid identity header."})
    return _managed(request, desk)


def _managed(request: Received, desk: Desk) -> Reply:
    """A managed identity's token: the machine's own, or that of a `client_id`."""
    query = request.query
    client = query.get("client_id")
    if desk.denied or (client is not None and client not in desk.identities.azure_managed_ids):
        return error_reply(
            400, {"error": "invalid_request", "error_description": "Identity not found"}
        )
    resource = query.get("resource")
    if not resource:
        return error_reply(400, {"error": "invalid_resource", "error_description": "AADSTS500011"})
    ends = int(tokens.later(desk.now, desk.lifetime_s).timestamp())
    found: JsonObject = {
        "access_token": _issued(client or "machine", resource, desk),
        "client_id": client or "machine",
        "expires_in": str(desk.lifetime_s),
        "expires_on": str(ends),
        "resource": resource,
        "token_type": "Bearer",
    }
    return json_reply(found)


def _issued(subject: str, audience: str, desk: Desk) -> str:
    return tokens.issue(
        subject=subject,
        audience=audience.rstrip("/"),
        issued_at=desk.now,
        expires_at=tokens.later(desk.now, desk.lifetime_s),
    )


def _refused(status: int, code: str, number: int, said: str) -> Reply:
    body: JsonObject = {
        "error": code,
        "error_description": f"AADSTS{number}: {said} Trace ID: simulated",
        "error_codes": [number],
    }
    return error_reply(status, body)
