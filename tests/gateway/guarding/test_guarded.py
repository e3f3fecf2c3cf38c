"""What the line does about policies on content: before anything is sent, at an answer, at each
piece of a stream, and at its end."""

from collections.abc import Generator

import pytest
from tests.gateway.governing import (
    ANN,
    GUARD_PORT,
    LOOKERS,
    MODERATION_PORT,
    Staging,
    arrives,
    asked,
    at,
    completion,
    content_of,
    house,
    message_of,
    moderated,
    post,
    sent,
    stand_in,
    told,
)
from tests.gateway.scripts import (
    BROKEN,
    DONE,
    EVENTS_HEAD,
    EVENTS_UNTIL_CLOSE,
    LAST,
    OK,
    STREAM,
    USAGE_EVENT,
    WRONG,
    answer,
    chat,
    chunked,
    delta,
)
from tests.gateway.stage import Stage

from detente.gateway.guarding.guarded import NOT_IN_TIME, PIECES_BYTES_MAX

REMOTE = 'detectors = ["moderation"]\ntimeout_ms = 60000'
BOTH = 'detectors = ["moderation", "guard"]\ntimeout_ms = 60000'
LAST_WORDS = 'detectors = ["guard"]\ntimeout_ms = 60000'
BLOCK = 'treatment = "block"'
FINISHED = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    b'[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
)
STREAM_OF_YES = EVENTS_HEAD + chunked(delta("yes"), FINISHED, USAGE_EVENT, DONE) + LAST


# Remote detectors look at the request, beside the call.


@pytest.fixture(name="watched")
def _watched(staging: Staging) -> Generator[Stage]:
    with staging(LOOKERS, house(risk=BLOCK, more=REMOTE)) as stage:
        yield stage


def test_a_stream_that_is_over_and_closed_waits_for_its_verdict(watched: Stage) -> None:
    client = watched.client()
    arrives(watched, client, chat("m", stream=True))
    upstream = at(watched, 1001)
    head = EVENTS_HEAD.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    events = chunked(delta("a"), delta("b"), FINISHED, USAGE_EVENT, DONE) + LAST
    upstream.answers(head + events)
    upstream.hangs_up()
    assert client.received == b""
    at(watched, MODERATION_PORT).answers(moderated())
    assert content_of(client.received) == "ab"
    assert watched.settled().outcome == "answered"
    assert watched.settled().usage is not None


def test_what_a_remote_detector_takes_elsewhere_goes_nowhere(staging: Staging) -> None:
    """It is the same request wherever it goes."""
    policy = house(risk='treatment = "elsewhere"', more=REMOTE)
    with staging(LOOKERS, policy) as stage:
        client = stage.client()
        arrives(stage, client, chat("m"))
        at(stage, MODERATION_PORT).answers(moderated("violence"))
        at(stage, 1001).answers(OK)
        assert 1002 not in asked(stage)
        assert client.answer().status == 403
        assert stage.settled().usage is not None


def test_embeddings_are_asked_about_once(staging: Staging) -> None:
    """Nobody looks at the numbers that come back."""
    text = LOOKERS.replace('stages = ["output"]', 'stages = ["input", "output"]')
    with staging(text, house(risk=BLOCK, more=LAST_WORDS)) as stage:
        client = stage.client()
        arrives(stage, client, post("/v1/embeddings", {"model": "m", "input": "hi"}))
        at(stage, GUARD_PORT).answers(completion("safe"))
        body = (
            b'{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0]}],'
            b'"model":"m","usage":{"prompt_tokens":1,"total_tokens":1}}'
        )
        arrives(stage, at(stage, 1001), answer(200, body))
        assert client.answer().status == 200


@pytest.mark.parametrize("waits_for", ["operator", "detector"])
def test_who_hangs_up_while_an_answer_waits_owes_what_it_cost(
    staging: Staging, waits_for: str
) -> None:
    text = house(risk='stages = ["input"]\ntreatment = "hold"', more=REMOTE)
    with staging(LOOKERS, text) as stage:
        client = stage.client()
        arrives(stage, client, chat("m"))
        if waits_for == "operator":
            at(stage, MODERATION_PORT).answers(moderated("violence"))
        at(stage, 1001).answers(OK)
        assert client.received == b""
        client.hangs_up()
        usage = stage.settled().usage
        assert usage is not None
        assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (10, 5, False)


# What is owed and told, whoever answers in the end.

AZURES_REFUSAL = answer(
    400,
    b'{"error":{"message":"filtered","code":"content_filter","status":400,"innererror":{"code":'
    b'"ResponsibleAIPolicyViolation","content_filter_result":{"jailbreak":{"filtered":true,'
    b'"detected":true}}}}}',
)


def test_what_a_platform_blocked_is_told_though_another_answers(staging: Staging) -> None:
    with staging(house(risk='treatment = "elsewhere"')) as stage:
        client = stage.client()
        client.sends(chat("m"))
        at(stage, 1001).answers(AZURES_REFUSAL)
        at(stage, 1002).answers(OK)
        assert client.answer().status == 200
        assert told(stage) == [("input", "prompt_attack", "block")]


def test_an_answer_is_taken_elsewhere_for_what_its_platform_says(staging: Staging) -> None:
    with staging(house(risk='treatment = "elsewhere"')) as stage:
        client = stage.client()
        client.sends(chat("m"))
        at(stage, 1001).answers(completion(None, finish="content_filter"))
        at(stage, 1002).answers(OK)
        assert client.answer().headers["x-detente-deployment"] == "second/m-second"
        assert told(stage) == [("output", "other", "block")]
        usage = stage.settled().usage
        assert usage is not None
        assert usage.input_tokens == 10


def test_an_answer_that_nobody_else_is_left_to_give_is_owed(staging: Staging) -> None:
    with staging(house(risk='treatment = "elsewhere"')) as stage:
        client = stage.client()
        client.sends(chat("alone"))
        at(stage, 1001).answers(completion(None, finish="content_filter"))
        assert client.answer().status == 403
        assert "policy `house` takes the request elsewhere" in message_of(client.answer())
        usage = stage.settled().usage
        assert usage is not None
        assert (usage.input_tokens, usage.output_tokens) == (10, 5)


def test_who_fails_after_an_answer_that_was_taken_elsewhere_owes_nothing(staging: Staging) -> None:
    with staging(house(risk='treatment = "elsewhere"')) as stage:
        stage.unreachable.add(1002)
        client = stage.client()
        client.sends(chat("m"))
        at(stage, 1001).answers(completion(None, finish="content_filter"))
        assert client.answer().status == 502
        assert stage.settled().usage is None


def test_what_was_found_in_an_answer_is_told_though_somebody_else_withholds_it(
    staging: Staging,
) -> None:
    more = 'detectors = ["guard", "email"]\ntimeout_ms = 60000'
    with staging(LOOKERS, house(data='output = "flag"', risk=BLOCK, more=more)) as stage:
        client = stage.client()
        client.sends(chat("m"))
        arrives(stage, at(stage, 1001), completion(f"to {ANN}"))
        at(stage, GUARD_PORT).answers(completion("unsafe\nS1"))
        assert b"content_filter" in client.received
        assert ANN.encode() not in client.received
        assert told(stage) == [("output", "email", "flag"), ("output", "violence", "block")]
        assert stage.settled().outcome == "denied"


# Streams that break off.


def test_what_waited_when_a_stream_broke_off_goes_before_the_error(staging: Staging) -> None:
    with staging(house(data='output = "mask"')) as stage:
        client = stage.client()
        client.sends(chat("m", stream=True))
        at(stage, 1001).answers(EVENTS_HEAD + chunked(delta(f"to {ANN} and more")) + LAST)
        assert content_of(client.received) == "to [EMAIL] and more"
        assert client.received.count(b"in the middle of the stream") == 1
        assert stage.settled().outcome == "failed"


def test_nobody_is_asked_about_a_stream_that_broke_off_and_nobody_gets_it(staging: Staging) -> None:
    with staging(LOOKERS, house(risk=BLOCK, more=LAST_WORDS)) as stage:
        client = stage.client()
        client.sends(chat("m", stream=True))
        arrives(stage, at(stage, 1001), EVENTS_HEAD + chunked(delta("a"), delta("b")) + LAST)
        assert asked(stage) == [1001]
        assert content_of(client.received) == ""
        assert client.received.count(b"in the middle of the stream") == 1


# Verdicts on the request: before, at, and after the answer.


def verdict(stage: Stage, *found: str) -> None:
    """The moderation service has looked at the request."""
    at(stage, MODERATION_PORT).answers(moderated(*found))


@pytest.mark.parametrize("first", ["verdict", "answer"])
@pytest.mark.parametrize("found", [(), ("violence",)])
def test_a_whole_answer_goes_when_the_request_was_looked_at(
    watched: Stage, first: str, found: tuple[str, ...]
) -> None:
    client = watched.client()
    arrives(watched, client, chat("m", text=ANN))
    assert sent(at(watched, MODERATION_PORT))["input"] == [ANN]
    if first == "verdict":
        verdict(watched, *found)
    at(watched, 1001).answers(OK)
    if first == "answer":
        assert client.received == b""
        verdict(watched, *found)
    assert client.answer().status == (403 if found else 200)
    assert b'"yes"' not in client.received or not found
    usage = watched.settled().usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (10, 5)
    if found:
        assert "policy `house` blocks the request for `violence`" in message_of(client.answer())
        assert watched.settled().outcome == "denied"
        assert told(watched) == [("input", "violence", "block")]


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("found", [(), ("violence",)])
def test_pieces_of_a_stream_wait_for_the_verdict(
    watched: Stage, over: bool, found: tuple[str, ...]
) -> None:
    client = watched.client()
    arrives(watched, client, chat("m", stream=True))
    upstream = at(watched, 1001)
    upstream.answers(EVENTS_HEAD)
    upstream.answers(chunked(delta("a")))
    upstream.answers(chunked(delta("b")))
    end = chunked(delta("c"), FINISHED, USAGE_EVENT, DONE) + LAST
    if over:
        upstream.answers(end)
    assert client.received == b""
    verdict(watched, *found)
    if found:
        assert client.answer().status == 403
        usage = watched.settled().usage
        assert usage is not None
        assert usage.visible_output_tokens == (3 if over else 2)
        assert usage.estimated is not over
        assert watched.settled().outcome == "denied"
        assert upstream.transport.closing or over
        return
    if not over:
        assert content_of(client.received) == "ab"
        upstream.answers(end)
    assert content_of(client.received) == "abc"
    settled = watched.settled()
    assert settled.outcome == "answered"
    assert settled.usage is not None
    assert (settled.usage.input_tokens, settled.usage.estimated) == (10, False)


def test_a_provider_that_streams_ahead_of_the_verdict_is_not_read_for_ever(watched: Stage) -> None:
    client = watched.client()
    arrives(watched, client, chat("m", stream=True))
    upstream = at(watched, 1001)
    upstream.answers(EVENTS_HEAD)
    while not upstream.transport.paused:
        assert len(upstream.received) < PIECES_BYTES_MAX
        upstream.answers(chunked(delta("x" * 1_000)))
    verdict(watched)
    assert not upstream.transport.paused
    upstream.answers(chunked(FINISHED, USAGE_EVENT, DONE) + LAST)
    assert content_of(client.received).strip("x") == ""
    assert len(content_of(client.received)) > PIECES_BYTES_MAX // 2
    assert watched.settled().outcome == "answered"


def test_a_provider_that_dies_before_the_verdict_is_followed_by_the_next(watched: Stage) -> None:
    client = watched.client()
    arrives(watched, client, chat("m", stream=True))
    at(watched, 1001).answers(EVENTS_HEAD + chunked(delta("a")))
    at(watched, 1001).hangs_up()
    assert asked(watched) == [MODERATION_PORT, 1001, 1002]
    at(watched, 1002).answers(STREAM)
    assert client.received == b""
    verdict(watched)
    assert content_of(client.received) == "abc"


def test_a_stream_that_ends_with_its_connection_waits_for_its_verdict(watched: Stage) -> None:
    client = watched.client()
    arrives(watched, client, chat("m", stream=True))
    at(watched, 1001).answers(EVENTS_UNTIL_CLOSE + delta("a") + FINISHED + USAGE_EVENT + DONE)
    at(watched, 1001).hangs_up()
    verdict(watched)
    assert content_of(client.received) == "a"
    assert watched.settled().outcome == "answered"


def test_who_hangs_up_before_the_verdict_takes_all_connections_along(watched: Stage) -> None:
    client = watched.client()
    arrives(watched, client, chat("m", stream=True))
    at(watched, 1001).answers(EVENTS_HEAD + chunked(delta("a")))
    client.hangs_up()
    assert all(upstream.transport.closing for upstream in watched.upstreams)
    usage = watched.settled().usage
    assert usage is not None
    assert (watched.settled().outcome, usage.visible_output_tokens) == ("client_gone", 1)


def test_the_verdict_that_comes_when_all_is_over_changes_nothing(staging: Staging) -> None:
    """A provider that refuses is relayed: it made nothing that had to be looked at."""
    with staging(LOOKERS, house(risk=BLOCK, more=REMOTE)) as stage:
        client = stage.client()
        arrives(stage, client, chat("alone"))
        at(stage, 1001).answers(WRONG)
        assert client.answer().status == 400
        assert at(stage, MODERATION_PORT).transport.closing


def test_nothing_waits_for_longer_than_the_request_may_take(watched: Stage) -> None:
    client = watched.client()
    arrives(watched, client, chat("m"))
    at(watched, 1001).answers(OK)
    watched.wait(watched.worker.plane.limits.total_timeout_ms / 1000 + 1)
    assert client.answer().status == 403
    assert message_of(client.answer()).startswith(NOT_IN_TIME)
    assert watched.settled().usage is not None
    assert at(watched, MODERATION_PORT).transport.closing


@pytest.mark.parametrize(("on_failure", "status"), [("block", 403), ("flag", 200)])
def test_a_remote_detector_that_fails_does_what_the_policy_says(
    staging: Staging, on_failure: str, status: int
) -> None:
    more = f'{REMOTE}\non_failure = "{on_failure}"'
    with staging(LOOKERS, house(risk=BLOCK, more=more)) as stage:
        client = stage.client()
        arrives(stage, client, chat("m"))
        at(stage, MODERATION_PORT).answers(BROKEN)
        at(stage, 1001).answers(OK)
        assert client.answer().status == status
        assert told(stage) == [("input", "detector_failed", on_failure)]
        assert stage.settled().usage is not None


def test_a_remote_detector_sees_what_its_place_may(staging: Staging) -> None:
    more = 'detectors = ["moderation", "email"]\ntimeout_ms = 60000'
    rule = 'deployments = { hosts = ["three"] }\ninput = "mask"'
    with staging(LOOKERS, house(data=rule, risk=BLOCK, more=more)) as stage:
        client = stage.client()
        arrives(stage, client, chat("m", text=f"to {ANN}"))
        assert sent(at(stage, MODERATION_PORT))["input"] == ["to [EMAIL]"]
        assert sent(at(stage, 1001))["messages"][0]["content"] == f"to {ANN}"
        verdict(stage)
        at(stage, 1001).answers(OK)
        assert client.answer().status == 200


# Verdicts on the answer.


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("safe", [False, True])
def test_an_answer_is_looked_at_as_a_whole_before_any_of_it_goes(
    staging: Staging, stream: bool, safe: bool
) -> None:
    more = 'detectors = ["guard", "email"]\ntimeout_ms = 60000'
    with staging(LOOKERS, house(data='input = "pseudonymise"', risk=BLOCK, more=more)) as stage:
        client = stage.client()
        client.sends(chat("m", stream=stream, text=f"I am {ANN}"))
        upstream = at(stage, 1001)
        word = stand_in(upstream)
        if stream:
            pieces = [delta("hello "), *map(delta, word), delta("!")]
            events = chunked(*pieces, FINISHED, USAGE_EVENT, DONE) + LAST
            arrives(stage, upstream, EVENTS_HEAD + events)
        else:
            arrives(stage, upstream, completion(f"hello {word}!"))
        assert b"hello" not in client.received
        shown = sent(at(stage, GUARD_PORT))["messages"][-1]["content"]
        assert f"hello {word}!" in shown
        assert ANN not in shown
        at(stage, GUARD_PORT).answers(completion("safe" if safe else "unsafe\nS1"))
        got = client.answer()
        assert (got.status, got.whole) == (200, True)
        assert (
            f"hello {ANN}!" in got.body.decode() or content_of(got.body) == f"hello {ANN}!"
        ) is safe
        assert (b"content_filter" in got.body) is not safe
        settled = stage.settled()
        assert settled.outcome == ("answered" if safe else "denied")
        assert settled.usage is not None
        assert (settled.usage.input_tokens, settled.usage.estimated) == (10, False)
        assert (("output", "violence", "block") in told(stage)) is not safe


def test_both_are_looked_at(staging: Staging) -> None:
    with staging(LOOKERS, house(risk=BLOCK, more=BOTH)) as stage:
        client = stage.client()
        arrives(stage, client, chat("m"))
        arrives(stage, at(stage, 1001), OK)
        assert GUARD_PORT not in asked(stage)
        arrives(stage, at(stage, MODERATION_PORT), moderated())
        at(stage, GUARD_PORT).answers(completion("safe"))
        assert client.answer().status == 200


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("end", ["hangs up", "late", "fails"])
def test_an_answer_that_is_not_looked_at_is_not_given(
    staging: Staging, stream: bool, end: str
) -> None:
    with staging(LOOKERS, house(risk=BLOCK, more=LAST_WORDS)) as stage:
        client = stage.client()
        client.sends(chat("m", stream=stream))
        arrives(stage, at(stage, 1001), STREAM_OF_YES if stream else OK)
        if end == "hangs up":
            client.hangs_up()
        elif end == "late":
            stage.wait(stage.worker.plane.limits.total_timeout_ms / 1000 + 1)
        else:
            at(stage, GUARD_PORT).answers(BROKEN)
        assert b"yes" not in client.received
        settled = stage.settled()
        assert settled.outcome == ("client_gone" if end == "hangs up" else "denied")
        assert settled.usage is not None
        assert (settled.usage.input_tokens, settled.usage.output_tokens) == (10, 3 if stream else 5)
        assert at(stage, GUARD_PORT).transport.closing or end == "fails"


def test_an_answer_is_asked_of_another_where_a_detector_takes_it_elsewhere(
    staging: Staging,
) -> None:
    with staging(LOOKERS, house(risk='treatment = "elsewhere"', more=LAST_WORDS)) as stage:
        client = stage.client()
        client.sends(chat("m"))
        arrives(stage, at(stage, 1001), OK)
        at(stage, GUARD_PORT).answers(completion("unsafe\nS1"))
        arrives(stage, at(stage, 1002), OK)
        arrives(stage, at(stage, GUARD_PORT), completion("safe"))
        assert client.answer().status == 200
        assert client.answer().headers["x-detente-deployment"] == "second/m-second"
        assert told(stage) == [("output", "violence", "elsewhere")]


def test_a_beginning_that_cannot_be_read_ends_with_its_connection(watched: Stage) -> None:
    client = watched.client()
    arrives(watched, client, chat("m", stream=True))
    upstream = at(watched, 1001)
    upstream.answers(EVENTS_HEAD + chunked(delta("a"), b"data: {garbage\n\n"))
    verdict(watched)
    assert upstream.transport.closing
    before = client.received
    assert b"upstream_failed" in before
    upstream.answers(chunked(delta("b")))
    assert client.received == before
    assert watched.settled().outcome == "failed"


# Held for an operator, for what a remote detector found.

HOLD = 'treatment = "hold"'


@pytest.mark.parametrize("end", ["release", "refuse", "timeout"])
@pytest.mark.parametrize("looks_at", ["request", "answer"])
def test_a_whole_answer_waits_for_an_operator(staging: Staging, looks_at: str, end: str) -> None:
    more = REMOTE if looks_at == "request" else LAST_WORDS
    with staging(LOOKERS, house(risk=HOLD, more=more)) as stage:
        client = stage.client()
        arrives(stage, client, chat("m"))
        arrives(stage, at(stage, 1001), OK)
        if looks_at == "request":
            verdict(stage, "violence")
        else:
            at(stage, GUARD_PORT).answers(completion("unsafe\nS1"))
        (notice,) = stage.worker.held_requests.notices
        assert (notice.stage, notice.category) == ("output", "violence")
        assert client.received == b""
        if end == "timeout":
            stage.wait(stage.worker.held_requests.timeout_ms / 1000 + 1)
        else:
            stage.worker.held_requests.say(notice.id, end, "ops")  # pyright: ignore[reportArgumentType] -- one of its words
            stage.turn()
        assert client.answer().status == (200 if end == "release" else 403)
        settled = stage.settled()
        assert settled.outcome == ("answered" if end == "release" else "denied")
        assert settled.usage is not None
        assert (settled.usage.input_tokens, settled.usage.output_tokens) == (10, 5)
        stage_of = "input" if looks_at == "request" else "output"
        assert told(stage) == [(stage_of, "violence", "hold")]


@pytest.mark.parametrize("looks_at", ["request", "answer"])
def test_a_stream_waits_for_no_operator(staging: Staging, looks_at: str) -> None:
    more = REMOTE if looks_at == "request" else LAST_WORDS
    with staging(LOOKERS, house(risk=HOLD, more=more)) as stage:
        client = stage.client()
        arrives(stage, client, chat("m", stream=True))
        arrives(stage, at(stage, 1001), STREAM_OF_YES)
        if looks_at == "request":
            verdict(stage, "violence")
            assert client.answer().status == 403
            assert "policy `house`" in message_of(client.answer())
        else:
            at(stage, GUARD_PORT).answers(completion("unsafe\nS1"))
            assert b"content_filter" in client.received
        assert b"yes" not in client.received
        assert stage.settled().outcome == "denied"
