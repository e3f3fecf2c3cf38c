"""Google Cloud's Vertex AI: Gemini, Claude by rawPredict, OpenAI's Responses, chat for the rest.

Who may ask, and where, is in `vertex_admission`. Errors are Google's, but within rawPredict
Anthropic's and within Responses OpenAI's, as the publisher tells them.

>>> PLATFORM.base_path
''
"""

import re
from typing import Final
from urllib.parse import unquote

import msgspec

from detente.simulator.dialects import (
    generate,
    generate_request,
    google_embeddings,
    messages,
    messages_request,
)
from detente.simulator.exchange import (
    Answer,
    JsonObject,
    Platform,
    Received,
    Refused,
    Reply,
    RequestError,
    Setting,
    decode_body,
    error_reply,
    json_reply,
    with_headers,
)
from detente.simulator.platforms import openai
from detente.simulator.platforms.anthropic import STATUS_KINDS
from detente.simulator.platforms.gemini import VertexCountBody
from detente.simulator.platforms.vertex_admission import (
    Place,
    admit,
    check_model,
    google_error,
    place_of,
    traffic,
)

SIGNED: Final = "vertex"
"""In whose name Claude's thoughts are signed here."""
VERSIONS: Final = {
    "vertex-2023-10-16": messages_request.VERSIONS[0],
    messages_request.VERSIONS[1]: messages_request.VERSIONS[1],
}
"""What `anthropic_version` may be (`lib/vertex/_client.py` of anthropic 1.17 and 2.12.0)."""
COUNTED: Final = "count-tokens"
CHAT: Final = "endpoints/openapi/chat/completions"
RESPONSES: Final = "publishers/openai/v1/responses"

_MODEL: Final = re.compile(r"publishers/([^/]+)/models/([^/:]+):([A-Za-z]+)")
_LISTED: Final = re.compile(r"publishers/([^/]+)/models(?:/([^/:]+))?")


class RawBody(msgspec.Struct, frozen=True):
    """What rawPredict reads of Claude's body before Claude does."""

    anthropic_version: str | None = None
    model: str | None = None
    stream: bool | None = None


class ChatBody(msgspec.Struct, frozen=True):
    """Which model is asked."""

    model: str = ""


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that Vertex AI serves, or its own error."""
    try:
        place = place_of(request.path.removeprefix(setting.base_path))
        admit(request, place, setting)
        found = _route(request, place, setting)
    except RequestError as fault:
        found = google_error(fault)
    return with_headers(found, (("vary", "Origin"), ("server", "scaffolding on HTTPServer2")))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """429 without a time to come again: the pool is shared, and nobody knows
    (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/error-code-429, read 2026-11-22)."""
    del refused, setting
    said = (
        "Resource exhausted. Please try again later. Please refer to "
        "https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details."
    )
    return google_error(RequestError(429, said))


def failure(status: int, setting: Setting) -> Reply:  # noqa: ARG001 - Google names no request
    """Google's body for `status`."""
    return google_error(RequestError(status, f"The server answered {status}: it was told to."))


def _route(request: Received, place: Place, setting: Setting) -> Answer:
    if request.method == "GET":
        return _listing(place, setting)
    if place.rest == CHAT and place.project is not None:
        return _chat(request, place, setting)
    if place.rest == RESPONSES and place.project is not None:
        return _responses(request, place, setting)
    found = _MODEL.fullmatch(place.rest)
    if found is None or request.method != "POST":
        raise RequestError(404, "Requested entity was not found.")
    publisher, name, operation = found[1], unquote(found[2]), found[3]
    if operation in ("rawPredict", "streamRawPredict") and place.project is not None:
        streamed = operation == "streamRawPredict"
        if name == COUNTED and not streamed:
            return _counted(request, place, setting)
        check_model(publisher, name, place, setting)
        traffic(request, name, setting)
        return _messages(request, name, setting, streamed=streamed)
    model = check_model(publisher, name, place, setting)
    return _generated(request, model, operation, setting)


def _generated(request: Received, model: str, operation: str, setting: Setting) -> Answer:
    """What Google's own operations answer; raises `RequestError`."""
    counts_as = traffic(request, model, setting)
    match operation:
        case "generateContent" | "streamGenerateContent":
            parsed = generate_request.parse(request.body, model)
            parsed = msgspec.structs.replace(parsed, traffic=counts_as)
            streamed = operation == "streamGenerateContent"
            array = streamed and request.query.get("alt") != "sse"
            return generate.answer(parsed, setting, streamed=streamed, array=array)
        case "countTokens":
            return generate.count(generate_request.parse(_to_count(request.body), model))
        case "embedContent":
            return google_embeddings.embed_published(request.body, model)
        case "batchEmbedContents":
            return google_embeddings.embed_published_batch(request.body, model)
        case "predict":
            return google_embeddings.predict(request.body, model)
        case _:
            raise RequestError(404, "Requested entity was not found.")


def _to_count(body: bytes) -> bytes:
    """The request whose tokens are to be counted; raises `RequestError`."""
    read = generate_request.read_body(body, VertexCountBody)
    given = {
        "contents": read.contents,
        "systemInstruction": read.system_instruction,
        "tools": read.tools,
        "generationConfig": read.generation_config,
    }
    return msgspec.json.encode({key: value for key, value in given.items() if value is not None})


def _messages(request: Received, model: str, setting: Setting, *, streamed: bool) -> Answer:
    try:
        raw = decode_body(request.body, RawBody)
        version = _version(raw)
        if raw.model is not None:
            raise RequestError(400, "model: Extra inputs are not permitted")
        if bool(raw.stream) is not streamed:
            operation = "streamRawPredict" if raw.stream else "rawPredict"
            raise RequestError(400, f"stream: Input should be sent to {operation}")
        parsed = messages_request.parse(request.body, version, model=model, platform=SIGNED)
        return messages.answer(parsed, setting)
    except RequestError as fault:
        return _publishers_error(fault, setting)


def _counted(request: Received, place: Place, setting: Setting) -> Answer:
    """What counting answers: the body names the model, the path does not."""
    raw = decode_body(request.body, RawBody)
    if raw.model is None:
        return _publishers_error(RequestError(400, "model: Field required"), setting)
    check_model("anthropic", raw.model, place, setting)
    try:
        version = _version(raw)
        messages_request.check_counted(request.body)
        parsed = messages_request.parse(request.body, version, counting=True, platform=SIGNED)
        return messages.count(parsed)
    except RequestError as fault:
        return _publishers_error(fault, setting)


def _version(raw: RawBody) -> str:
    if raw.anthropic_version is None:
        raise RequestError(400, "anthropic_version: Field required")
    version = VERSIONS.get(raw.anthropic_version)
    if version is None:
        raise RequestError(400, f"anthropic_version: {raw.anthropic_version} is not supported")
    return version


def _publishers_error(fault: RequestError, setting: Setting) -> Reply:
    """Anthropic's own error, which passes as it is."""
    kind = STATUS_KINDS.get(fault.status, "api_error")
    body: JsonObject = {"type": kind, "message": fault.message}
    identity = f"req_vrtx_{setting.request_id}"
    return error_reply(fault.status, {"type": "error", "error": body, "request_id": identity})


def _responses(request: Received, place: Place, setting: Setting) -> Answer:
    model = decode_body(request.body, ChatBody).model
    check_model("openai", model, place, setting)
    traffic(request, model, setting)
    try:
        found = openai.operate("POST", "/responses", request.body, setting)
    except RequestError as fault:
        return openai.error(fault.status, fault.message, fault.kind, fault.code, fault.param)
    assert found is not None
    return found


def _chat(request: Received, place: Place, setting: Setting) -> Answer:
    """Chat for every model whose id names its publisher; its errors come in a list."""
    try:
        model = decode_body(request.body, ChatBody).model
        publisher, slash, name = model.partition("/")
        if not slash:
            raise RequestError(400, "Request contains an invalid argument.")
        known = check_model(publisher, name, place, setting)
        traffic(request, known, setting)
        served = msgspec.structs.replace(setting, models=(model,))
        found = openai.operate("POST", "/chat/completions", request.body, served)
        assert found is not None
        return found
    except RequestError as fault:
        reply = google_error(fault)
        return msgspec.structs.replace(reply, body=b"[%b]" % reply.body)


def _listing(place: Place, setting: Setting) -> Answer:
    found = _LISTED.fullmatch(place.rest)
    if found is None:
        raise RequestError(404, "Requested entity was not found.")
    if found[2] is not None:
        return json_reply(_entry(found[1], check_model(found[1], found[2], place, setting)))
    return json_reply({"publisherModels": [_entry(found[1], model) for model in setting.models]})


def _entry(publisher: str, model: str) -> JsonObject:
    return {
        "name": f"publishers/{publisher}/models/{model.rpartition('/')[2]}",
        "versionId": "default",
        "openSourceCategory": "PROPRIETARY",
        "launchStage": "GA",
    }


PLATFORM: Final = Platform(
    kind="vertex", base_path="", answer=answer, refusal=refusal, failure=failure
)
