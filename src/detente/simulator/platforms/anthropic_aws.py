"""Claude Platform on AWS: Anthropic's API, which AWS lets in.

A request carries the key as a bearer, or is signed for the service `aws-external-anthropic` under
any access key id, with the simulator's key as the secret one, or under temporary keys where those
are issued. It always names a workspace.

>>> PLATFORM.base_path
''
"""

from typing import Final

from detente.providers import SignatureFault, read_claim, verify
from detente.simulator.exchange import (
    Answer,
    Headers,
    JsonObject,
    Platform,
    Received,
    Refused,
    Reply,
    RequestError,
    Setting,
    error_reply,
    with_headers,
)
from detente.simulator.identity import aws_secrets, session_problem
from detente.simulator.platforms import anthropic
from detente.simulator.platforms.aws_admission import EXPIRED, SIGNATURE_FAULTS
from detente.simulator.platforms.openai import bearer

SERVICE: Final = b"aws-external-anthropic"
WORKSPACE: Final = "anthropic-workspace-id"


class _NotLetIn(RequestError):
    """What AWS refuses before Anthropic sees it; `code` is Amazon's name of it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(403, message, code=name)


def answer(request: Received, setting: Setting) -> Answer:
    """Everything that is served, or the error of whoever refuses."""
    try:
        _authorize(request, setting)
        if not request.header(WORKSPACE):
            raise RequestError(400, f"{WORKSPACE}: header is required")
        path = request.path.removeprefix(setting.base_path)
        found = anthropic.operate(request, path, setting)
    except _NotLetIn as fault:
        return _refused(fault.code or "", fault.message, setting)
    except RequestError as fault:
        found = anthropic.error(fault, setting)
    return with_headers(found, anthropic.limits(setting))


def refusal(refused: Refused, setting: Setting) -> Reply:
    """Anthropic's."""
    return anthropic.refusal(refused, setting)


def failure(status: int, setting: Setting) -> Reply:
    """Anthropic's body for `status`."""
    return anthropic.failure(status, setting)


def _authorize(request: Received, setting: Setting) -> None:
    """Raises `RequestError` 401 for a wrong key, `_NotLetIn` for a wrong signature."""
    if setting.api_key is None and not setting.issued_tokens:
        return
    token = bearer(request)
    if token is not None:
        if token != setting.api_key:
            raise RequestError(401, "Invalid bearer token")
        return
    headers = {key.encode("latin-1"): value.encode("latin-1") for key, value in request.headers}
    session_token = request.header("x-amz-security-token")
    try:
        if read_claim(headers).service != SERVICE:
            said = f"Credential should be scoped to correct service: '{SERVICE.decode()}'."
            raise _NotLetIn("InvalidSignatureException", said)
        verify(
            request.method.encode("latin-1"),
            request.target.encode("latin-1"),
            headers,
            request.body,
            secret_of=aws_secrets(session_token, setting),
            now=setting.at,
        )
    except SignatureFault as fault:
        raise _NotLetIn(*SIGNATURE_FAULTS[fault.reason]) from None
    if session_problem(session_token, setting) is not None:
        raise _NotLetIn(*EXPIRED)


def _refused(name: str, message: str, setting: Setting) -> Reply:
    """An error of AWS."""
    body: JsonObject = {"message": message}
    headers: Headers = (
        ("x-amzn-errortype", name),
        ("x-amzn-requestid", setting.request_id),
    )
    return with_headers(error_reply(403, body), headers)


PLATFORM: Final = Platform(
    kind="anthropic_aws", base_path="", answer=answer, refusal=refusal, failure=failure
)
