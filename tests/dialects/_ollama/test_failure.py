"""Failures as Ollama's clients read them."""

import json

from detente.canonical.failure import Failure
from detente.dialects._ollama.failure import error_body, stream_error

FAILURE = Failure(code="rate_limited", message="too many; wait", blame="client", status=429)


def test_a_body() -> None:
    assert json.loads(error_body(FAILURE, request_id="r1", decision_id="d1")) == {
        "error": "too many; wait (decision `d1`)",
        "code": "rate_limited",
        "detente": {"request": "r1", "decision": "d1"},
    }
    assert json.loads(error_body(FAILURE, request_id="r1"))["error"] == "too many; wait"


def test_a_line_without_a_blank_one() -> None:
    line = stream_error(FAILURE, request_id="r1")
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert json.loads(line) == json.loads(error_body(FAILURE, request_id="r1"))
