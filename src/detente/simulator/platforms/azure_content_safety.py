"""Azure AI Content Safety: `text:analyze` and `text:shieldPrompt` of a resource, by `harms`.

One key, in a header of its own, or a token of Entra for Azure's services. Blocklists are not kept
here: every one that is asked about has the word `abracadabra`.

>>> serves(Received(method="POST", target="/contentsafety/x", headers=(), body=b""), SETTING)
True
"""

import re
from collections.abc import Callable
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from detente.simulator.exchange import (
    Headers,
    JsonObject,
    Received,
    Reply,
    RequestError,
    Setting,
    decode_body,
    error_reply,
    json_reply,
    with_headers,
)
from detente.simulator.harms import harms_in, is_attack
from detente.simulator.identity import bearer_problem
from detente.simulator.platforms.openai import bearer, below

ROOT: Final = "/contentsafety"
VERSIONS: Final = ("2023-10-01", "2024-09-01")
"""Of both operations beyond preview; shields are of the second."""
AUDIENCE: Final = "https://cognitiveservices.azure.com"
TEXT_CHARACTERS_MAX: Final = 10_000
DOCUMENTS_MAX: Final = 5
LISTED: Final = re.compile(r"\babracadabra\b", re.IGNORECASE)
HIGH: Final = 6

Category = Literal["Hate", "SelfHarm", "Sexual", "Violence"]
HARMS: Final[dict[Category, str]] = {
    "Hate": "hate",
    "SelfHarm": "self_harm",
    "Sexual": "sexual",
    "Violence": "violence",
}


class Analyze(msgspec.Struct, frozen=True, rename="camel"):
    """What `text:analyze` is asked."""

    text: Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)]
    categories: list[Category] | None = None
    blocklist_names: list[str] | None = None
    halt_on_blocklist_hit: bool | None = None
    output_type: Literal["FourSeverityLevels", "EightSeverityLevels"] = "FourSeverityLevels"


class Shield(msgspec.Struct, frozen=True, rename="camel"):
    """What `text:shieldPrompt` is asked."""

    user_prompt: Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)] | None = None
    documents: Annotated[list[str], Meta(max_length=DOCUMENTS_MAX)] | None = None


def serves(request: Received, setting: Setting) -> bool:
    """Whether a request is for this service and not for a model."""
    return below(setting.base_path, request.path).startswith(ROOT + "/")


def answer(request: Received, setting: Setting) -> Reply:
    """The answer of either operation, or the service's own error."""
    try:
        _authorize(request, setting)
        found = _operate(request, below(setting.base_path, request.path).removeprefix(ROOT))
    except RequestError as fault:
        code = fault.code if fault.status in (401, 404) else "InvalidRequestBody"
        said: JsonObject = {"code": code or str(fault.status), "message": fault.message}
        found = error_reply(fault.status, {"error": said})
    return with_headers(found, _headers(setting))


def _operate(request: Received, operation: str) -> Reply:
    operations: dict[str, Callable[[bytes], Reply]] = {
        "/text:analyze": _analyzed,
        "/text:shieldPrompt": _shielded,
    }
    version = request.query.get("api-version")
    known = version in (VERSIONS if operation == "/text:analyze" else VERSIONS[1:])
    if request.method != "POST" or operation not in operations or not known:
        raise RequestError(404, "Resource not found", code="404")
    return operations[operation](request.body)


def _analyzed(body: bytes) -> Reply:
    read = decode_body(body, Analyze)
    harms = harms_in(read.text)
    analyzed = [
        {"category": category, "severity": HIGH if HARMS[category] in harms else 0}
        for category in read.categories or HARMS
    ]
    matches = [
        {"blocklistName": name, "blocklistItemId": "1", "blocklistItemText": "abracadabra"}
        for name in read.blocklist_names or ()
        if LISTED.search(read.text)
    ]
    return json_reply({"blocklistsMatch": matches, "categoriesAnalysis": analyzed})


def _shielded(body: bytes) -> Reply:
    read = decode_body(body, Shield)
    value: JsonObject = {
        "userPromptAnalysis": {"attackDetected": is_attack(read.user_prompt or "")},
        "documentsAnalysis": [{"attackDetected": is_attack(one)} for one in read.documents or ()],
    }
    return json_reply(value)


def _authorize(request: Received, setting: Setting) -> None:
    """Raises `RequestError` 401 unless the key is right, or a token of Entra is for Azure."""
    given = request.header("ocp-apim-subscription-key")
    if setting.api_key is None and not setting.issued_tokens:
        return
    if given is not None and given == setting.api_key:
        return
    token = bearer(request)
    if setting.issued_tokens and given is None and bearer_problem(token, setting, AUDIENCE) is None:
        return
    raise RequestError(
        401,
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide "
        "a valid key for an active subscription and use a correct regional API endpoint for your "
        "resource.",
        code="401",
    )


def _headers(setting: Setting) -> Headers:
    return (("apim-request-id", setting.request_id), ("x-ms-region", "East US 2"))
