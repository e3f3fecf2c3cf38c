"""How long policies take over a request, and how long text of a stream waits for them."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.gateway.governing import (
    ANN,
    Staging,
    asked,
    content_of,
    house,
    sent,
    told,
)
from tests.gateway.props import Clock
from tests.gateway.scripts import (
    DONE,
    EVENTS_HEAD,
    LAST,
    OK,
    USAGE_EVENT,
    chat,
    chunked,
    delta,
)
from tests.gateway.stage import Stage

from detente.gateway.guarding import turns as module

SAYS = f"mail {ANN} now"
FINISHED = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
    b'[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
)


def words(body: Any) -> str:
    """What a chat request says last."""
    return str(body["messages"][-1]["content"])


class Slow(Clock):
    """A clock on which every look takes ten milliseconds."""

    def monotonic(self) -> float:
        self.now_s += 0.01
        return self.now_s


class Turns:
    """The turns that a worker is asked for, taken when the test says so."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self._waiting: list[tuple[Callable[..., object], tuple[object, ...]]] = []
        monkeypatch.setattr(stage.worker, "soon", self._later)

    def _later(self, call: Callable[..., object], *values: object) -> None:
        self._waiting.append((call, values))

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def take(self) -> None:
        """All, one after the other, with those that come meanwhile."""
        while self._waiting:
            call, values = self._waiting.pop(0)
            call(*values)


PATIENT = 'detectors = ["email"]\ntimeout_ms = 60000'


@pytest.fixture(name="slow")
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", Slow())


@pytest.mark.usefixtures("slow")
def test_a_request_that_takes_long_to_look_at_lets_others_go_first(
    staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staging(house(data='input = "mask"', more=PATIENT)) as stage:
        turns = Turns(stage, monkeypatch)
        client = stage.client()
        client.sends(chat("m", text=SAYS))
        assert (turns.waiting, asked(stage)) == (1, [])
        turns.take()
        stage.turn()
        assert words(sent(stage.upstream)) == "mail [EMAIL] now"
        stage.upstream.answers(OK)
        assert client.answer().status == 200


@pytest.mark.usefixtures("slow")
def test_who_hangs_up_meanwhile_is_gone_and_nobody_resumes_it(
    staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staging(house(data='input = "mask"', more=PATIENT)) as stage:
        turns = Turns(stage, monkeypatch)
        client = stage.client()
        client.sends(chat("m", text=SAYS))
        client.hangs_up()
        turns.take()
        stage.turn()
        assert asked(stage) == []
        assert (stage.settled().outcome, stage.settled().usage) == ("client_gone", None)


@pytest.mark.usefixtures("slow")
def test_the_patience_with_a_clients_head_is_not_the_requests(
    staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection's deadline was set before the request came, and would soon pass."""
    with staging(house(data='input = "mask"', more=PATIENT)) as stage:
        turns = Turns(stage, monkeypatch)
        client = stage.client()
        stage.wait(stage.worker.plane.limits.client_head_timeout_ms / 1000 - 1)
        client.sends(chat("m", text=SAYS))
        stage.wait(2)
        assert client.received == b""
        turns.take()
        stage.turn()
        stage.upstream.answers(OK)
        assert client.answer().status == 200


@pytest.mark.usefixtures("slow")
def test_a_request_is_not_looked_at_for_longer_than_it_may_take(
    staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staging(house(data='input = "mask"', more=PATIENT)) as stage:
        turns = Turns(stage, monkeypatch)
        client = stage.client()
        client.sends(chat("m", text=SAYS))
        stage.wait(stage.worker.plane.limits.total_timeout_ms / 1000 + 1)
        assert client.answer().status == 504
        turns.take()
        assert stage.settled().error == "deadline_exceeded"


@pytest.mark.parametrize(("on_failure", "status"), [("block", 403), ("flag", 200)])
@pytest.mark.usefixtures("slow")
def test_a_look_that_takes_too_long_is_a_detector_that_failed(
    staging: Staging, on_failure: str, status: int
) -> None:
    more = f'detectors = ["email"]\ntimeout_ms = 5\non_failure = "{on_failure}"'
    with staging(house(data='input = "mask"', more=more)) as stage:
        client = stage.client()
        client.sends(chat("m", text=SAYS))
        stage.turn()
        if status == 200:
            stage.upstream.answers(OK)
        else:
            assert asked(stage) == []
        assert client.answer().status == status
        assert ("input", "detector_failed", on_failure) in told(stage)


def test_text_of_a_stream_goes_when_it_has_waited_for_long_enough(staging: Staging) -> None:
    more = 'detectors = ["email"]\noutput_delay_ms = 300'
    with staging(house(data='output = "mask"', more=more)) as stage:
        client = stage.client()
        client.sends(chat("m", stream=True))
        stage.upstream.answers(EVENTS_HEAD + chunked(delta("hello to you, ann@cont")))
        assert content_of(client.received) == ""
        stage.wait(0.2)
        assert content_of(client.received) == ""
        stage.wait(0.2)
        assert content_of(client.received) == "hello to you, "
        stage.upstream.answers(chunked(delta("oso.com."), FINISHED, USAGE_EVENT, DONE) + LAST)
        assert content_of(client.received) == "hello to you, [EMAIL]."
        assert stage.settled().outcome == "answered"
        stage.wait(1)
        assert content_of(client.received) == "hello to you, [EMAIL]."


def test_nothing_goes_to_who_hung_up_while_text_waited(staging: Staging) -> None:
    with staging(house(data='output = "mask"')) as stage:
        client = stage.client()
        client.sends(chat("m", stream=True))
        stage.upstream.answers(EVENTS_HEAD + chunked(delta("hello to you")))
        before = client.received
        client.hangs_up()
        stage.wait(1)
        stage.wait(10)
        assert client.received == before
        assert stage.settled().outcome == "client_gone"
        assert stage.upstream.transport.closing


def test_text_that_is_due_and_is_blocked_ends_the_stream(staging: Staging) -> None:
    with staging(house(data='output = "block"')) as stage:
        client = stage.client()
        client.sends(chat("m", stream=True))
        stage.upstream.answers(EVENTS_HEAD + chunked(delta(f"to {ANN} and so on, she said")))
        assert b"content_filter" not in client.received
        stage.wait(1)
        assert ANN.encode() not in client.received
        assert b'"finish_reason":"content_filter"' in client.received
        assert client.answer().whole
        assert stage.upstream.transport.closing
        assert (stage.settled().outcome, told(stage)) == ("denied", [("output", "email", "block")])
