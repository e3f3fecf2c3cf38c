"""What the official client makes of the gateway's errors."""

import pytest

from detente.canonical.failure import ERROR_STATUS, Failure
from detente.dialects._bedrock.failure import (
    error_body,
    error_lines,
    error_type,
    last_status,
    stream_error,
)
from tests.dialects.bedrock_converse.boto import EXCEPTIONS, converse, converse_stream

RAISED = {
    400: "ValidationException",
    401: "AccessDeniedException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    413: "ValidationException",
    422: "ValidationException",
    429: "ThrottlingException",
    500: "InternalServerException",
    502: "InternalServerException",
    503: "ServiceUnavailableException",
    504: "ModelTimeoutException",
}


def failure_of(status: int, **members: int) -> Failure:
    code = next(code for code, told in ERROR_STATUS.items() if told == status)
    return Failure(
        code=code,
        message='`x` with "quotes" and a ünicode name; do this',
        blame="ours",
        status=status,
        **members,  # pyright: ignore[reportArgumentType] -- a time
    )


@pytest.mark.parametrize(("status", "name"), RAISED.items())
def test_errors_have_the_name_that_fits(status: int, name: str) -> None:
    failure = failure_of(status)
    body = error_body(failure, request_id="req-1", decision_id="d-1")
    lines = error_lines(failure).decode().split("\r\n")
    headers = dict(line.split(": ") for line in lines if line)
    for told in (headers, {}):  # the header says it, and the body where a proxy took the header
        with pytest.raises(EXCEPTIONS.ClientError) as caught:
            converse(body, status=status, headers=told)
        error = caught.value.response["Error"]
        assert error == {"Code": name, "Message": f"{failure.message} (decision `d-1`)"}


@pytest.mark.parametrize("status", [400, 404, 429, 500, 502, 503, 504])
def test_errors_inside_a_stream_are_raised(status: int) -> None:
    failure = failure_of(status)
    with pytest.raises(EXCEPTIONS.EventStreamError, match="do this"):
        converse_stream(stream_error(failure, request_id="req-1"))


def test_the_stable_code_and_the_ids_are_told() -> None:
    body = error_body(failure_of(429), request_id="req-1", decision_id="d-1")
    assert b'"detente":{"code":"budget_exhausted","request":"req-1","decision":"d-1"}' in body


def test_a_time_to_wait_is_told_as_the_client_reads_it() -> None:
    lines = error_lines(failure_of(429, retry_after_ms=1500))
    assert lines == b"x-amzn-errortype: ThrottlingException\r\nx-amz-retry-after: 1500\r\n"


def test_other_statuses() -> None:
    assert error_type(418) == "ValidationException"
    assert error_type(599) == "InternalServerException"


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, 400),
        (403, 403),
        (408, 408),
        (424, 424),
        (429, 424),
        (500, 424),
        (502, 424),
        (504, 424),
    ],
)
def test_a_status_on_which_the_client_does_not_try_again(status: int, told: int) -> None:
    assert last_status(status) == told
    assert last_status(status) in (400, 403, 408, 424)
