"""Amazon's errors by name, in header or body, and by sentence where the name is missing."""

import pytest

from detente.canonical.failure import BLAME, FailureKind
from detente.providers._aws_judging import NAMED, REFUSALS, aws_judge, error_name

PROMPT = "the prompt"


@pytest.mark.parametrize("name", [*REFUSALS, *NAMED])
def test_every_name_has_its_meaning(name: str) -> None:
    for headers, body in (
        ({b"x-amzn-errortype": name.encode() + b":http://x/"}, b'{"message":"the prompt"}'),
        ({}, f'{{"__type":"com.amazon.coral.service#{name}","message":"the prompt"}}'.encode()),
    ):
        failure = aws_judge("Bedrock", 400, headers, body)
        if name in REFUSALS:
            assert failure is not None
            assert (failure.signal, failure.kind) == (REFUSALS[name][0], "capacity")
        elif BLAME[NAMED[name]] == "client":
            assert failure is None
        else:
            assert failure is not None
            assert (failure.signal, failure.kind) == (None, NAMED[name])
            assert PROMPT not in failure.message


@pytest.mark.parametrize(
    ("status", "name", "sentence", "kind"),
    [
        (400, "ValidationException", "The provided model identifier is invalid.", "model_unknown"),
        (400, "", "The provided model identifier is invalid.", "model_unknown"),
        (400, "ValidationException", "Input is too long for requested model.", None),
        (400, "ValidationException", "messages.2: Field required", None),
        (404, "ResourceNotFoundException", "This model version is at its end", "model_unknown"),
        (403, "InvalidSignatureException", "Signature expired: 2026 is now earlier", "clock"),
        (403, "InvalidSignatureException", "Signature not yet current: 2026", "clock"),
        (
            403,
            "InvalidSignatureException",
            "Credential should be scoped to a valid region",
            "region",
        ),
        (403, "InvalidSignatureException", "The request signature we calculated", "credentials"),
        (403, "UnrecognizedClientException", "The security token is invalid", "credentials"),
        (403, "", "", "permission"),
        (400, "ServiceQuotaExceededException", "", "quota"),
        (408, "ModelTimeoutException", "", "timeout"),
        (424, "ModelErrorException", "", "platform"),
        (424, "", "", "platform"),
        (500, "InternalServerException", "", "platform"),
    ],
)
def test_kinds(status: int, name: str, sentence: str, kind: FailureKind | None) -> None:
    body = f'{{"message":"{sentence}"}}'.encode()
    failure = aws_judge("Bedrock", status, {b"x-amzn-errortype": name.encode()}, body)
    assert (None if failure is None else failure.kind) == kind


def test_credentials_name_both_of_their_settings() -> None:
    failure = aws_judge("Bedrock", 403, {b"x-amzn-errortype": b"ExpiredTokenException"}, b"")
    assert failure is not None
    assert "check its `api_key`, access key or `credentials`" in failure.message


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 9000, b"[]", b'{"__type": 3}'])
def test_an_error_without_a_name(body: bytes) -> None:
    assert error_name({}, body) == ""
