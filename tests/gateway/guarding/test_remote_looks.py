"""Remote detectors are asked beside the call; whatever is no verdict in time has failed."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from tests.gateway.scripts import CONFIGURATION
from tests.gateway.stage import Stage, staged

from detente.canonical.guardrail import Stage as Step
from detente.canonical.safety_words import MODERATION
from detente.gateway.drills import Drill
from detente.gateway.guarding.remote_looks import BUG, LATE, NOT_SHOWN, UNKNOWN, RemoteLooks
from detente.gateway.guarding.remote_reach import ServiceEndpoint, ServiceSend
from detente.gateway.http.message import Response
from detente.gateway.suspension import Suspension
from detente.gateway.upstream.renewal import NoCredential, Renewal
from detente.guardrails.remote.asking import ASKS_MAX
from detente.guardrails.remote.azure_content_safety import TEXT_CHARACTERS_MAX

DETECTORS = """
[providers.azure]
kind = "azure"
base_url = "http://127.0.0.1:1003"

[guardrails.detectors.moderation]
kind = "openai_moderation"
provider = "first"

[guardrails.detectors.shield]
kind = "azure_content_safety"
provider = "azure"

[guardrails.detectors.guard]
kind = "model"
model = "second/m-second"
stages = ["input", "output"]
"""
PATIENT_MS = 60_000
"""Longer than any test takes."""


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with staged(tmp_path, monkeypatch, CONFIGURATION + DETECTORS) as running:
        yield running


class Looking:
    """One look on stage, and how often it said that it was done."""

    def __init__(
        self,
        stage: Stage,
        *names: str,
        texts: Sequence[str] | None = ("hello",),
        step: Step = "input",
        timeout_ms: int = PATIENT_MS,
        cancels: bool = False,
    ) -> None:
        self.done = 0
        self.cancels = cancels
        self.stage = stage
        self.over_at_once = False
        stage.loop.run_until_complete(self._begin(names, texts, step, timeout_ms))
        self.done_at_once = self.done
        stage.turn()

    async def _begin(
        self, names: tuple[str, ...], texts: Sequence[str] | None, step: Step, timeout_ms: int
    ) -> None:
        worker = self.stage.worker
        self.looks = RemoteLooks.begin(
            worker,
            worker.plane.remote,
            dict.fromkeys(names, texts),
            step,
            timeout_ms=timeout_ms,
            done=self._is_done,
        )
        self.over_at_once = self.looks.over

    def _is_done(self) -> None:
        assert self.looks.over
        self.done += 1
        if self.cancels:
            self.looks.cancel()

    def until_done(self) -> None:
        """Wait for real timers, within a bound."""

        async def wait() -> None:
            async with asyncio.timeout(10):
                while not self.done:
                    await asyncio.sleep(0.001)

        self.stage.loop.run_until_complete(wait())


def http(body: object, status: int = 200, headers: str = "") -> bytes:
    """An answer of a service."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} OK\r\ncontent-type: application/json\r\n{headers}"
    return f"{head}content-length: {len(data)}\r\n\r\n".encode() + data


def moderated(*found: str, inputs: int = 1) -> dict[str, Any]:
    """OpenAI's answer."""
    result = {
        "flagged": bool(found),
        "categories": {name: name in found for name in MODERATION},
        "category_scores": dict.fromkeys(MODERATION, 0.5),
    }
    return {"id": "modr-1", "model": "m", "results": [result] * inputs}


def guarded(said: str) -> dict[str, Any]:
    """A guard model's answer."""
    message = {"role": "assistant", "content": said}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "g", "choices": [choice]}


def test_a_finding_is_told_when_all_have_answered(stage: Stage) -> None:
    looking = Looking(stage, "moderation", "guard")
    assert not looking.over_at_once
    first, second = stage.upstreams
    assert first.received.startswith(b"POST /v1/moderations HTTP/1.1\r\nhost: 127.0.0.1:1001\r\n")
    assert first.received.endswith(b'{"model":"omni-moderation-latest","input":["hello"]}')
    assert second.received.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    second.answers(http(guarded("unsafe\nS10")), piece_bytes=7)
    assert (looking.done, looking.looks.over) == (0, False)
    first.answers(http(moderated("violence")))
    assert (looking.done, looking.looks.over) == (1, True)
    told = [(one.category, one.source) for one in looking.looks.signals]
    assert told == [("hate", "host"), ("violence", "openai")]
    assert looking.looks.failed == ()


def test_the_connection_serves_the_next_look(stage: Stage) -> None:
    for _ in range(2):
        looking = Looking(stage, "moderation")
        stage.upstream.answers(http(moderated()))
        assert (looking.done, looking.looks.failed) == (1, ())
    assert len(stage.upstreams) == 1


def test_a_kept_connection_that_is_gone_is_replaced_once(stage: Stage) -> None:
    Looking(stage, "moderation")
    stage.upstream.answers(http(moderated()))
    looking = Looking(stage, "moderation")
    stage.upstream.hangs_up()
    stage.turn()
    assert len(stage.upstreams) == 2
    stage.upstream.answers(http(moderated("hate")))
    assert [one.category for one in looking.looks.signals] == ["hate"]


def test_nothing_is_recorded(stage: Stage) -> None:
    Looking(stage, "moderation")
    stage.upstream.answers(http(moderated("hate")))
    assert stage.journal.records == []


def test_nothing_to_look_at_is_over_at_once_and_says_so_by_itself(stage: Stage) -> None:
    looking = Looking(stage, "moderation", texts=("", "  "))
    assert (looking.over_at_once, looking.done, looking.looks.failed) == (True, 0, ())
    assert stage.upstreams == []


def test_who_may_not_see_the_text_is_not_asked_and_has_failed(stage: Stage) -> None:
    looking = Looking(stage, "moderation", texts=None)
    assert (looking.over_at_once, looking.done) == (True, 0)
    assert looking.looks.reasons == {"moderation": NOT_SHOWN}
    assert stage.upstreams == []


def test_who_is_not_there_has_failed(stage: Stage) -> None:
    assert Looking(stage, "nobody").looks.reasons == {"nobody": UNKNOWN}


def test_who_is_not_for_that_stage_is_left_out(stage: Stage) -> None:
    looking = Looking(stage, "moderation", "guard", step="output")
    (upstream,) = stage.upstreams
    assert b'"role":"assistant"' in upstream.received
    upstream.answers(http(guarded("safe")))
    assert (looking.done, looking.looks.failed, looking.looks.signals) == (1, (), ())


def test_more_text_than_can_be_asked_about_has_failed(stage: Stage) -> None:
    text = "x" * TEXT_CHARACTERS_MAX * (ASKS_MAX + 1)
    looking = Looking(stage, "shield", texts=(text,))
    assert "more than 16 requests" in looking.looks.reasons["shield"]
    assert stage.upstreams == []


def test_a_part_that_fails_fails_the_detector_and_keeps_what_was_found(stage: Stage) -> None:
    looking = Looking(stage, "shield", texts=("x" * TEXT_CHARACTERS_MAX, "y"))
    first, second = stage.upstreams
    harms = [{"category": name, "severity": 0} for name in ("Hate", "SelfHarm", "Sexual")]
    harms.append({"category": "Violence", "severity": 6})
    first.answers(http({"categoriesAnalysis": harms}))
    assert looking.done == 0
    second.answers(http({}, status=429))
    assert looking.done == 1
    assert looking.looks.failed == ("shield",)
    assert [one.category for one in looking.looks.signals] == ["violence"]


@pytest.mark.parametrize(
    "answer",
    [
        http(moderated(), status=500),
        http(moderated(), status=401),
        http(moderated(inputs=2)),
        http({"id": "m", "model": "m", "results": []}),
        http(b"\x00garbage"),
        http(b""),
        http(b"x" * 5_000),
        b"not HTTP at all\r\n\r\n",
        http(moderated()).replace(b"application/json", b"text/event-stream"),
    ],
)
def test_garbage_lies_and_errors_are_failures(stage: Stage, answer: bytes) -> None:
    looking = Looking(stage, "moderation")
    stage.upstream.answers(answer)
    assert (looking.done, looking.looks.over) == (1, True)
    assert looking.looks.failed == ("moderation",)
    assert looking.looks.signals == ()


def test_a_guard_model_that_chats_instead_has_failed(stage: Stage) -> None:
    looking = Looking(stage, "guard")
    stage.upstream.answers(http(guarded("I think that this is safe.")))
    assert looking.looks.failed == ("guard",)
    failing = Looking(stage, "guard")
    stage.upstream.answers(http({"error": "x"}, status=503))
    assert "status 503" in failing.looks.reasons["guard"]


def test_who_dies_before_or_in_the_answer_has_failed(stage: Stage) -> None:
    for answer in (b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"):
        looking = Looking(stage, "moderation")
        stage.upstream.answers(answer)
        stage.upstream.hangs_up()
        assert looking.looks.failed == ("moderation",)


def test_who_cannot_be_reached_has_failed(stage: Stage) -> None:
    stage.unreachable.add(1001)
    looking = Looking(stage, "moderation")
    assert (looking.done_at_once, looking.done) == (0, 1)
    assert "cannot be reached" in looking.looks.reasons["moderation"]


@pytest.mark.parametrize("hanging", [False, True])
def test_who_is_slow_has_failed_and_nobody_waits_for_the_rest(stage: Stage, hanging: bool) -> None:
    stage.hanging = hanging
    looking = Looking(stage, "moderation", timeout_ms=1)
    looking.until_done()
    assert looking.looks.reasons == {"moderation": LATE}
    assert looking.looks.over
    for upstream in stage.upstreams:
        assert upstream.transport.closing
        upstream.answers(http(moderated("hate")))
    assert (looking.done, looking.looks.signals) == (1, ())


@pytest.mark.parametrize("hanging", [False, True])
def test_cancelling_closes_everything_and_calls_nobody(stage: Stage, hanging: bool) -> None:
    stage.hanging = hanging
    looking = Looking(stage, "moderation", "guard")
    looking.looks.cancel()
    stage.turn()
    assert (looking.done, looking.looks.over) == (0, True)
    assert all(upstream.transport.closing for upstream in stage.upstreams)
    assert len(stage.upstreams) == (0 if hanging else 2)
    looking.looks.cancel()


@pytest.mark.parametrize("without", ["provider:first", "host:one"])
def test_in_a_drill_who_is_cut_out_is_gone_for_detectors_too(stage: Stage, without: str) -> None:
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    until_s = stage.clock.now_s + hour.total_seconds()
    stage.worker.drill(
        Drill(without=without, began_at=now, ends_at=now + hour, deployments=(), until_s=until_s)
    )
    looking = Looking(stage, "moderation", "guard")
    assert looking.looks.failed == ("moderation",)
    assert "cut out by a drill" in looking.looks.reasons["moderation"]
    assert [upstream.address.port for upstream in stage.upstreams] == [1002]
    looking.looks.cancel()


class Chain:
    """A credential that a library finds, as `Renewal` gives it."""

    def __init__(self) -> None:
        self.ready = False
        self.waiting: list[Suspension] = []
        self.was_refused = False
        self.fails = False

    def wait(self, waiter: Suspension) -> None:
        if self.fails:
            raise NoCredential("first", "nobody signed in")
        self.waiting.append(waiter)

    def forget(self, waiter: Suspension) -> None:
        self.waiting.remove(waiter)

    def refused(self) -> None:
        self.was_refused = True


@pytest.fixture
def chain(stage: Stage) -> Chain:
    """The chain of the provider that moderation is asked at."""
    chain = Chain()
    remote = stage.worker.plane.remote
    endpoint = remote["moderation"]
    assert isinstance(endpoint, ServiceEndpoint)
    remote["moderation"] = msgspec.structs.replace(endpoint, renewal=cast("Renewal", chain))
    return chain


def test_it_waits_for_the_first_credential(stage: Stage, chain: Chain) -> None:
    looking = Looking(stage, "moderation")
    assert stage.upstreams == []
    (waiter,) = chain.waiting
    stage.loop.call_soon(waiter.resume, None)
    stage.turn()
    stage.upstream.answers(http(moderated("hate")))
    assert [one.category for one in looking.looks.signals] == ["hate"]


def test_without_a_credential_it_has_failed_at_once(stage: Stage, chain: Chain) -> None:
    chain.fails = True
    looking = Looking(stage, "moderation")
    assert (looking.over_at_once, looking.done) == (True, 0)
    assert "nobody signed in" in looking.looks.reasons["moderation"]


def test_a_credential_that_nobody_waits_for_is_let_go(stage: Stage, chain: Chain) -> None:
    looking = Looking(stage, "moderation")
    looking.looks.cancel()
    assert chain.waiting == []


def test_a_credential_that_is_refused_is_renewed(stage: Stage, chain: Chain) -> None:
    chain.ready = True
    looking = Looking(stage, "moderation")
    stage.upstream.answers(http({"error": "expired"}, status=401))
    assert looking.looks.failed == ("moderation",)
    assert chain.was_refused


def test_a_bug_of_ours_is_a_detector_that_failed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(send: ServiceSend, answer: Response) -> None:
        raise ZeroDivisionError(send, answer)

    monkeypatch.setattr(ServiceSend, "verdict", breaks)
    looking = Looking(stage, "moderation")
    stage.upstream.answers(http(moderated()))
    assert looking.looks.reasons == {"moderation": BUG}
    assert looking.done == 1
    assert stage.said
    assert "ZeroDivisionError" in stage.said[0]


def test_it_may_be_cancelled_when_it_is_done(stage: Stage) -> None:
    looking = Looking(stage, "moderation", cancels=True)
    stage.upstream.answers(http(moderated("hate")))
    assert (looking.done, looking.looks.over) == (1, True)
