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
    told,
)
from tests.gateway.scripts import (
    DONE,
    EVENTS_HEAD,
    LAST,
    OK,
    USAGE_EVENT,
    answer,
    chat,
    chunked,
    delta,
)
from tests.gateway.stage import Stage

REMOTE = 'detectors = ["moderation"]\ntimeout_ms = 60000'
BOTH = 'detectors = ["moderation", "guard"]\ntimeout_ms = 60000'
LAST_WORDS = 'detectors = ["guard"]\ntimeout_ms = 60000'
BLOCK = 'treatment = "block"'
FINISHED = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    b'[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
)


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
