"""The client's side: parsing, its bounds, pipelining, time, and what is held for whom."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.gateway.scripts import (
    KEY,
    OK,
    STREAM,
    answer,
    body_of,
    chat,
    hashed,
    request,
)
from tests.gateway.stage import Stage

from detente.gateway.callers.access_keys import access_key_id
from detente.gateway.callers.principals import Keys

BIG = answer(200, b'{"filler":"' + b"x" * 3000 + b'"}')


def codes(stage: Stage) -> list[str | None]:
    return [settlement.error for settlement in stage.settlements]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"\x00\x01\x02\r\n\r\n", 400, "request_invalid"),
        (b"GET /v1/models HTTP/1.1\r\n\r\n", 400, "request_invalid"),
        (b"GET /v1/models HTTP/2.0\r\nhost: a\r\n\r\n", 400, "request_invalid"),
        (b"GET /v1/models HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400, "request_invalid"),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n", 431, "head_too_large"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 70_000, 431, "head_too_large"),
        (
            request("GET", "/", headers=("a: " + "b" * 70_000,)),
            431,
            "head_too_large",
        ),
        (
            request("GET", "/", headers=tuple(f"x-{n}: y" for n in range(200))),
            431,
            "head_too_large",
        ),
        (request("GET", "/", headers=("x-a: y",) * 200), 431, "head_too_large"),
        (request("GET", "/", headers=("expect: the-worst",)), 400, "request_invalid"),
        (
            request("POST", "/v1/messages", headers=("content-length: 100001",)),
            413,
            "request_too_large",
        ),
        (
            request("POST", "/", headers=("content-length: 99999999999999999999",)),
            400,
            "request_invalid",
        ),
        (
            request("POST", "/", headers=("transfer-encoding: gzip, chunked",)),
            400,
            "request_invalid",
        ),
        (
            request("POST", "/v1/responses", headers=("transfer-encoding: chunked",))
            + b"1ffff\r\n"
            + b"x" * 0x1FFFF,
            413,
            "request_too_large",
        ),
    ],
)
def test_what_cannot_be_read_is_told_once_and_closed(
    stage: Stage, data: bytes, status: int, code: str
) -> None:
    client = stage.client()
    client.sends(data)
    got = client.answer()
    assert (got.status, got.code) == (status, code)
    assert got.headers["connection"] == "close"
    assert client.transport.closing
    client.connection.data_received(chat("m"))
    stage.turn()
    assert len(client.answers) == 1
    assert codes(stage) == [code]


def test_an_error_without_a_dialect_is_told_by_the_path(stage: Stage) -> None:
    client = stage.client()
    client.sends(b"POST /v1/messages HTTP/1.1\r\ncontent-length: x\r\n\r\n")
    assert b'"type":"error"' in client.answer().body


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(piece=st.integers(1, 200))
def test_every_split_of_pipelined_requests_gives_the_same_answers(stage: Stage, piece: int) -> None:
    before = len(stage.settlements)
    client = stage.client()
    two = chat("gpt-9") + request("GET", "/v1/models/m") + request("GET", "/nowhere")
    client.sends(two, piece_bytes=piece)
    assert [a.status for a in client.answers] == [404, 200, 404]
    assert codes(stage)[before:] == ["model_unknown", None, "path_unknown"]
    client.hangs_up()


def test_pipelined_requests_are_served_one_after_the_other(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone", text="one") + chat("alone", text="two"))
    assert b"two" not in stage.upstream.received
    stage.upstream.answers(OK)
    assert stage.upstream.received.endswith(body_of("alone", text="two"))
    stage.upstream.answers(OK)
    assert [a.status for a in client.answers] == [200, 200]


def test_reading_pauses_while_many_requests_wait(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone") + chat("gpt-9") * 8)
    assert client.transport.paused
    stage.upstream.answers(OK)
    assert not client.transport.paused
    assert len(client.answers) == 9


def test_as_many_as_may_wait_are_served(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone") + request("GET", "/", key=None) * 64)
    stage.upstream.answers(OK)
    assert [a.status for a in client.answers] == [200] + [404] * 64


def test_more_are_a_flood(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone") + request("GET", "/", key=None) * 3000)
    stage.upstream.answers(OK)
    assert client.answer().status == 200
    assert client.transport.lost


def test_a_client_that_reads_nothing_is_served_no_further(stage: Stage) -> None:
    client = stage.client()
    client.transport.stuck = True
    client.sends(chat("alone") * 4)
    stage.upstream.answers(BIG)  # above `write_buffer_bytes_max`, but not written yet
    stage.upstream.answers(BIG)
    assert len(stage.intents) == 2
    client.transport.flows()
    stage.turn()
    assert len(stage.intents) == 3
    stage.upstream.answers(OK)
    stage.upstream.answers(OK)
    assert len(client.answers) == 4


def test_and_what_it_sends_meanwhile_waits(stage: Stage) -> None:
    client = stage.client()
    client.transport.stuck = True
    client.sends(chat("alone"))
    stage.upstream.answers(BIG)
    client.sends(chat("alone"))
    assert len(stage.intents) == 1
    client.transport.flows()
    stage.turn()
    stage.upstream.answers(OK)
    assert len(client.answers) == 2


def test_and_is_let_go_at_last(stage: Stage) -> None:
    client = stage.client()
    client.transport.stuck = True
    client.sends(chat("alone"))
    stage.upstream.answers(BIG)
    stage.wait(76)
    stage.wait(76)
    assert client.transport.lost


def test_a_slow_reader_may_take_its_time(stage: Stage) -> None:
    client = stage.client()
    client.transport.stuck = True
    client.sends(chat("alone", headers=("connection: close",)))
    stage.upstream.answers(BIG)
    for _ in range(5):
        client.transport.flows(100)
        stage.wait(76)
    assert not client.transport.lost
    stage.wait(76)
    assert client.transport.lost


def test_a_closed_connection_that_is_not_read_is_let_go(stage: Stage) -> None:
    client = stage.client()
    client.transport.stuck = True
    client.sends(chat("alone", headers=("connection: close",)))
    stage.upstream.answers(BIG)
    assert client.transport.closing
    assert not client.transport.lost
    stage.wait(76)
    stage.wait(76)
    assert client.transport.lost


def test_what_comes_behind_the_last_request_is_not_served(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("gpt-9", headers=("connection: close",)) + chat("m"))
    assert len(client.answers) == 1
    assert stage.upstreams == []
    assert codes(stage) == ["model_unknown"]


def test_a_draining_worker_serves_what_it_has_begun_and_no_more(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone") + chat("alone"))
    stage.worker.draining = True
    stage.upstream.answers(OK)
    got = client.answer()
    assert got.headers["connection"] == "close"
    assert client.transport.lost


def test_a_draining_worker_takes_one_request_of_a_read(stage: Stage) -> None:
    client = stage.client()
    stage.worker.draining = True
    client.sends(chat("gpt-9") + chat("alone"))
    assert len(client.answers) == 1
    assert stage.upstreams == []


def test_a_stream_says_that_it_is_the_last(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone", stream=True))
    stage.worker.draining = True
    stage.upstream.answers(STREAM)
    assert client.answer().headers["connection"] == "close"
    assert client.transport.lost


def test_an_old_clients_connection_is_closed(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone", version="1.0"))
    stage.upstream.answers(OK)
    assert client.answer().headers["connection"] == "close"
    assert client.transport.lost


@pytest.mark.parametrize("connection", [(), ("connection: keep-alive",), ("connection: close",)])
@pytest.mark.parametrize("version", ["0.9", "1.0", "1.1", "2.0"])
def test_a_version_is_told_whatever_is_said_of_the_connection(
    stage: Stage, version: str, connection: tuple[str, ...]
) -> None:
    client = stage.client()
    client.sends(chat("alone", version=version, headers=connection))
    if version in ("1.0", "1.1"):
        stage.upstream.answers(OK)
        assert client.answer().status == 200
        kept = version == "1.1" and connection != ("connection: close",)
        assert client.transport.lost is not kept
    else:
        assert client.answer().status == 400
        assert stage.upstreams == []


def test_head_has_no_body(stage: Stage) -> None:
    client = stage.client()
    client.sends(request("HEAD", "/v1/models") + request("GET", "/v1/models"))
    head, _, rest = client.received.partition(b"\r\n\r\n")
    assert b" 405 " in head.splitlines()[0]
    assert rest.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "data",
    [
        chat("alone", headers=("connection: upgrade", "upgrade: h2c")),
        request("GET", "/v1/models", headers=("connection: upgrade", "upgrade: websocket")),
        b"CONNECT gateway:443 HTTP/1.1\r\nhost: gateway\r\n\r\n" + chat("alone"),
    ],
)
def test_a_connection_is_nobodys_tunnel(stage: Stage, data: bytes) -> None:
    client = stage.client()
    client.sends(data)
    assert client.answer().status in (400, 404)
    assert client.transport.lost
    assert stage.upstreams == []
    assert len(stage.settlements) == 1


def test_a_client_that_expects_to_continue(stage: Stage) -> None:
    client = stage.client()
    content = body_of("alone")
    head = request(
        "POST",
        "/v1/chat/completions",
        headers=(f"content-length: {len(content)}", "expect: 100-continue"),
    )
    client.sends(head)
    assert client.received == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sends(content)
    stage.upstream.answers(OK)
    assert client.answers[-1].status == 200


def test_trailers_are_no_headers(stage: Stage) -> None:
    client = stage.client()
    content = body_of("alone")
    head = request(
        "POST", "/v1/chat/completions", key=None, headers=("transfer-encoding: chunked",)
    )
    trailer = b"authorization: Bearer " + KEY.encode()
    client.sends(head + b"%x\r\n%b\r\n0\r\n%b\r\n\r\n" % (len(content), content, trailer))
    assert client.answer().code == "key_invalid"


def test_a_head_and_a_body_must_come_in_time(stage: Stage) -> None:
    silent, slow, half = stage.client(), stage.client(), stage.client()
    slow.sends(b"POST /v1/chat/completions HT")
    half.sends(chat("m")[:-5])
    stage.wait(11)
    assert silent.transport.lost
    assert silent.received == b""
    assert (slow.answer().status, slow.answer().code) == (408, "request_timeout")
    assert half.received == b""
    stage.wait(110)
    assert half.answer().code == "request_timeout"
    assert stage.upstreams == []


def test_an_idle_connection_is_closed_without_a_word(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("gpt-9"))
    stage.wait(70)
    assert not client.transport.lost
    stage.wait(6)
    assert client.transport.lost
    assert len(client.answers) == 1


def test_too_many_bodies_at_once(stage: Stage) -> None:
    first, second = stage.client(), stage.client()
    big = b'{"model":"alone","x":"' + b"x" * 90_000 + b'"}'
    first.sends(request("POST", "/v1/chat/completions", big))
    second.sends(request("POST", "/v1/chat/completions", big))
    assert second.answer().code == "overloaded"
    assert second.answer().status == 503
    stage.upstream.answers(OK)
    assert first.answer().status == 200
    assert [s.outcome for s in stage.settlements] == ["denied", "answered"]


@pytest.mark.parametrize("key", [None, "dt-unknown"])
def test_a_stranger_may_not_fill_the_memory(stage: Stage, key: str | None) -> None:
    client = stage.client()
    body = b'{"model":"alone","x":"' + b"x" * 90_000 + b'"}'
    client.sends(request("POST", "/v1/chat/completions", body, key=key)[:70_000])
    assert client.answer().code == "key_invalid"
    assert client.transport.closing
    assert stage.worker.buffered_bytes == 0


def signature(access_key: str) -> str:
    """An `authorization` that names an access key, and proves nothing."""
    scope = f"{access_key}/20261121/us-east-1/bedrock/aws4_request"
    return (
        f"authorization: AWS4-HMAC-SHA256 Credential={scope}, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    )


@pytest.mark.parametrize(("key", "answered_early"), [(KEY, False), ("dt-nobody", True)])
def test_a_signature_names_its_key_before_the_body_is_there(
    stage: Stage, key: str, answered_early: bool
) -> None:
    plane = stage.worker.plane
    plane.keys = Keys(plane.setup.configuration, "a master key of the tests, long enough")
    client = stage.client()
    body = b'{"model":"alone","x":"' + b"x" * 90_000 + b'"}'
    headers = (signature(access_key_id(hashed(key))), "x-amz-date: 20261121T000000Z")
    data = request("POST", "/v1/chat/completions", body, key=None, headers=headers)
    client.sends(data[:70_000])
    assert bool(client.received) is answered_early
    client.sends(data[70_000:])
    assert client.answer().code == "key_invalid"


def test_too_many_requests_at_once(stage: Stage) -> None:
    clients = [stage.client() for _ in range(4)]
    for client in clients:
        client.sends(chat("alone"))
    assert clients[-1].answer().code == "overloaded"
    assert len(stage.upstreams) == 3
    for upstream in stage.upstreams:
        upstream.answers(OK)
    assert [s.outcome for s in stage.settlements] == ["denied", *["answered"] * 3]


def test_a_client_that_vanishes_holds_nothing(stage: Stage) -> None:
    partial, waiting = stage.client(), stage.client()
    partial.sends(chat("m", text="x" * 5000)[:-10])
    waiting.sends(chat("m", text="x" * 5000) * 3)
    assert stage.worker.buffered_bytes > 10_000
    partial.hangs_up()
    waiting.hangs_up()
    assert stage.at_rest()
    assert [s.outcome for s in stage.settlements] == ["client_gone"]


def test_more_connections_than_may_be_are_closed(stage: Stage) -> None:
    kept = [stage.client() for _ in range(20)]
    refused = stage.client()
    stage.turn()
    assert refused.transport.lost
    assert refused.received == b""
    assert not any(client.transport.lost for client in kept)


def test_garbage_behind_a_request_does_not_undo_it(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone") + b"\x00\x00\r\n\r\n")
    stage.upstream.answers(OK)
    assert client.answer().status == 200
    assert client.transport.lost
