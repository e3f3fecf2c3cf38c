"""Large base64 is lifted and laid back without a byte's difference, and copied once."""

import base64
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.dialects._translation.blobs import (
    BLOBS_MAX,
    LIFTED_BYTES_MIN,
    NO_BLOBS,
    laid_back,
    lifted,
    text_laid_back,
)

BLOB = base64.b64encode(bytes(range(256)) * 80).decode()


def test_small_bodies_are_left_alone() -> None:
    body = b'{"data":"' + b"QUJD" * 10 + b'"}'
    assert lifted(body) == (body, NO_BLOBS)
    assert laid_back(body, NO_BLOBS) is body


@pytest.mark.parametrize("form", ["{}", "data:image/png;base64,{}"])
def test_a_blob_is_lifted_and_laid_back(form: str) -> None:
    body = json.dumps({"a": form.format(BLOB), "b": "text", "c": form.format(BLOB[::-1][2:])})
    small, blobs = lifted(body.encode())
    assert len(small) < 300
    assert len(blobs.strings) == 2
    assert json.loads(laid_back(small, blobs)) == json.loads(body)


def test_the_beginning_stays_where_it_is_read() -> None:
    small, _ = lifted(json.dumps({"images": ["iVBORw0KGgo" + BLOB]}).encode())
    assert small.startswith(b'{"images": ["iVBORw0KGgo')


def test_state_under_a_tag_is_read_and_stays() -> None:
    body = json.dumps({"thoughtSignature": "ZHQx" + BLOB}).encode()
    assert lifted(body)[0] is body


def test_text_is_no_blob() -> None:
    body = json.dumps({"a": "word " * LIFTED_BYTES_MIN, "b": "x/" * LIFTED_BYTES_MIN + "?"})
    assert lifted(body.encode()) == (body.encode(), NO_BLOBS)


def test_a_document_of_text_is_left_to_who_reads_it() -> None:
    body = json.dumps({"url": f"data:text/plain;base64,{BLOB}"}).encode()
    assert lifted(body) == (body, NO_BLOBS)


def test_the_url_safe_alphabet_becomes_the_standard_one() -> None:
    blob = base64.urlsafe_b64encode(b"\xfb\xff\xfe" * LIFTED_BYTES_MIN).decode()
    for content in ({"mimeType": "image/png", "data": blob}, {"data": blob, "mime_type": "a/b"}):
        small, blobs = lifted(json.dumps({"inlineData": content}).encode())
        there = json.loads(laid_back(small, blobs))["inlineData"]["data"]
        assert base64.b64decode(there, validate=True) == base64.urlsafe_b64decode(blob)


@pytest.mark.parametrize("key", ["encrypted_content", "signature", "data", "thoughtSignature"])
def test_a_secret_in_the_url_safe_alphabet_stays_as_it_is(key: str) -> None:
    secret = base64.urlsafe_b64encode(b"\xfb\xff\xfe" * LIFTED_BYTES_MIN).decode()
    body = json.dumps({"type": "redacted_thinking", key: secret}).encode()
    assert laid_back(*lifted(body)) == body


def test_a_body_that_writes_about_markers_is_left_alone() -> None:
    body = json.dumps({"data": BLOB, "text": "DETENTEBLOB0X"}).encode()
    assert lifted(body) == (body, NO_BLOBS)


def test_a_marker_of_nobody_stays_text() -> None:
    _, blobs = lifted(json.dumps({"data": BLOB}).encode())
    beyond = b'"DETENTEBLOB7X%b"' % blobs.seal
    assert laid_back(beyond, blobs) == beyond


def test_a_marker_that_somebody_forges_stays_text() -> None:
    other, _ = lifted(json.dumps({"data": BLOB, "text": "hi"}).encode())
    _, blobs = lifted(json.dumps({"data": BLOB, "text": "ho"}).encode())
    assert laid_back(other, blobs) == other
    assert laid_back(b'"DETENTEBLOB0X"', blobs) == b'"DETENTEBLOB0X"'


def test_an_escaped_marker_is_not_laid_down_as_megabytes() -> None:
    written = json.dumps({"data": BLOB, "text": "#" * 100})
    body = written.replace("#", "DETENTE\\u0042LOB0X").encode()
    small, blobs = lifted(body)
    told = json.dumps(json.loads(small)).encode()  # as a codec would read and write it
    assert len(blobs.strings) == 1
    assert len(laid_back(told, blobs)) < len(body)


def test_a_marker_in_a_text_is_the_whole_text_again() -> None:
    small, blobs = lifted(json.dumps({"data": BLOB}).encode())
    assert text_laid_back(json.loads(small)["data"], blobs) == BLOB
    assert text_laid_back("a text \ud800", blobs) == "a text \ud800"
    assert text_laid_back("DETENTEBLOB0X", NO_BLOBS) == "DETENTEBLOB0X"


def test_more_blobs_than_the_bound_stay() -> None:
    body = json.dumps(["A" * LIFTED_BYTES_MIN] * (BLOBS_MAX + 1)).encode()
    small, blobs = lifted(body)
    assert len(blobs.strings) == BLOBS_MAX
    assert laid_back(small, blobs) == body


@given(st.lists(st.text(max_size=20)), st.integers(0, 3))
def test_laying_back_is_the_inverse(texts: list[str], count: int) -> None:
    body = json.dumps({"texts": texts, "blobs": [BLOB] * count}).encode()
    small, blobs = lifted(body)
    assert laid_back(small, blobs) == body


def test_a_megabyte_is_copied_once() -> None:
    body = b'{"data":"' + b"QUJD" * 262_144 + b'"}'
    tracemalloc.start()
    small, blobs = lifted(body)
    out = laid_back(small, blobs)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert out == body
    assert peak < 1.1 * len(body)
