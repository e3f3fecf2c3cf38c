"""Errors whose own words name a better cure than their kind does."""

import json

import pytest

from detente.canonical.failure import FailureKind
from detente.providers import kinds
from detente.providers._error_body import ErrorWords
from detente.providers._error_cures import cure_of

KINDS = {kind.name: kind for kind in kinds()}


def google(reason: str) -> dict[str, object]:
    """Google's error of a reason."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    status = "UNAUTHENTICATED" if reason == "ACCESS_TOKEN_EXPIRED" else "PERMISSION_DENIED"
    return {"error": {"code": 403, "message": "no", "status": status, "details": [info]}}


@pytest.mark.parametrize(
    ("provider", "status", "body", "kind", "words"),
    [
        ("vertex", 403, google("SERVICE_DISABLED"), "permission", "enable its API there"),
        ("gemini", 403, google("API_KEY_SERVICE_BLOCKED"), "permission", "is restricted to"),
        (
            "vertex",
            403,
            google("ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
            "permission",
            "the scope `https://www.googleapis.com/auth/cloud-platform`",
        ),
        ("vertex", 401, google("ACCESS_TOKEN_EXPIRED"), "credentials", "token expired; check its"),
        ("gemini", 400, google("API_KEY_EXPIRED"), "credentials", "key expired; check its"),
        (
            "bedrock",
            403,
            {"__type": "ExpiredTokenException", "message": "The security token is expired"},
            "credentials",
            "token expired; check its `api_key`, access key or `credentials`",
        ),
        (
            "bedrock",
            400,
            {
                "message": "Invocation of model ID m with on-demand throughput isn't supported. "
                "Retry your request with the ID or ARN of an inference profile"
            },
            "model_unknown",
            "inference profiles only; write one as its `id`",
        ),
        (
            "azure",
            401,
            {"error": {"code": "PermissionDenied", "message": "The principal lacks the action"}},
            "permission",
            "give it the role `Cognitive Services User`",
        ),
        (
            "azure",
            401,
            {
                "statusCode": 401,
                "message": "Unauthorized. Access token is missing, invalid, audience is incorrect "
                "(https://cognitiveservices.azure.com), or have expired.",
            },
            "credentials",
            "or its audience; check its `api_key` or `credentials`",
        ),
    ],
)
def test_the_sentence_names_the_cure(
    provider: str, status: int, body: dict[str, object], kind: FailureKind, words: str
) -> None:
    failure = KINDS[provider].judge(status, {}, json.dumps(body).encode())
    assert failure is not None
    assert failure.kind == kind
    assert words in failure.message


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("permission", ErrorWords()),
        ("permission", ErrorWords(codes=frozenset({"permission_denied"}))),
        ("funds", ErrorWords(codes=frozenset({"service_disabled"}))),
        ("permission", ErrorWords(sentence="Invocation of model ID m with on-demand throughput")),
        ("model_unknown", ErrorWords(sentence="The invocation of model ID m failed")),
    ],
)
def test_others_have_the_sentence_of_their_kind(kind: FailureKind, error: ErrorWords) -> None:
    assert cure_of(kind, error, "its `api_key`") is None
