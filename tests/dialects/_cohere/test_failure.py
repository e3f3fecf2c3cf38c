"""Failures as Cohere's clients read them."""

import json

import pytest

from detente.canonical.failure import Failure
from detente.dialects._cohere.failure import error_body, last_status, stream_error

FAILURE = Failure(code="rate_limited", message="too many; wait", blame="client", status=429)
IDS = {"request": "r1", "decision": "d1"}


def test_a_body() -> None:
    assert json.loads(error_body(FAILURE, request_id="r1", decision_id="d1")) == {
        "message": "too many; wait (decision `d1`)",
        "id": "r1",
        "code": "rate_limited",
        "detente": IDS,
    }
    assert json.loads(error_body(FAILURE, request_id="r1"))["message"] == "too many; wait"


def test_the_end_of_a_stream() -> None:
    told = stream_error(FAILURE, request_id="r1", decision_id="d1")
    head, _, data = told.strip().partition(b"\n")
    assert head == b"event: message-end"
    assert told.startswith(b"\n\n")
    assert told.endswith(b"\n\n")
    assert json.loads(data.removeprefix(b"data: ")) == {
        "type": "message-end",
        "id": "r1",
        "delta": {"error": "too many; wait (decision `d1`)", "finish_reason": "ERROR"},
        "detente": IDS,
    }


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, 400),
        (404, 404),
        (408, 424),
        (409, 424),
        (424, 424),
        (429, 424),
        (500, 424),
        (599, 424),
    ],
)
def test_a_status_on_which_the_client_does_not_try_again(status: int, told: int) -> None:
    assert last_status(status) == told
