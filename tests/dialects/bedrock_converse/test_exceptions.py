"""Errors in streams, read and written."""

import json

import pytest

from detente.canonical.events import Failed
from detente.dialects._framing.aws_events import read_event
from detente.dialects.bedrock_converse.exceptions import (
    exception_framed,
    failed_event,
    failed_of,
    framed_exception,
)
from tests.dialects.bedrock_converse.frames import exception


@pytest.mark.parametrize(
    ("failed", "name"),
    [
        (Failed(code="overloaded_error", message="m", status=529), "internalServerException"),
        (Failed(code="x", message="m", status=503), "serviceUnavailableException"),
        (Failed(code="x", message="m", status=404), "validationException"),
        (Failed(code="throttlingException", message="m", status=500), "throttlingException"),
    ],
)
def test_others_errors_in_bedrocks_words(failed: Failed, name: str) -> None:
    event = read_event(failed_event(failed))
    assert event.headers[":exception-type"] == name
    assert json.loads(event.payload) == {"message": "m"}


@pytest.mark.parametrize("status", [True, 200, 700, "429"])
def test_a_status_that_is_none_is_not_believed(status: object) -> None:
    frame = exception("modelStreamErrorException", {"originalStatusCode": status})
    assert failed_of(read_event(frame)).status == 424


def test_an_error_is_written_as_it_was_read() -> None:
    frame = exception("throttlingException", {"message": "slow", "more": [1]})
    assert framed_exception(exception_framed(read_event(frame)).members) == frame
