"""HTTP messages as they are held and written."""

import pytest

from detente.canonical.failure import ERROR_STATUS
from detente.gateway.attempts import Attempts
from detente.gateway.http.message import (
    REASONS,
    Request,
    Response,
    chunk,
    message_head,
    own_lines,
    status_line,
    without_retry,
)


def request(headers: dict[bytes, bytes]) -> Request:
    return Request(b"POST", b"/", headers, b"", keep_alive=True, chunked=True, received_at=0.0)


def test_only_what_may_travel_travels() -> None:
    head = message_head(
        b"POST /v1/x HTTP/1.1\r\n",
        frozenset((b"accept", b"user-agent")),
        request({b"accept": b"*/*", b"cookie": b"c", b"x-api-key": b"k", b"user-agent": b"u"}),
        17,
    )
    assert head == (
        b"POST /v1/x HTTP/1.1\r\naccept: */*\r\nuser-agent: u\r\ncontent-length: 17\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("status", "headers", "until_close"),
    [
        (200, [], True),
        (200, [(b"Content-Length", b"3")], False),
        (200, [(b"transfer-encoding", b"chunked")], False),
        (204, [], False),
        (304, [], False),
    ],
)
def test_what_ends_an_answer(
    status: int, headers: list[tuple[bytes, bytes]], until_close: bool
) -> None:
    assert Response(status, headers).until_close is until_close


def test_an_answers_headers() -> None:
    response = Response(
        200,
        [
            (b"Content-Type", b"application/json"),
            (b"X-Request-Id", b"a"),
            (b"Set-Cookie", b"s"),
            (b"X-Detente-Decision", b"forged"),
            (b"Connection", b"Keep-Alive, X-Hop"),
            (b"X-Hop", b"1"),
            (b"Retry-After", b"1"),
            (b"Retry-After", b"2"),
        ],
    )
    assert response.content_type == b"application/json"
    assert response.lines == (
        b"content-type: application/json\r\nx-request-id: a\r\nretry-after: 1\r\nretry-after: 2\r\n"
    )
    assert response.named_headers()[b"retry-after"] == b"2"


def test_every_status_of_ours_has_its_words() -> None:
    for status in ERROR_STATUS.values():
        assert status_line(status) == b"HTTP/1.1 %d %b\r\n" % (status, REASONS[status])
    assert status_line(418) == b"HTTP/1.1 418 Status\r\n"


def test_an_empty_chunk_would_end_the_body() -> None:
    assert chunk(b"") == b""
    assert chunk(b"x" * 17) == b"11\r\n" + b"x" * 17 + b"\r\n"


def test_every_answer_has_our_headers_even_where_nothing_was_decided() -> None:
    assert own_lines("req_1", Attempts(), None) == (
        b"x-detente-request-id: req_1\r\nx-detente-attempts: 0\r\nx-detente-decision: none\r\n"
        b"x-detente-deployment: none\r\nx-detente-loss: none\r\n"
    )


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (b"", b""),
        (b"a: b\r\n", b"a: b\r\n"),
        (b"a: b\r\nx-should-retry: true\r\nc: d\r\n", b"a: b\r\nc: d\r\n"),
        (b"x-should-retry: true\r\n", b""),
        (b"x-should-retry-not: 1\r\n", b"x-should-retry-not: 1\r\n"),
    ],
)
def test_a_providers_word_on_trying_again_goes(lines: bytes, kept: bytes) -> None:
    assert without_retry(lines) == kept
