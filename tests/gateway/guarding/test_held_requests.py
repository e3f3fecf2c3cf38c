"""What is held waits in memory, bounded in number and time, and leaves by every way out."""

import json
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from tests.gateway.props import Waiter
from tests.gateway.scripts import CONFIGURATION, KEY, OK, chat, hashed
from tests.gateway.stage import Stage, staged

from detente.canonical.safety import SafetySignal
from detente.configuration.guardrails import Guardrails
from detente.dialects import RequestHead, Spec
from detente.gateway import server
from detente.gateway.exchange import Exchange
from detente.gateway.guarding import held_requests
from detente.gateway.guarding.held_requests import (
    SHOWN_BYTES_MAX,
    Content,
    HeldRequests,
    Notice,
    Refused,
    Released,
    Why,
    Word,
    held_refusal,
    oldest_first,
    released,
)
from detente.gateway.http.message import Response
from detente.gateway.link.messages import HeldTold
from detente.gateway.routing import Plan
from detente.guardrails.risk import Verdict
from detente.wiring import build

BOUNDS = "[guardrails]\nheld_max = 2\nhold_timeout_ms = 20_000\n"
RISK = SafetySignal(
    stage="input", action="flagged", category="prompt_attack", severity=2, source="detente"
)
ASKED = Verdict(treatment="hold", policy="attacks", signal=RISK)
ANSWERED = Verdict(
    treatment="hold",
    policy="answers",
    signal=SafetySignal(stage="input", action="flagged", category="hate", source="azure"),
)


class RequestHeld(Exchange):
    """Every request is held before it is sent."""

    async def _try_each(self, plan: Plan, spec: Spec, head: RequestHead) -> None:
        await released(self, ASKED, self.request.body)
        await super()._try_each(plan, spec, head)


class AnswerHeld(Exchange):
    """Every whole answer is held before it is given, for what a platform said of its request."""

    async def _attempt(self, step: object, spec: Spec, head: RequestHead) -> Response | None:
        answer = await super()._attempt(step, spec, head)  # pyright: ignore[reportArgumentType] -- a step, as it came
        assert answer is not None
        assert self.connection is not None
        self.connection.release()
        self.connection = None
        await released(self, ANSWERED, answer.body, "first/m-first")
        return answer


@pytest.fixture
def asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    """A stage on which every request is held."""
    monkeypatch.setattr(server, "Exchange", RequestHeld)
    with staged(tmp_path, monkeypatch, CONFIGURATION + BOUNDS) as made:
        yield made
        assert made.at_rest()
        assert len(made.worker.held_requests) == 0


@pytest.fixture
def answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    """A stage on which every answer is held."""
    monkeypatch.setattr(server, "Exchange", AnswerHeld)
    with staged(tmp_path, monkeypatch, CONFIGURATION + BOUNDS) as made:
        yield made
        assert made.at_rest()
        assert len(made.worker.held_requests) == 0


def line(stage: Stage) -> HeldRequests:
    return stage.worker.held_requests


def only(stage: Stage) -> Notice:
    (notice,) = line(stage).notices
    return notice


def say(stage: Stage, id_: str, word: Word, by: str = "ops") -> Notice | None:
    """What an operator says, and what the worker then does in this turn."""
    notice = line(stage).say(id_, word, by)
    stage.turn()
    return notice


def message(body: bytes) -> str:
    return json.loads(body)["error"]["message"]


# A request, before it is sent.


def test_nothing_is_sent_before_an_operator_releases_it(asking: Stage) -> None:
    client = asking.client()
    client.sends(chat("m"))
    asking.wait(19)
    assert asking.upstreams == []
    assert client.answers == []
    notice = only(asking)
    assert say(asking, notice.id, "release") == notice
    asking.upstream.answers(OK)
    assert client.answer().status == 200
    assert asking.settled().outcome == "answered"
    asking.wait(60)  # the deadline of the hold is no deadline of what came after
    assert client.answer().status == 200


def test_a_notice_says_what_for_and_nothing_of_what_is_said(asking: Stage) -> None:
    client = asking.client()
    client.sends(chat("m"))
    notice = only(asking)
    assert (notice.project, notice.key, notice.model) == ("shop", "app", "tests/m")
    assert (notice.stage, notice.policy, notice.category) == ("input", "attacks", "prompt_attack")
    assert (notice.severity, notice.source, notice.deployment) == (2, "detente", None)
    assert (notice.since, notice.until - notice.since) == (
        asking.worker.now,
        timedelta(seconds=20),
    )
    say(asking, notice.id, "refuse")


def test_who_is_refused_gets_an_error_that_names_no_operator(asking: Stage) -> None:
    client = asking.client()
    client.sends(chat("m"))
    say(asking, only(asking).id, "refuse", "ops-canary")
    answer = client.answer()
    assert answer.status == 403
    assert message(answer.body) == (
        "policy `attacks` held the request for `prompt_attack`, and an operator refused it;"
        f" ask otherwise (decision `{asking.decisions[-1].decision.id}`)"
    )
    assert b"ops-canary" not in client.received
    assert asking.upstreams == []
    assert asking.settled().error == "guardrail_blocked"


def test_what_nobody_releases_in_time_is_refused(asking: Stage) -> None:
    client = asking.client()
    client.sends(chat("m"))
    notice = only(asking)
    asking.wait(20.1)
    assert client.answer().status == 403
    assert "no operator released it in time; try again later" in message(client.answer().body)
    assert say(asking, notice.id, "release") is None
    assert asking.upstreams == []
    client.sends(chat("m"))  # the connection serves on
    say(asking, only(asking).id, "release")
    asking.upstream.answers(OK)
    assert [answer.status for answer in client.answers] == [403, 200]


def test_the_time_of_the_whole_request_ends_a_hold_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "Exchange", RequestHeld)
    text = (CONFIGURATION + BOUNDS).replace("[limits]\n", "[limits]\ntotal_timeout_ms = 5000\n")
    with staged(tmp_path, monkeypatch, text) as stage:
        client = stage.client()
        client.sends(chat("m"))
        notice = only(stage)
        assert notice.until - notice.since == timedelta(seconds=5)
        stage.wait(5.1)
        assert "no operator released it in time" in message(client.answer().body)


def test_a_request_waits_no_longer_than_its_decision_is_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SoonOver(RequestHeld):
        async def _try_each(self, plan: Plan, spec: Spec, head: RequestHead) -> None:
            plan.valid_until_us = int((self.worker.now + timedelta(seconds=3)).timestamp() * 1e6)
            await super()._try_each(plan, spec, head)

    monkeypatch.setattr(server, "Exchange", SoonOver)
    with staged(tmp_path, monkeypatch, CONFIGURATION + BOUNDS) as stage:
        client = stage.client()
        client.sends(chat("m"))
        assert only(stage).until - only(stage).since == timedelta(seconds=3)
        stage.wait(3.1)
        assert "no operator released it in time" in message(client.answer().body)


def test_nothing_is_sent_for_a_key_that_was_revoked_meanwhile(asking: Stage) -> None:
    client = asking.client()
    client.sends(chat("m"))
    without = CONFIGURATION.replace("[keys.app]", "[keys.gone]").replace(hashed(KEY), hashed("x"))
    asking.worker.reload(build(asking.sources(without + BOUNDS)))
    say(asking, only(asking).id, "release")
    assert client.answer().status == 401
    assert asking.upstreams == []
    assert asking.settled().error == "key_invalid"


def test_who_hangs_up_is_held_no_more(asking: Stage) -> None:
    client = asking.client()
    client.sends(chat("m"))
    notice = only(asking)
    client.hangs_up()
    assert line(asking).notices == ()
    assert say(asking, notice.id, "release") is None
    assert asking.upstreams == []
    assert asking.settled().outcome == "client_gone"


def test_one_more_than_the_bound_is_refused_at_once(asking: Stage) -> None:
    clients = [asking.client() for _ in range(3)]
    for client in clients:
        client.sends(chat("m"))
    assert len(line(asking)) == 2
    assert "too many wait for an operator already" in message(clients[2].answer().body)
    for notice in line(asking).notices:
        say(asking, notice.id, "refuse")
    assert [client.answer().status for client in clients] == [403, 403, 403]


def test_a_word_is_for_one_request_and_counts_once(asking: Stage) -> None:
    first, second = asking.client(), asking.client()
    first.sends(chat("m"))
    second.sends(chat("m"))
    one, other = line(asking).notices
    assert say(asking, other.id, "refuse") == other
    assert say(asking, other.id, "release") is None
    assert first.answers == []
    assert second.answer().status == 403
    say(asking, one.id, "refuse")


def test_a_worker_that_stops_refuses_all_and_takes_no_more(asking: Stage) -> None:
    clients = [asking.client() for _ in range(2)]
    for client in clients:
        client.sends(chat("m"))
    asking.loop.run_until_complete(asking.worker.drain())
    assert all("the gateway stops; send it again" in message(c.answer().body) for c in clients)
    waiter, notice = Waiter(), made("req_1")
    assert line(asking).hold(waiter, notice) == Refused(why="stopping")


def test_a_reload_moves_the_bounds_and_lets_go_of_nobody(asking: Stage) -> None:
    first, second = asking.client(), asking.client()
    first.sends(chat("m"))
    before = only(asking)
    tighter = CONFIGURATION + "[guardrails]\nheld_max = 1\n"
    asking.worker.reload(build(asking.sources(tighter)))
    assert line(asking).notices == (before,)
    second.sends(chat("m"))
    assert "too many wait" in message(second.answer().body)
    asking.wait(20.1)
    assert "in time" in message(first.answer().body)


# An answer, before it is given.


def test_an_answer_waits_whole_and_keeps_no_connection(answering: Stage) -> None:
    client = answering.client()
    client.sends(chat("m"))
    answering.upstream.answers(OK)
    assert client.received == b""
    notice = only(answering)
    assert (notice.stage, notice.severity, notice.deployment) == ("output", 3, "first/m-first")
    other = answering.client()
    other.sends(chat("m"))  # goes out on the connection that the first no longer needs
    assert len(answering.upstreams) == 1
    other.hangs_up()
    say(answering, notice.id, "release")
    assert client.answer().status == 200
    assert client.answer().body in OK


def test_an_answer_that_is_refused_is_not_given(answering: Stage) -> None:
    client = answering.client()
    client.sends(chat("m"))
    answering.upstream.answers(OK)
    say(answering, only(answering).id, "refuse")
    answer = client.answer()
    assert answer.status == 403
    assert "held the answer for `hate`" in message(answer.body)
    assert "an operator refused it; ask for something else" in message(answer.body)


# What an operator may see.


def made(id_: str, **members: object) -> Notice:
    at = "2026-11-22T12:00:00Z"
    facts = {
        **{"id": id_, "since": at, "until": at, "project": "shop", "key": "app", "model": "m"},
        **{"stage": "input", "policy": "attacks", "category": "prompt_attack", "severity": 2},
        **{"source": "detente", **members},
    }
    return msgspec.convert(facts, Notice)


@pytest.mark.parametrize("shows", [False, True])
def test_content_is_shown_only_where_that_is_configured(*, shows: bool) -> None:
    requests, waiter, notice = HeldRequests(Guardrails(show_held=shows)), Waiter(), made("req_1")
    assert requests.hold(waiter, notice, b'{"a": "\xc3\xa9"}') is None
    found = requests.look("req_1")
    assert found == (notice, Content(text='{"a": "é"}', whole=True) if shows else None)
    assert requests.look("req_2") is None
    assert waiter.heard == []  # looking says nothing
    assert requests.say("req_1", "release", "ops") == notice
    assert waiter.heard == [Released(by="ops")]


def test_no_more_is_kept_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_requests, "HELD_BYTES_MAX", 10)
    requests = HeldRequests(Guardrails())
    for _ in range(3):  # what is let go of makes room, by each way out
        assert requests.hold(Waiter(), made("a"), b"x" * 6) is None
        assert requests.hold(Waiter(), made("b"), b"x" * 5) == Refused(why="full")
        assert requests.hold(Waiter(), made("c"), b"x" * 4) is None
        requests.let_go("a")
        requests.let_go("a")
        assert requests.say("c", "refuse", "ops") == made("c")
    requests.hold(Waiter(), made("a"), b"x" * 10)
    requests.close()
    assert len(requests) == 0


def test_no_more_is_shown_than_the_bound() -> None:
    requests = HeldRequests(Guardrails(show_held=True))
    requests.hold(Waiter(), made("a"), b"x" * SHOWN_BYTES_MAX)
    requests.hold(Waiter(), made("b"), b"x" * (SHOWN_BYTES_MAX - 1) + "é".encode())
    for id_, whole in (("a", True), ("b", False)):
        found = requests.look(id_)
        assert found is not None
        assert found[1] is not None
        assert found[1].whole is whole
        assert len(found[1].text) == SHOWN_BYTES_MAX


def test_a_value_says_nothing_of_what_is_held(asking: Stage) -> None:
    client = asking.client()
    client.sends(chat("m"))
    held = line(asking)._held[only(asking).id]  # pyright: ignore[reportPrivateUsage] -- its repr
    assert b"hello" in held.content
    content = Content(text="hello", whole=True)
    told = HeldTold(number=1, held=line(asking).notices, content=content)
    for value in (held, only(asking), content, told, line(asking)):
        assert "hello" not in repr(value)
        assert KEY not in repr(value)
    say(asking, only(asking).id, "refuse")


@pytest.mark.parametrize("why", get_args(Why))
def test_every_reason_has_a_sentence_with_a_cure(why: Why) -> None:
    fault = held_refusal(made("req_1"), Refused(why=why, by="ops-canary"))
    said = str(fault)
    assert said.startswith("policy `attacks` held the request for `prompt_attack`, and ")
    assert ";" in said
    assert "ops-canary" not in said
    assert fault.failure.code == "guardrail_blocked"
    assert fault.failure.blame == ("client" if why == "operator" else "ours")


def test_notices_of_several_workers_stand_in_order() -> None:
    late, soon = made("a", since="2026-11-22T12:00:01Z"), made("b")
    assert oldest_first([late, soon, made("a")]) == (made("a"), soon, late)
