"""Errors as Oracle's client expects them."""

import json

import pytest

from detente.canonical.failure import ERROR_STATUS, Failure
from detente.dialects.oci_chat.failure import error_body, last_status, stream_error
from detente.dialects.oci_chat.stream_decoding import stream_decoder


def failure_of(status: int) -> Failure:
    return Failure(code="x", message="it failed; do this", blame="ours", status=status)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "InvalidParameter"),
        (401, "NotAuthenticated"),
        (404, "NotAuthorizedOrNotFound"),
        (408, "InvalidParameter"),
        (429, "TooManyRequests"),
        (502, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ],
)
def test_codes(status: int, code: str) -> None:
    told = json.loads(error_body(failure_of(status), request_id="r1"))
    assert (told["code"], told["message"]) == (code, "it failed; do this")
    assert told["detente"] == {"code": "x", "request": "r1", "decision": None}


def test_the_decision_ends_the_sentence() -> None:
    told = json.loads(error_body(failure_of(403), request_id="r1", decision_id="d1"))
    assert told["message"] == "it failed; do this (decision `d1`)"


def test_an_error_in_a_stream_is_read_as_one() -> None:
    decoder = stream_decoder()
    begun = b'data: {"index":0,"message":{"content":[{"type":"TEXT","text":"a"}]}}\n\ndata: {"ind'
    events = decoder.feed(begun[: begun.rindex(b"data")])
    events += decoder.feed(stream_error(failure_of(502), request_id="r1"))
    assert type(events[-1]).__name__ == "Failed"
    assert decoder.close() == []


def test_no_status_that_the_client_tries_again() -> None:
    for status in ERROR_STATUS.values():
        told = last_status(status)
        assert told < 500
        assert told != 429
        assert told == (424 if status == 429 or status >= 500 else status)
