"""Detectors that raise, lie and dawdle: the policy says what follows, and the ledger tells it."""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from detente.canonical.guardrail import Screened
from detente.gateway.guarding import guardrails_plane, turns
from detente.gateway.suspension import suspended
from detente.guardrails.detector import Detector, Finding
from detente.wiring import Setup, detectors_of
from tests.gateway.props import Answer
from tests.gateway.scripts import KEYS, answer, request
from tests.gateway.stage import Stage, staged

CONFIGURATION = (
    """
[providers.eu]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1001/v1"
host = "eu"
dialects = ["openai_chat"]

[models."tests/m"]
aliases = ["m"]
deployments = [{ provider = "eu", id = "m-eu" }]

[guardrails.policies.strict]
on_failure = "ON_FAILURE"

[[guardrails.policies.strict.data]]
categories = ["email", "iban"]
input = "INPUT"
output = "OUTPUT"
"""
    + KEYS
)
ANN: Final = "ann@contoso.com"
IBAN: Final = "DE89370400440532013000"
LATE_S: Final = 1.5
"""More than a policy's `timeout_ms`, left out."""

Find = Callable[[str], Iterator[Finding]]


class Stand:
    """A detector in the place of the one for e-mail addresses."""

    name = "email"
    categories = ("email",)
    look_back = 254

    def __init__(self, find: Find) -> None:
        self._find = find

    def find(self, text: str) -> Iterator[Finding]:
        return self._find(text)


def _raises(text: str) -> Iterator[Finding]:
    raise ValueError(text)


def _raises_later(text: str) -> Iterator[Finding]:
    at = text.find(ANN)
    if at >= 0:
        yield Finding(start=at, end=at + len(ANN), category="email")
    raise RecursionError(text)


def _beyond(text: str) -> Iterator[Finding]:
    yield Finding(start=0, end=len(text) + 1, category="email")


def _before(text: str) -> Iterator[Finding]:
    yield Finding(start=-1, end=len(text), category="email")


def _empty(text: str) -> Iterator[Finding]:
    del text
    yield Finding(start=1, end=1, category="email")


def _backwards(text: str) -> Iterator[Finding]:
    yield Finding(start=len(text), end=0, category="email")


def _of_another(text: str) -> Iterator[Finding]:
    yield Finding(start=0, end=len(text), category="iban")


def _of_nobody(text: str) -> Iterator[Finding]:
    yield Finding(start=0, end=len(text), category="nonsense")


def _too_severe(text: str) -> Iterator[Finding]:
    yield Finding(start=0, end=len(text), category="email", severity=4)


LIES: Final[tuple[Find, ...]] = (
    _raises,
    _raises_later,
    _beyond,
    _before,
    _empty,
    _backwards,
    _of_another,
    _of_nobody,
    _too_severe,
)
NAMES: Final = [find.__name__.strip("_") for find in LIES]


@contextmanager
def _stage(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    find: Find,
    *,
    on_failure: str,
    treated: tuple[str, str] = ("pseudonymise", "allow"),
) -> Generator[Stage]:
    """A gateway whose detector of e-mail addresses is another one."""

    def others(setup: Setup) -> tuple[Detector, ...]:
        return tuple(Stand(find) if one.name == "email" else one for one in detectors_of(setup))

    monkeypatch.setattr(guardrails_plane, "detectors_of", others)
    (folder / "state").mkdir()
    text = CONFIGURATION.replace("ON_FAILURE", on_failure)
    text = text.replace("INPUT", treated[0]).replace("OUTPUT", treated[1])
    with staged(folder, monkeypatch, text) as stage:
        yield stage


def _ask(stage: Stage, text: str, said: str = "yes", *, stream: bool = False) -> Answer:
    """One question, and the provider's answer where it was asked."""
    client = stage.client()
    body = {"model": "m", "stream": stream, "messages": [{"role": "user", "content": text}]}
    client.sends(request("POST", "/v1/chat/completions", json.dumps(body).encode()))
    if stage.upstreams:
        stage.upstream.answers(_streamed(said) if stream else answer(200, _whole(said)))
        stage.upstream.hangs_up()
    return client.answer()


COMMON: Final = {"id": "c", "created": 1, "model": "m"}


def _whole(said: str) -> bytes:
    message = {"role": "assistant", "content": said}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    return json.dumps(
        {**COMMON, "object": "chat.completion", "choices": [choice], "usage": usage}
    ).encode()


def _streamed(said: str) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    deltas: list[tuple[object, str | None]] = [({"content": one}, None) for one in said]
    deltas.append(({}, "stop"))
    for delta, stop in deltas:
        choice = {"index": 0, "delta": delta, "finish_reason": stop}
        head += b"data: %b\n\n" % json.dumps({**COMMON, "choices": [choice]}).encode()
    return head + b"data: [DONE]\n\n"


def _failed(stage: Stage, at: str, treatment: str) -> None:
    """The settlement tells of the failure, and of no finding of its."""
    told = [one for one in stage.settled().screened if one.detector == "email"]
    failures = [one for one in told if one.category == "detector_failed"]
    assert failures == [
        Screened(
            policy="strict",
            stage="input" if at == "input" else "output",
            detector="email",
            category="detector_failed",
            treatment="block" if treatment == "block" else "flag",
            count=0,
        )
    ]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("find", LIES, ids=NAMES)
def test_a_request_that_nobody_could_look_at_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, find: Find, *, stream: bool
) -> None:
    with _stage(tmp_path, monkeypatch, find, on_failure="block") as stage:
        told = _ask(stage, f"to {ANN}", stream=stream)
        assert told.status == 403
        sentence = json.loads(told.body)["error"]["message"]
        assert sentence.startswith(
            "policy `strict` blocks the request, since `email` could not look at it"
        )
        assert stage.upstreams == []
        assert ANN not in sentence
        _failed(stage, "input", "block")
        settled = stage.settled()
        assert (settled.outcome, settled.error) == ("denied", "guardrail_blocked")
        assert stage.said == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("find", LIES, ids=NAMES)
def test_or_goes_on_where_a_policy_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, find: Find, *, stream: bool
) -> None:
    """What other detectors find is treated all the same."""
    with _stage(tmp_path, monkeypatch, find, on_failure="flag") as stage:
        told = _ask(stage, f"to {ANN} by {IBAN}", stream=stream)
        assert told.status == 200
        assert IBAN.encode() not in stage.upstream.received
        _failed(stage, "input", "flag")
        assert "iban" in [one.category for one in stage.settled().screened]
        assert stage.settled().outcome == "answered"
        assert stage.said == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("find", LIES, ids=NAMES)
def test_an_answer_that_nobody_could_look_at_is_withheld(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, find: Find, *, stream: bool
) -> None:
    """The detector works while the request is looked at."""
    secret = "the answer itself"

    def fails_then(text: str) -> Iterator[Finding]:
        return find(text) if secret in text else iter(())

    treated = ("allow", "mask")
    with _stage(tmp_path, monkeypatch, fails_then, on_failure="block", treated=treated) as stage:
        told = _ask(stage, "hello", f"well: {secret}. " * 40, stream=stream)
        assert told.status == 200
        assert secret.encode() not in told.body
        assert b'"content_filter"' in told.body
        _failed(stage, "output", "block")
        settled = stage.settled()
        assert (settled.outcome, settled.error) == ("denied", "guardrail_blocked")
        assert stage.said == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("find", LIES, ids=NAMES)
def test_or_given_where_a_policy_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, find: Find, *, stream: bool
) -> None:
    treated = ("allow", "mask")
    said = f"pay {IBAN}, she said. " * 20

    def fails_then(text: str) -> Iterator[Finding]:
        return find(text) if "she said" in text else iter(())

    with _stage(tmp_path, monkeypatch, fails_then, on_failure="flag", treated=treated) as stage:
        told = _ask(stage, "hello", said, stream=stream)
        assert told.status == 200
        assert IBAN.encode() not in told.body
        assert b'"content_filter"' not in told.body
        _failed(stage, "output", "flag")
        assert stage.settled().outcome == "answered"


@pytest.mark.parametrize("on_failure", ["block", "flag"])
def test_who_takes_too_long_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_failure: str
) -> None:
    """All of them: nobody knows who it was, and what comes later was not looked at by any."""
    late: list[Callable[[], None]] = []

    def dawdles(text: str) -> Iterator[Finding]:
        del text
        late[0]()
        return iter(())

    with _stage(tmp_path, monkeypatch, dawdles, on_failure=on_failure) as stage:
        monkeypatch.setattr(turns, "time", stage.clock)

        def pass_time() -> None:
            stage.clock.now_s += LATE_S

        late.append(pass_time)
        told = _ask(stage, "hello")
        assert told.status == (403 if on_failure == "block" else 200)
        _failed(stage, "input", on_failure)
        failed = {one.detector for one in stage.settled().screened}
        assert {"email", "iban"} <= failed


def test_the_turns_of_others_are_not_the_detectors_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a crowd of large requests would have each of them refused."""
    clock: list[Callable[[float], None]] = []

    def works(text: str) -> Iterator[Finding]:
        if "text" in text:
            clock[0](2 * turns.TURN_S)
        return iter(())

    async def others() -> object:
        clock[0](LATE_S)
        return await suspended()

    with _stage(tmp_path, monkeypatch, works, on_failure="block") as stage:
        monkeypatch.setattr(turns, "time", stage.clock)
        monkeypatch.setattr(turns, "suspended", others)

        def pass_time(seconds: float) -> None:
            stage.clock.now_s += seconds

        clock.append(pass_time)
        client = stage.client()
        texts = [{"type": "text", "text": f"text {number}"} for number in range(5)]
        body = {"model": "m", "messages": [{"role": "user", "content": texts}]}
        client.sends(request("POST", "/v1/chat/completions", json.dumps(body).encode()))
        stage.turn(20)
        stage.upstream.answers(answer(200, _whole("yes")))
        assert client.answer().status == 200
        assert stage.clock.now_s > 5 * LATE_S
