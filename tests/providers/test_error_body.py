"""Errors of every shape are read; arbitrary bytes say nothing and raise nothing."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.providers._error_body import (
    BODY_BYTES_MAX,
    OBJECTS_MAX,
    SENTENCE_CHARACTERS_MAX,
    read_error,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("body", "codes", "sentence"),
    [
        (
            b'{"error":{"code":"A","type":"b","details":{"error_code":"c"},"message":"said"}}',
            {"a", "b", "c"},
            "said",
        ),
        (b'{"error":{"code":429,"status":"NOT_FOUND"}}', {"429", "not_found"}, ""),
        (b'[{"error":{"status":"UNAVAILABLE","message":" m "}}]', {"unavailable"}, "m"),
        (b'{"error":{"code":"x","innererror":{"code":"Inner"}}}', {"x", "inner"}, ""),
        (
            b'{"error":{"details":[{"@type":"t","reason":"API_KEY_INVALID"},{"reason":"R2"}]}}',
            {"api_key_invalid", "r2"},
            "",
        ),
        (
            b'{"__type":"com.amazon.coral.service#ValidationException","Message":"m"}',
            {"validationexception"},
            "m",
        ),
        (b'{"object":"error","message":"m","type":"t","code":"1500"}', {"t", "1500"}, "m"),
        (
            b'{"code":"The argument","error":"Incorrect API key"}',
            {"the argument"},
            "Incorrect API key",
        ),
        (b'{"error":"model not found"}', set[str](), "model not found"),
        (b'{"detail":"Not Found"}', set[str](), "Not Found"),
        (b'{"error":{"code":[1],"message":{}}}', set[str](), ""),
        (b'{"error":null}', set[str](), ""),
        (b"{}", set[str](), ""),
    ],
)
def test_codes_and_sentence(body: bytes, codes: set[str], sentence: str) -> None:
    found = read_error(body)
    assert (found.codes, found.sentence, found.is_json) == (codes, sentence, True)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 9000, b"<html>", b"[]", b"1", b'"x"'])
def test_what_is_no_object_says_nothing(body: bytes) -> None:
    found = read_error(body)
    assert (found.codes, found.sentence, found.is_json) == (frozenset(), "", False)


@pytest.mark.parametrize(
    ("delay", "wait_ms"),
    [
        ("34.5s", 34_500),
        ("0s", 0),
        ("soon", None),
        ("-1s", None),
        ("nans", None),
        ("1e99s", None),
        (5, None),
    ],
)
def test_the_wait_of_a_retry_info(delay: object, wait_ms: int | None) -> None:
    body = msgspec.json.encode({"error": {"details": [{}, {"retryDelay": delay}]}})
    assert read_error(body).wait_ms == wait_ms


def test_bounds() -> None:
    assert not read_error(b'{"code":"x","y":"' + b"y" * BODY_BYTES_MAX + b'"}').codes
    long = msgspec.json.encode({"message": "m" * 10_000, "code": "c" * 101})
    assert len(read_error(long).sentence) == SENTENCE_CHARACTERS_MAX
    assert not read_error(long).codes
    details = [{"reason": f"r{place}"} for place in range(1000)]
    assert len(read_error(msgspec.json.encode({"details": details})).codes) < OBJECTS_MAX


def test_a_sentence_is_never_shown() -> None:
    assert "prompt" not in repr(read_error(b'{"error":"a prompt"}'))


@given(st.one_of(st.binary(), JSON.map(msgspec.json.encode)))
def test_anything_can_be_read(body: bytes) -> None:
    found = read_error(body)
    assert found.wait_ms is None or found.wait_ms >= 0
    assert all(code == code.lower() for code in found.codes)
