"""The provider's side: what is believed of an answer, what travels, which connections stay."""

import pytest
from tests.gateway.scripts import (
    COMPLETION,
    EVENTS_HEAD,
    LAST,
    OK,
    SHOWN,
    STREAM,
    answer,
    chat,
    chunked,
    delta,
)
from tests.gateway.stage import Client, Stage

CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"


def asking(stage: Stage) -> Client:
    client = stage.client()
    client.sends(chat("alone"))
    return client


def test_a_connection_is_kept_and_used_again(stage: Stage) -> None:
    for _ in range(3):
        client = asking(stage)
        stage.upstream.answers(OK)
        assert client.answer().body == COMPLETION
    assert len(stage.upstreams) == 1


@pytest.mark.parametrize("header", ["connection: close", "Connection: Close"])
def test_a_connection_that_is_not_to_be_kept(stage: Stage, header: str) -> None:
    asking(stage)
    stage.upstream.answers(answer(200, COMPLETION, header))
    assert stage.upstream.transport.closing
    asking(stage)
    assert len(stage.upstreams) == 2
    stage.upstream.answers(OK)


def test_an_idle_connection_that_speaks_is_closed(stage: Stage) -> None:
    asking(stage)
    stage.upstream.answers(OK)
    stage.upstream.answers(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert stage.upstream.transport.closing
    client = asking(stage)
    stage.upstream.answers(OK)
    assert client.answer().status == 200


@pytest.mark.parametrize(
    "surplus", [answer(200, b'{"poison":1}'), b"HTTP/1.1 200 OK\r\nx-poison: 1\r\n", b"\x00poison"]
)
def test_what_follows_an_answer_is_for_nobody(stage: Stage, surplus: bytes) -> None:
    client = asking(stage)
    stage.upstream.answers(OK + surplus)
    assert client.answer().body == COMPLETION
    assert b"poison" not in client.received
    other = asking(stage)
    assert len(stage.upstreams) == 2
    stage.upstream.answers(OK)
    assert other.answer().body == COMPLETION
    assert b"poison" not in other.received


def test_trailers_reach_nobody(stage: Stage) -> None:
    client = asking(stage)
    stage.upstream.answers(CHUNKED + chunked(COMPLETION) + b"0\r\nx-poison: 1\r\n\r\n")
    assert client.answer().body == COMPLETION
    other = asking(stage)
    stage.upstream.answers(OK)
    assert "x-poison" not in {**client.answer().headers, **other.answer().headers}


def test_what_travels_of_a_head(stage: Stage) -> None:
    client = asking(stage)
    stage.upstream.answers(
        answer(
            200,
            COMPLETION,
            "x-request-id: abc",
            "x-detente-deployment: forged",
            "set-cookie: session=1",
            "connection: x-hop",
            "x-hop: 1",
            "server: somebody",
        )
    )
    headers = client.answer().headers
    assert headers["x-request-id"] == "abc"
    assert headers["x-detente-deployment"] == "first/alone"
    assert not {"set-cookie", "x-hop", "server", "connection"} & set(headers)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "not valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nx: a\nb: c\x00\r\n\r\n", "not valid HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "not valid HTTP"),
        (b"HTTP/1.1 101 Switching\r\nupgrade: h2c\r\n\r\n", "not valid HTTP"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 9, "not valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000, "response_head_bytes_max"),
        (CHUNKED + chunked(b"x" * 3000, b"x" * 3000), "response_body_bytes_max"),
    ],
)
def test_what_is_not_believed(stage: Stage, data: bytes, says: str) -> None:
    client = asking(stage)
    stage.upstream.answers(data)
    got = client.answer()
    assert (got.status, got.code) == (502, "upstream_failed")
    assert says in got.body.decode()
    assert stage.upstream.transport.closing
    assert [a.result for a in stage.settled().attempts] == ["upstream_failed"]


def test_a_few_interim_answers_are_passed_over(stage: Stage) -> None:
    client = asking(stage)
    stage.upstream.answers(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 8 + OK)
    got = client.answer()
    assert got.status == 200
    assert "link" not in got.headers


def test_an_answer_that_only_the_connections_end_ends(stage: Stage) -> None:
    client = asking(stage)
    stage.upstream.answers(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + COMPLETION
    )
    assert client.received == b""
    stage.upstream.hangs_up()
    assert client.answer().body == COMPLETION


def test_such_an_answer_is_not_whole_where_the_connection_broke(stage: Stage) -> None:
    client = asking(stage)
    stage.upstream.answers(b"HTTP/1.1 200 OK\r\n\r\nhalf")
    stage.upstream.hangs_up(ConnectionResetError())
    assert client.answer().status == 502


def test_an_answer_that_breaks_off(stage: Stage) -> None:
    client = asking(stage)
    stage.upstream.answers(OK[:-5])
    stage.upstream.hangs_up()
    assert "in the middle" in client.answer().body.decode()


def test_no_content_is_an_answer(stage: Stage) -> None:
    client = asking(stage)
    stage.upstream.answers(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert client.answer().status == 204


def test_an_early_answer_does_not_keep_the_connection(stage: Stage) -> None:
    asking(stage)
    stage.upstream.answers(OK)
    kept = stage.upstream
    kept.transport.stuck = True
    client = asking(stage)
    kept.answers(answer(413, b"{}"))
    assert client.answer().status == 413
    assert kept.transport.closing


def test_a_loss_in_the_same_turn_takes_nobody_else_with_it(stage: Stage) -> None:
    first, second = asking(stage), asking(stage)
    for upstream in stage.upstreams:
        upstream.answers(OK)
    kept, lost = stage.upstreams
    for client in (first, second):  # the newest kept connection is taken first
        client.connection.data_received(chat("alone"))
    lost.transport.lose()
    stage.turn()
    assert kept.received.count(b"POST ") == 2
    kept.answers(OK)
    stage.upstream.answers(OK)
    assert [len(client.answers) for client in (first, second)] == [2, 2]


def test_kept_connections_are_bounded_and_closed_in_time(stage: Stage) -> None:
    clients = [asking(stage) for _ in range(3)]
    for upstream in stage.upstreams:
        upstream.answers(OK)
    assert [u.transport.closing for u in stage.upstreams] == [False, False, True]
    stage.clock.now_s += 10
    stage.worker.deadlines.advance(stage.clock.now_s)
    asking(stage)
    stage.upstreams[1].answers(OK)  # the newest
    stage.worker.pools.close_idle(stage.clock.now_s - 5)
    assert [u.transport.closing for u in stage.upstreams] == [True, False, True]
    assert all(client.answer().status == 200 for client in clients)


def test_a_stream_and_what_follows_it(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone", stream=True))
    stage.upstream.answers(STREAM + answer(200, b'{"poison":1}'))
    assert client.answer().body == SHOWN
    assert stage.upstream.transport.closing


def test_trailers_without_end_end_the_stream(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone", stream=True))
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a")) + LAST[:3])
    stage.upstream.answers(b"x: " + b"y" * 70_000)
    assert b"response_head_bytes_max" in client.answer().body
    assert stage.upstream.transport.closing
