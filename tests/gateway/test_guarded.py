"""What the line does about policies on content: before anything is sent, at an answer, at each
piece of a stream, and at its end."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from tests.gateway.governing import (
    GUARD_PORT,
    LOOKERS,
    MODERATION_PORT,
    arrives,
    asked,
    at,
    completion,
    content_of,
    governed,
    house,
    moderated,
    post,
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

Staging = Callable[..., AbstractContextManager[Stage]]
REMOTE = 'detectors = ["moderation"]\ntimeout_ms = 60000'
BOTH = 'detectors = ["moderation", "guard"]\ntimeout_ms = 60000'
LAST_WORDS = 'detectors = ["guard"]\ntimeout_ms = 60000'
BLOCK = 'treatment = "block"'
FINISHED = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    b'[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
)


@pytest.fixture(name="staging")
def _staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Staging:
    return partial(governed, tmp_path, monkeypatch)


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
