"""Who may ask Vertex AI, and where: its paths, tokens, keys, projects, locations and tiers.

A token of Google's opens a project; a key opens the express mode, whose paths have none. Errors
are Google's (https://cloud.google.com/apis/design/errors; the reasons are those of
`google.api.ErrorReason`, read 2026-11-22), in the sentences that users report.

>>> place_of("/v1/publishers/google/models/m:generateContent").rest
'publishers/google/models/m:generateContent'
"""

import hmac
import re
from typing import Final

import msgspec

from detente.simulator.exchange import (
    Headers,
    JsonObject,
    Received,
    Reply,
    RequestError,
    Setting,
    error_reply,
    with_headers,
)
from detente.simulator.identity import bearer_problem
from detente.simulator.identity.google import CLOUD_PLATFORM
from detente.simulator.platforms.gemini import STATUSES, TYPE
from detente.simulator.platforms.openai import bearer

SERVICE: Final = "aiplatform.googleapis.com"
REALM: Final = 'Bearer realm="https://accounts.google.com/"'
REQUEST_TYPE: Final = "x-vertex-ai-llm-request-type"
SHARED_TYPE: Final = "x-vertex-ai-llm-shared-request-type"
PAID: Final = {"flex": "ON_DEMAND_FLEX", "priority": "ON_DEMAND_PRIORITY"}

_PLACE: Final = re.compile(r"/(?:v1|v1beta1)(?:/projects/([^/]+)/locations/([^/]+))?/(.+)")

EXPECTED: Final = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. See "
    "https://developers.google.com/identity/sign-in/web/devconsole-project."
)
DOMAINS: Final = {"IAM_PERMISSION_DENIED": SERVICE}
"""Whose reasons those are that are not of all of Google's APIs."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes: project and location, None in the express mode, and the rest of it."""

    project: str | None
    location: str | None
    rest: str

    def named(self, resource: str) -> str:
        """A resource's full name."""
        if self.project is None:
            return resource
        return f"projects/{self.project}/locations/{self.location}/{resource}"


def place_of(path: str) -> Place:
    """Where a path leads; raises `RequestError` 404."""
    found = _PLACE.fullmatch(path)
    if found is None:
        raise RequestError(404, "Requested entity was not found.")
    return Place(project=found[1], location=found[2], rest=found[3])


def admit(request: Received, place: Place, setting: Setting) -> None:
    """Raises `RequestError` 400, 401 or 403 in Google's words."""
    key = request.header("x-goog-api-key") or request.query.get("key")
    if key is not None:
        _admit_key(key, place, setting)
        return
    token = bearer(request)
    problem = bearer_problem(token, setting, CLOUD_PLATFORM)
    if problem == "missing":
        said = f"Request is missing required authentication credential. {EXPECTED}"
        raise RequestError(401, said, code="CREDENTIALS_MISSING")
    if problem == "wrong_audience":
        said = "Request had insufficient authentication scopes."
        raise RequestError(403, said, code="ACCESS_TOKEN_SCOPE_INSUFFICIENT")
    if problem is not None:
        expired = problem == "expired"
        reason = "ACCESS_TOKEN_EXPIRED" if expired else "ACCESS_TOKEN_TYPE_UNSUPPORTED"
        said = f"Request had invalid authentication credentials. {EXPECTED}"
        raise RequestError(401, said, code=reason)
    if place.project is not None:
        _admit_project(place, place.project, setting)
    elif token is not None and request.method != "GET":  # models are listed without a project
        said = "Invalid resource field value in the request."
        raise RequestError(400, said, code="RESOURCE_PROJECT_INVALID")


def _admit_key(key: str, place: Place, setting: Setting) -> None:
    if place.project is not None:
        raise RequestError(
            401,
            "API keys are not supported by this API. Expected OAuth2 access token or other "
            "authentication credentials that assert a principal. See "
            "https://cloud.google.com/docs/authentication",
            code="CREDENTIALS_MISSING",
        )
    expected = setting.api_key
    known = expected is not None and hmac.compare_digest(key.encode(), expected.encode())
    if not known and (expected is not None or setting.issued_tokens):
        said = "API key not valid. Please pass a valid API key."
        raise RequestError(400, said, code="API_KEY_INVALID")


def _admit_project(place: Place, project: str, setting: Setting) -> None:
    if setting.project in (None, project):
        return
    resource = place.named(place.rest.partition(":")[0])
    raise RequestError(
        403,
        f"Permission 'aiplatform.endpoints.predict' denied on resource '//{SERVICE}/{resource}' "
        "(or it may not exist).",
        code="IAM_PERMISSION_DENIED",
    )


def check_model(publisher: str, name: str, place: Place, setting: Setting) -> str:
    """The id of a model that is served here; raises `RequestError` 404 for any other, and for every
    one in another location."""
    here = place.location is None or setting.region in (None, place.location)
    for known in (name, f"{publisher}/{name}"):
        if here and known in setting.models:
            return known
    resource = place.named(f"publishers/{publisher}/models/{name}")
    raise RequestError(
        404,
        f"Publisher Model `{resource}` was not found or your project does not have access to it. "
        "Please ensure you are using a valid model version. For more information, see: "
        "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions",
    )


def traffic(request: Received, model: str, setting: Setting) -> str:
    """What the request counts as; raises `RequestError` 429 where its own capacity is wanted and
    there is none (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/error-code-429, read
    2026-11-22)."""
    wanted, paid = request.header(REQUEST_TYPE), request.header(SHARED_TYPE)
    if wanted not in (None, "dedicated", "shared") or paid not in (None, *PAID):
        raise RequestError(400, "Request contains an invalid argument.")
    if model in setting.provisioned and wanted != "shared":
        return "PROVISIONED_THROUGHPUT"
    if wanted == "dedicated":
        raise RequestError(429, "Too many requests. Exceeded the Provisioned Throughput.")
    return "ON_DEMAND" if paid is None else PAID[paid]


def google_error(fault: RequestError) -> Reply:
    """A refusal in Google's shape; one about a credential says which is wanted."""
    body: JsonObject = {
        "code": fault.status,
        "message": fault.message,
        "status": STATUSES.get(fault.status, "UNKNOWN"),
    }
    if fault.code is not None and fault.code.isupper():
        info: JsonObject = {
            "@type": f"{TYPE}ErrorInfo",
            "reason": fault.code,
            "domain": DOMAINS.get(fault.code, "googleapis.com"),
            "metadata": {"service": SERVICE},
        }
        body["details"] = [info]
    reply = error_reply(fault.status, {"error": body})
    return with_headers(reply, _challenge(fault))


def _challenge(fault: RequestError) -> Headers:
    if fault.status == 401:
        told = "" if fault.code == "CREDENTIALS_MISSING" else ', error="invalid_token"'
        return (("www-authenticate", REALM + told),)
    if fault.code == "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
        told = f', error="insufficient_scope", scope="{CLOUD_PLATFORM}"'
        return (("www-authenticate", REALM + told),)
    return ()
