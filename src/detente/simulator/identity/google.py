"""Google's token endpoint, its exchange for workloads, impersonation, and the metadata server.

Errors are those of RFC 6749 §5.2. A service account's assertion is verified by its public key
(https://developers.google.com/identity/protocols/oauth2/service-account, read 2026-11-22).

>>> from detente.simulator.exchange import Received
>>> answer(Received(method="GET", target="/elsewhere", headers=(), body=b""), desk=None) is None
True
"""

from typing import Final

import msgspec

from detente.simulator.exchange import Received, Reply, error_reply, json_reply
from detente.simulator.identity import tokens
from detente.simulator.identity.desk import Desk, form_of

CLOUD_PLATFORM: Final = "https://www.googleapis.com/auth/cloud-platform"
"""The audience of issued tokens: Google's are opaque, and hold for scopes."""
AUDIENCE: Final = "https://oauth2.googleapis.com/token"
"""Whom assertions are for, wherever they are sent (google-auth 2.62.2 writes no other)."""
IMPERSONATION: Final = "https://www.googleapis.com/auth/iam"
"""The scope that is enough to become a service account."""
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
METADATA: Final = "/computeMetadata/v1/"
FLAVOR: Final = (("metadata-flavor", "Google"), ("server", "Metadata Server for VM"))


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What a service account says of itself."""

    iss: str
    aud: str
    exp: int
    scope: str = ""


def answer(request: Received, desk: Desk) -> Reply | None:
    """What Google says; None for what is not Google's."""
    path = request.path
    if (request.method, path) == ("POST", "/token"):
        return _token(form_of(request), desk)
    if (request.method, path) == ("POST", "/v1/token"):
        return _exchange(form_of(request), desk)
    if request.method == "POST" and path.endswith(":generateAccessToken"):
        return _impersonate(request, desk)
    if path.startswith(METADATA) or (request.method, path) == ("GET", "/"):
        return _metadata(request, desk)
    return None


def _token(form: dict[str, str], desk: Desk) -> Reply:
    known = desk.identities
    if form.get("grant_type") == JWT_BEARER:
        return _service_account(form.get("assertion", ""), desk)
    if form.get("grant_type") != "refresh_token":
        return _refused(400, "unsupported_grant_type", "Invalid grant_type.")
    if (form.get("client_id"), form.get("client_secret")) != known.google_client:
        return _refused(401, "invalid_client", "The OAuth client was not found.")
    if desk.denied or form.get("refresh_token") != known.google_refresh:
        return _refused(400, "invalid_grant", "Token has been expired or revoked.")
    return _granted(desk, "user", form.get("scope", CLOUD_PLATFORM))


def _service_account(text: str, desk: Desk) -> Reply:
    """The grant of RFC 7523, signed with RS256."""
    signed, _, signature = text.rpartition(".")
    try:
        said = msgspec.json.decode(tokens.decoded(signed.partition(".")[2]), type=Assertion)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _refused(400, "invalid_request", "Bad JWT.")
    key = None if desk.denied else desk.identities.google_accounts.get(said.iss)
    if key is None:
        return _refused(400, "invalid_grant", "Invalid grant: account not found")
    if not key.verified(signed.encode(), tokens.decoded(signature)):
        return _refused(400, "invalid_grant", "Invalid JWT Signature.")
    if said.aud not in (AUDIENCE, f"{desk.base_url}/token") or said.exp < desk.now.timestamp():
        return _refused(400, "invalid_grant", "Invalid JWT: check your iat and exp values.")
    if not said.scope:
        return _refused(400, "invalid_scope", "Empty or missing scope not allowed.")
    return _granted(desk, said.iss, said.scope)


def _exchange(form: dict[str, str], desk: Desk) -> Reply:
    """RFC 8693, as Google's Security Token Service has it for workload identity federation."""
    known = desk.identities
    if form.get("grant_type") != EXCHANGE:
        return _refused(400, "unsupported_grant_type", "Unsupported grant type.")
    if form.get("audience") != known.google_pool:
        return _refused(400, "invalid_target", "The target service indicated is invalid.")
    if desk.denied or form.get("subject_token") != known.google_subject:
        return _refused(400, "invalid_grant", "The given credential is rejected by the provider.")
    reply = _granted(desk, known.google_pool, form.get("scope", ""))
    body = msgspec.json.decode(reply.body, type=dict[str, object])
    return json_reply(
        {**body, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}
    )


def _impersonate(request: Received, desk: Desk) -> Reply:
    """A service account's token for who was exchanged in."""
    token = (request.header("authorization") or "").removeprefix("Bearer ")
    if (
        desk.denied
        or tokens.problem_of(token, (CLOUD_PLATFORM, IMPERSONATION), desk.now) is not None
    ):
        return error_reply(
            403, {"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}}
        )
    ends = tokens.later(desk.now, desk.lifetime_s)
    issued = tokens.issue(
        subject=request.path, audience=CLOUD_PLATFORM, issued_at=desk.now, expires_at=ends
    )
    return json_reply({"accessToken": issued, "expireTime": f"{ends:%Y-%m-%dT%H:%M:%SZ}"})


def _metadata(request: Received, desk: Desk) -> Reply:
    """https://cloud.google.com/compute/docs/metadata/querying-metadata (read 2026-11-22)."""
    if request.header("metadata-flavor") != "Google":
        return Reply(status=403, headers=FLAVOR, body=b"Missing Metadata-Flavor:Google header.")
    name = request.path.removeprefix(METADATA).rstrip("/")
    account = desk.identities.google_instance_account
    texts = {"": "", "project/project-id": desk.identities.google_project}
    if name in texts:
        return Reply(headers=(*FLAVOR, ("content-type", "text/plain")), body=texts[name].encode())
    if desk.denied:
        return Reply(status=404, headers=FLAVOR, body=b"no service account")
    name = name.removeprefix("instance/service-accounts/")
    if name in ("default", account):
        found = json_reply({"aliases": ["default"], "email": account, "scopes": [CLOUD_PLATFORM]})
    elif name in ("default/token", f"{account}/token"):
        found = _granted(desk, account, request.query.get("scopes", CLOUD_PLATFORM))
    else:
        return Reply(status=404, headers=FLAVOR, body=b"not found")
    return msgspec.structs.replace(found, headers=(*FLAVOR, *found.headers))


def _granted(desk: Desk, subject: str, scopes: str) -> Reply:
    wanted = scopes.replace(",", " ").split()
    audience = CLOUD_PLATFORM if not wanted or CLOUD_PLATFORM in wanted else wanted[0]
    token = tokens.issue(
        subject=subject,
        audience=audience,
        issued_at=desk.now,
        expires_at=tokens.later(desk.now, desk.lifetime_s),
        scope=scopes,
    )
    return json_reply(
        {"access_token": token, "expires_in": desk.lifetime_s, "token_type": "Bearer"}
    )


def _refused(status: int, code: str, said: str) -> Reply:
    return error_reply(status, {"error": code, "error_description": said})
