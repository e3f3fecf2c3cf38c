"""A worker: what its connections share, how it reaches providers, how it drains."""

from pathlib import Path

import msgspec
import pytest
from tests.gateway.scripts import (
    CONFIGURATION,
    EVENTS_HEAD,
    FIRST_PORT,
    OK,
    chat,
    chunked,
    delta,
)
from tests.gateway.stage import Stage, staged

from detente.gateway.link.messages import KeysTold, KeysUnknown
from detente.gateway.processes import worker as module


def test_ids_are_never_the_same(stage: Stage) -> None:
    ids = [stage.worker.next_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(one.startswith("req_") for one in ids)


def test_decisions_that_are_forgotten_are_recorded_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DECISIONS_REMEMBERED_MAX", 1)
    client = stage.client()
    for route in ("first", "second", "first", "first"):
        client.sends(chat("m", headers=(f"x-detente-route: {route}",)))
        stage.upstreams[route == "second"].answers(OK)
    routes = [record.question.providers for record in stage.decisions]
    assert routes == [("first",), ("second",), ("first",)]


def test_a_connection_that_is_lost_before_anybody_owns_it(stage: Stage) -> None:
    stage.lost_at_once = {FIRST_PORT}
    client = stage.client()
    client.sends(chat("m"))
    assert len(stage.upstreams) == 2
    stage.upstream.answers(OK)
    assert client.answer().headers["x-detente-deployment"] == "second/m-second"
    assert [a.result for a in stage.settled().attempts] == ["unreachable", "answered"]


def test_a_drain_waits_for_what_is_open(stage: Stage) -> None:
    idle, busy = stage.client(), stage.client()
    busy.sends(chat("alone"))
    draining = stage.loop.create_task(stage.worker.drain())
    stage.turn()
    assert idle.transport.lost
    late = stage.client()
    stage.turn()
    assert late.transport.lost
    assert not draining.done()
    stage.upstream.answers(OK)
    assert busy.answer().headers["connection"] == "close"
    stage.loop.run_until_complete(draining)
    assert stage.settled().outcome == "answered"


def test_a_drain_cuts_what_does_not_end_and_settles_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CONFIGURATION.replace("[limits]\n", "[limits]\ndrain_timeout_ms = 30\n")
    with staged(tmp_path, monkeypatch, text) as stage:
        clients = [stage.client() for _ in range(3)]
        for client in clients:
            client.sends(chat("alone", stream=True))
            stage.upstream.answers(EVENTS_HEAD + chunked(delta("a")))
        stage.loop.run_until_complete(stage.worker.drain())
        assert [s.outcome for s in stage.settlements] == ["client_gone"] * 3
        assert stage.at_rest()


def test_it_waits_for_all_that_is_told_of_keys_or_for_an_outage(stage: Stage) -> None:
    first = KeysTold(version=1, whole=True, more=True)
    stage.worker.keys_told(first)
    assert not stage.worker.keys_heard.is_set()
    stage.worker.keys_told(msgspec.structs.replace(first, whole=False, more=False))
    assert stage.worker.keys_heard.is_set()
    stage.worker.keys_heard.clear()
    stage.worker.keys_told(KeysUnknown(outage=True))
    assert stage.worker.keys_heard.is_set()


def test_a_bug_is_told_by_type_and_place(stage: Stage) -> None:
    try:
        raise ValueError("the prompt")
    except ValueError as error:
        stage.worker.report_bug("req_1", error)
    stage.worker.report_bug("req_2", ValueError("the prompt"))
    assert stage.said[0].startswith("bug in request req_1: ValueError at test_worker.py:")
    assert stage.said[1] == "bug in request req_2: ValueError at ?"
