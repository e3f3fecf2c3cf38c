"""Errors as Google's clients expect them."""

import json

import pytest
from google.genai import errors

from detente.canonical.failure import ERROR_STATUS, Failure
from detente.dialects._google.failure import error_body, status_name, stream_error
from tests.dialects.gemini_generate.sdk import client_of


def failure(code: str, *, retry_after_ms: int | None = None) -> Failure:
    return Failure(
        code=code,
        message="no, because; do this",
        blame="client",
        status=ERROR_STATUS[code],
        retry_after_ms=retry_after_ms,
    )


@pytest.mark.parametrize(
    ("code", "status", "name"),
    [
        ("request_invalid", 400, "INVALID_ARGUMENT"),
        ("key_invalid", 401, "UNAUTHENTICATED"),
        ("agreement_denied", 403, "PERMISSION_DENIED"),
        ("model_unknown", 404, "NOT_FOUND"),
        ("loss_refused", 422, "INVALID_ARGUMENT"),
        ("rate_limited", 429, "RESOURCE_EXHAUSTED"),
        ("internal_error", 500, "INTERNAL"),
        ("no_deployment", 503, "UNAVAILABLE"),
        ("deadline_exceeded", 504, "DEADLINE_EXCEEDED"),
    ],
)
def test_the_official_client_reads_code_status_and_reason(
    code: str, status: int, name: str
) -> None:
    body = error_body(failure(code), request_id="req_1", decision_id="dec_1")
    client, _ = client_of(body, status=status)
    with pytest.raises(errors.APIError) as fault:
        client.models.generate_content(model="m", contents="hi")  # pyright: ignore[reportUnknownMemberType] -- its images have no types
    assert (fault.value.code, fault.value.status) == (status, name)
    assert fault.value.message == "no, because; do this"
    (info,) = json.loads(body)["error"]["details"]
    assert info == {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": code,
        "domain": "detente",
        "metadata": {"request": "req_1", "decision": "dec_1"},
    }


def test_how_long_to_wait_stands_beside_it() -> None:
    told = failure("rate_limited", retry_after_ms=1500)
    details = json.loads(error_body(told, request_id="r"))["error"]["details"]
    assert details[0]["metadata"] == {"request": "r"}
    assert details[1] == {
        "@type": "type.googleapis.com/google.rpc.RetryInfo",
        "retryDelay": "1.500s",
    }


def test_a_stream_ends_with_an_error_that_raises() -> None:
    told = stream_error(failure("upstream_failed"), request_id="r")
    assert told.startswith(b'\n\ndata: {"error":{"code":502,')
    client, _ = client_of(b'data: {"candidates":[]}' + told)
    with pytest.raises(errors.ServerError):
        list(client.models.generate_content_stream(model="m", contents="hi"))  # pyright: ignore[reportUnknownMemberType] -- its images have no types


def test_statuses_without_a_word_of_their_own() -> None:
    assert status_name(418) == "INVALID_ARGUMENT"
    assert status_name(599) == "INTERNAL"
