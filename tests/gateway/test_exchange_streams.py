"""Streams as transcripts: what is shown, what is hidden, how they end, and what is settled."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.gateway.scripts import (
    DONE,
    EVENTS_HEAD,
    EVENTS_UNTIL_CLOSE,
    FULL,
    IN_STREAM_ERROR,
    LAST,
    OK,
    SHOWN,
    STREAM,
    USAGE_EVENT,
    chat,
    chunked,
    delta,
)
from tests.gateway.stage import Client, Stage

from detente.canonical.failure import ProviderFault

LONG = delta("x" * 600)


def streaming(stage: Stage, version: str = "1.1") -> Client:
    client = stage.client()
    client.sends(chat("alone", stream=True, version=version))
    return client


def test_a_stream_passes_without_the_chunk_that_nobody_asked_for(stage: Stage) -> None:
    client = streaming(stage)
    assert b'"include_usage":true' in stage.upstream.received
    stage.upstream.answers(STREAM)
    got = client.answer()
    assert (got.status, got.body, got.whole) == (200, SHOWN, True)
    assert got.headers["transfer-encoding"] == "chunked"
    settled = stage.settled()
    assert settled.outcome == "answered"
    assert settled.usage is not None
    assert not settled.usage.estimated
    assert settled.usage.output_tokens == 3
    assert settled.response_bytes == len(SHOWN)


def test_what_has_come_is_passed_on_at_once(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a")))
    assert client.answer().body == delta("a")
    stage.upstream.answers(chunked(delta("b")))
    assert client.answer().body == delta("a") + delta("b")
    assert stage.settlements == []
    stage.upstream.answers(chunked(USAGE_EVENT, DONE) + LAST)


def test_the_connection_is_kept_after_a_stream(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(STREAM)
    client.sends(chat("alone"))
    assert len(stage.upstreams) == 1
    stage.upstream.answers(OK)
    assert [a.status for a in client.answers] == [200, 200]


def test_a_cut_stream_is_told_and_estimated(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a"), delta("b"), b'data: {"half'))
    stage.upstream.hangs_up()
    got = client.answer()
    assert got.body.startswith(delta("a") + delta("b"))
    assert b"half" not in got.body
    assert b'"code":"upstream_failed"' in got.body
    assert got.whole
    assert client.transport.closing
    settled = stage.settled()
    assert (settled.outcome, settled.error) == ("failed", "upstream_failed")
    assert settled.usage is not None
    assert (settled.usage.visible_output_tokens, settled.usage.estimated) == (2, True)


def test_a_stream_that_only_the_connections_end_ends(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_UNTIL_CLOSE + delta("a") + USAGE_EVENT + DONE)
    stage.upstream.hangs_up()
    assert client.answer().body == delta("a") + DONE
    assert stage.settled().outcome == "answered"


def test_such_a_stream_without_its_own_end_was_cut(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_UNTIL_CLOSE + delta("a"))
    stage.upstream.hangs_up()
    assert b'"code":"upstream_failed"' in client.answer().body
    assert stage.settled().outcome == "failed"


def test_an_orderly_body_without_the_streams_own_end_was_cut(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a")) + LAST)
    got = client.answer()
    assert got.body.startswith(delta("a"))
    assert b'"code":"upstream_failed"' in got.body
    assert DONE not in got.body
    assert stage.settled().outcome == "failed"


def test_an_error_in_the_stream_is_the_providers_to_tell(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a"), IN_STREAM_ERROR) + LAST)
    assert client.answer().body == delta("a") + IN_STREAM_ERROR
    settled = stage.settled()
    assert settled.outcome == "failed"
    assert settled.usage is not None
    assert settled.usage.estimated


def test_a_client_that_hangs_up_takes_the_provider_with_it(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a"), delta("b")))
    client.hangs_up()
    assert stage.upstream.transport.closing
    settled = stage.settled()
    assert settled.outcome == "client_gone"
    assert settled.usage is not None
    assert (settled.usage.visible_output_tokens, settled.usage.estimated) == (2, True)


def test_a_client_that_hangs_up_before_the_first_byte(stage: Stage) -> None:
    client = streaming(stage)
    client.hangs_up()
    assert stage.upstream.transport.closing
    settled = stage.settled()
    assert (settled.outcome, settled.status) == ("client_gone", 0)
    assert [a.result for a in settled.attempts] == ["client_gone"]


def test_a_provider_that_stands_still_is_given_up(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a")))
    stage.wait(299)
    stage.upstream.answers(chunked(delta("b")))
    stage.wait(299)
    assert stage.settlements == []
    stage.wait(2)
    assert b'"code":"deadline_exceeded"' in client.answer().body
    assert stage.settled().outcome == "failed"
    assert stage.upstream.transport.closing


def test_a_client_that_stands_still_is_given_up(stage: Stage) -> None:
    client = streaming(stage)
    client.transport.stuck = True
    stage.upstream.answers(EVENTS_HEAD + chunked(LONG, LONG))
    assert stage.upstream.transport.paused
    stage.wait(301)
    assert client.transport.lost
    assert stage.settled().outcome == "client_gone"


def test_back_pressure_pauses_and_resumes_the_provider(stage: Stage) -> None:
    client = streaming(stage)
    client.transport.stuck = True
    stage.upstream.answers(EVENTS_HEAD + chunked(LONG))
    stage.upstream.answers(chunked(LONG))
    assert stage.upstream.transport.paused
    client.transport.flows()
    assert not stage.upstream.transport.paused
    stage.upstream.answers(chunked(DONE) + LAST)
    assert client.answer().whole


def test_a_provider_is_given_its_time_again_after_a_pause(stage: Stage) -> None:
    client = streaming(stage)
    client.transport.stuck = True
    stage.upstream.answers(EVENTS_HEAD + chunked(LONG, LONG))
    stage.wait(290)
    client.transport.flows()
    stage.wait(290)
    assert stage.settlements == []
    stage.upstream.answers(chunked(DONE) + LAST)
    assert stage.settled().outcome == "answered"


def test_a_connection_is_not_kept_paused(stage: Stage) -> None:
    client = streaming(stage)
    client.transport.stuck = True
    stage.upstream.answers(EVENTS_HEAD + chunked(LONG, LONG))
    kept = stage.upstream
    kept.answers(chunked(DONE) + LAST)  # was on its way when reading paused
    assert not kept.transport.paused
    other = stage.client()
    other.sends(chat("alone"))
    assert len(stage.upstreams) == 1
    kept.answers(OK)
    assert other.answer().status == 200
    client.transport.flows()


def test_an_old_client_gets_the_bare_stream_until_the_end(stage: Stage) -> None:
    client = streaming(stage, version="1.0")
    stage.upstream.answers(STREAM)
    head, _, body = client.received.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert body == SHOWN
    assert client.transport.closing


def test_an_event_without_end_is_given_up(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a")))
    stage.upstream.answers(chunked(b"data: " + b"x" * 5000))
    assert b"stream_event_bytes_max" in client.answer().body
    assert stage.settled().error == "upstream_failed"
    assert stage.upstream.transport.closing


def test_garbage_between_chunks_ends_the_stream(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a")) + b"zz\r\n")
    assert b'"code":"upstream_failed"' in client.answer().body
    assert stage.settled().outcome == "failed"


def test_a_stream_that_cannot_be_settled_is_not_ended(stage: Stage) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a")))
    stage.journal.broken = True
    stage.upstream.answers(chunked(DONE) + LAST)
    assert client.received.count(b"HTTP/1.1 200") == 1
    assert b"HTTP/1.1 503" not in client.received
    assert not client.answer().whole
    assert client.transport.lost
    stage.journal.records.clear()


def test_a_bug_in_a_stream_is_settled_and_its_end_is_not_faked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = streaming(stage)
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("a")))

    def wrong(*_: object) -> None:
        raise ValueError("prompt")

    monkeypatch.setattr("detente.gateway.exchange.estimate.of_stream", wrong)
    stage.upstream.answers(chunked(DONE) + LAST)
    assert not client.answer().whole
    assert client.transport.lost
    assert stage.settled().error == "internal_error"
    assert "prompt" not in stage.said[0]


def test_a_bug_while_a_piece_passes_ends_that_stream_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, other = streaming(stage), streaming(stage)
    first, second = stage.upstreams
    first.answers(EVENTS_HEAD + chunked(delta("a")))

    def wrong(*_: object) -> bytes:
        raise ProviderFault("upstream_failed", "the tap gave up; try again")

    assert client.connection.exchange is not None
    monkeypatch.setattr(type(client.connection.exchange.tap), "feed", wrong)
    first.answers(chunked(delta("b")))
    monkeypatch.undo()
    assert b"the tap gave up" in client.answer().body
    second.answers(STREAM)
    assert other.answer().body == SHOWN


def test_a_refusal_before_the_stream_spills_over(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m", stream=True))
    stage.upstream.answers(FULL)
    stage.upstream.answers(STREAM)
    assert client.answer().body == SHOWN
    assert len(stage.settled().attempts) == 2


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=st.integers(1, 300), answered=st.integers(1, 700), stream=st.booleans())
def test_every_split_gives_the_same_result(
    stage: Stage, asked: int, answered: int, stream: bool
) -> None:
    before = len(stage.settlements)
    client = stage.client()
    client.sends(chat("alone", stream=stream), piece_bytes=asked)
    stage.upstream.answers(STREAM if stream else OK, piece_bytes=answered)
    got = client.answer()
    assert got.whole
    assert got.body == (SHOWN if stream else OK.partition(b"\r\n\r\n")[2])
    (settled,) = stage.settlements[before:]
    assert settled.outcome == "answered"
    assert settled.usage is not None
    assert settled.usage.output_tokens == (3 if stream else 5)
    assert len(stage.upstreams) == 1
    client.hangs_up()
