"""Requests as values, and the framing of events."""

from collections.abc import Callable

import msgspec
import pytest

from detente.simulator.dialects import (
    cohere_wire,
    converse_request,
    generate_request,
    google_embeddings,
    oci_wire,
    ollama_request,
)
from detente.simulator.exchange import (
    Received,
    Reply,
    RequestError,
    decode_body,
    named_event,
    unnamed_event,
    with_headers,
)


def test_a_target_has_a_path_and_a_query() -> None:
    received = Received(
        method="GET", target="/a%2Fb?x=1&x=2&y=", headers=(("a", "1"), ("a", "2")), body=b""
    )
    assert (received.path, received.query, received.header("a")) == ("/a%2Fb", {"x": "1"}, "1")
    assert received.header("b") is None


@pytest.mark.parametrize("body", [b"", b"{", b'"text"', b"\xff", b"[" * 100_000])
def test_a_body_that_does_not_fit_is_a_400(body: bytes) -> None:
    with pytest.raises(RequestError) as found:
        decode_body(body, dict[str, int])
    assert found.value.status == 400


READERS: tuple[Callable[[bytes], object], ...] = (
    lambda body: decode_body(body, dict[str, int]),
    cohere_wire.read_body,
    converse_request.read_body,
    lambda body: generate_request.read_body(body, dict[str, msgspec.Raw]),
    lambda body: google_embeddings.predict(body, "m"),
    oci_wire.envelope_of,
    lambda body: ollama_request.read_as(body, dict[str, msgspec.Raw]),
)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("body", [b'{"\xff":1}', b'{"model":"\xff"}', b'{"x":["\xff"]}'])
def test_no_platform_reads_what_is_not_utf8(read: Callable[[bytes], object], body: bytes) -> None:
    with pytest.raises(RequestError) as found:
        read(body)
    assert found.value.status == 400


def test_events_and_headers() -> None:
    assert unnamed_event({"a": 1}) == b'data: {"a":1}\n\n'
    assert named_event("e", {}) == b"event: e\ndata: {}\n\n"
    assert with_headers(Reply(headers=(("b", ""),)), (("a", ""),)).headers == (("a", ""), ("b", ""))
