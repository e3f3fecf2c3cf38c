"""A live drill: who is cut out, for how long, and that the gateway comes back by itself."""

import http.client
import json
import os
import signal
import time
from collections.abc import Generator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI
from tests.gateway.scripts import CONFIGURATION, FIRST_PORT, OK, SECOND_PORT, chat
from tests.gateway.stage import Stage
from tests.gateway_configuration import ModelRow, ProviderRow, credential_files, gateway_toml
from tests.gateway_process import GatewayProcess, eventually, running_gateway
from tests.ledger_entries import entries_when

from detente.canonical.failure import ClientFault
from detente.canonical.model import Deployment
from detente.canonical.world import World
from detente.configuration.schema import SimulatedProvider
from detente.gateway.drills import SECONDS_MAX, Drill, DrillDesk, DrillRuns, cut_of
from detente.simulator import Hold, Simulator, SimulatorThread
from detente.wiring import build

WAIT_S = 20.0
MOVED_WITHIN_S = 1.0
MODEL = "gpt-4o"
PRICES = "".join(
    f'[[prices]]\nmodel = "*"\nprovider = "{name}"\ninput = {usd}\noutput = {usd}\n'
    'source = "the test\'s own"\n'
    for name, usd in (("near", 1), ("far", 2))
)
"""So that `near` comes first."""
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def drill(without: str = "host:one", *, until_s: float, seconds: float = 60) -> Drill:
    return Drill(
        without=without,
        began_at=NOON,
        ends_at=NOON + timedelta(seconds=seconds),
        deployments=("first/m-first",),
        until_s=until_s,
    )


def world(*hosts: str) -> World:
    return World(
        models=(),
        deployments=tuple(
            Deployment(
                id=f"{host}/m",
                model="a/m",
                provider=host,
                kind="openai",
                upstream_id="m",
                host=host,
            )
            for host in hosts
        ),
    )


def desk(told: list[Drill | None], clock: list[float], drill: Drill | None = None) -> DrillDesk:
    return DrillDesk(
        world=lambda: world("one", "two"),
        tell=told.append,
        wall=lambda: NOON,
        now=lambda: clock[0],
        drill=drill,
    )


# What a worker keeps.


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_cut_holds_until_its_end_and_never_after(end_s: float, now_s: float) -> None:
    clock = [0.0]
    cut = cut_of(drill(until_s=end_s), world("one", "two"), lambda: clock[0])
    assert (cut is None) == (end_s == 0.0)
    clock[0] = now_s
    if cut is not None:
        assert cut.holds("one/m") == (now_s < end_s)
        assert cut.over == (now_s >= end_s)
        assert not cut.holds("two/m")


def test_no_drill_cuts_nothing() -> None:
    assert cut_of(None, world("one"), time.monotonic) is None


# Where drills are begun and ended.


def test_one_drill_at_a_time_and_the_next_after_its_end() -> None:
    told, clock = list[Drill | None](), [100.0]
    control = desk(told, clock)
    first = control.begin("host:one", 30)
    assert (first.until_s, first.deployments) == (130.0, ("one/m",))
    clock[0] = 129.9
    with pytest.raises(DrillRuns, match=r"`host:one` runs until 12:00:30 UTC"):
        control.begin("host:two", 30)
    clock[0] = 130.0
    assert control.running is None
    control.begin("host:two", SECONDS_MAX)
    assert [each and each.without for each in told] == ["host:one", "host:two"]


def test_a_control_process_that_starts_again_knows_what_runs() -> None:
    told, clock = list[Drill | None](), [100.0]
    control = desk(told, clock, drill(until_s=101.0))
    assert control.running is not None
    ended = control.end()
    assert ended is not None
    assert ended.without == "host:one"
    assert (told, control.running) == ([None], None)


@pytest.mark.parametrize(
    ("without", "seconds", "said"),
    [
        ("one", 60, "it is one of `host:one`, `host:two`, `provider:one`, `provider:two`"),
        ("host:three", 60, "`without` names nobody"),
        ("host:one", 0, "`seconds` is more than 0 and at most 3600"),
        ("host:one", SECONDS_MAX + 1, "`seconds` is more than 0 and at most 3600"),
        ("host:one", float("nan"), "`seconds` is more than 0 and at most 3600"),
    ],
)
def test_what_cannot_begin(without: str, seconds: float, said: str) -> None:
    told = list[Drill | None]()
    with pytest.raises(ClientFault, match=said):
        desk(told, [0.0]).begin(without, seconds)
    assert told == []


# On stage: one worker, played providers.


def ports(stage: Stage) -> list[int]:
    return [upstream.address.port for upstream in stage.upstreams]


def test_nothing_goes_to_who_is_cut_out(stage: Stage) -> None:
    client = stage.client()
    stage.worker.drill(drill(until_s=stage.worker.deadlines.now + 10))
    client.sends(chat("m"))
    assert ports(stage) == [SECOND_PORT]
    stage.upstream.answers(OK)
    assert client.answer().status == 200
    cut, served = stage.settled().attempts
    assert (cut.deployment, cut.result, cut.status, cut.drill) == (
        "first/m-first",
        "unreachable",
        0,
        True,
    )
    assert (served.deployment, served.result, served.drill) == (
        "second/m-second",
        "answered",
        False,
    )


def test_a_kept_connection_is_not_used_either(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(OK)
    assert ports(stage) == [FIRST_PORT]
    before = stage.upstream.received
    stage.worker.drill(drill(until_s=stage.worker.deadlines.now + 10))
    client.sends(chat("m"))
    assert ports(stage) == [FIRST_PORT, SECOND_PORT]
    assert stage.upstreams[0].received == before
    stage.upstream.answers(OK)


def test_what_is_under_way_may_finish(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.worker.drill(drill(until_s=stage.worker.deadlines.now + 10))
    stage.upstream.answers(OK)
    assert client.answer().status == 200
    assert [attempt.drill for attempt in stage.settled().attempts] == [False]


def test_a_stale_connection_is_not_replaced_by_one_to_who_is_cut_out(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(OK)
    client.sends(chat("m"))  # on the kept connection
    stage.worker.drill(drill(until_s=stage.worker.deadlines.now + 10))
    stage.upstreams[0].hangs_up()
    assert ports(stage) == [FIRST_PORT, SECOND_PORT]
    stage.upstream.answers(OK)
    assert [answer.status for answer in client.answers] == [200, 200]


def test_it_comes_back_by_itself(stage: Stage) -> None:
    stage.worker.drill(drill(until_s=stage.worker.deadlines.now + 10))
    stage.wait(11)
    client = stage.client()
    client.sends(chat("m"))
    assert ports(stage) == [FIRST_PORT]
    stage.upstream.answers(OK)


def test_it_can_be_ended_early(stage: Stage) -> None:
    client = stage.client()
    stage.worker.drill(drill(until_s=stage.worker.deadlines.now + 10))
    stage.worker.drill(None)
    client.sends(chat("m"))
    assert ports(stage) == [FIRST_PORT]
    stage.upstream.answers(OK)


def test_a_reload_keeps_the_drill_and_cuts_what_is_new(stage: Stage) -> None:
    stage.worker.drill(drill("host:three", until_s=stage.worker.deadlines.now + 10))
    moved = CONFIGURATION.replace('host = "one"', 'host = "three"')
    stage.worker.reload(build(stage.sources(moved)))
    client = stage.client()
    client.sends(chat("m"))
    assert ports(stage) == [SECOND_PORT]
    stage.upstream.answers(OK)


def test_with_nobody_left_the_client_is_told_why(stage: Stage) -> None:
    client = stage.client()
    stage.worker.drill(drill(until_s=stage.worker.deadlines.now + 10))
    client.sends(chat("alone"))
    answer = client.answer()
    assert answer.status == 502
    assert b"is cut out by a drill without `host:one` until 12:01:00 UTC" in answer.body
    settled = stage.settled()
    assert (settled.outcome, [a.drill for a in settled.attempts]) == ("refused", [True])


def test_the_agreements_decide_again(agreed: Stage) -> None:
    agreed.worker.drill(drill(until_s=agreed.worker.deadlines.now + 10))
    client = agreed.client()
    client.sends(chat("m"))
    agreed.upstream.answers(OK)
    first, second = agreed.settled().attempts
    assert first.decision != second.decision
    (refusal,) = agreed.decisions[-1].question.refusals
    assert (refusal.deployment, refusal.signal) == ("first/m-first", "unreachable")


# A real gateway with two workers, simulated providers, real clients.


Platforms = dict[str, SimulatorThread]


@pytest.fixture(name="platforms")
def _platforms() -> Generator[Platforms]:
    """The simulated providers by name."""
    with ExitStack() as stack:
        found: Platforms = {}
        for name in ("near", "far"):
            simulator = Simulator(
                "openai", models=[MODEL], api_key="sk-x", behaviour=SimulatedProvider(tokens=2)
            )
            found[name] = stack.enter_context(SimulatorThread(simulator))
        yield found


@pytest.fixture(name="gateway")
def _gateway(tmp_path: Path, platforms: Platforms) -> Generator[GatewayProcess]:
    rows = [
        ProviderRow(
            name=name,
            kind="openai",
            base_url=platform.base_url,
            api_key="sk-x",
            settings=f'host = "{name}"',
        )
        for name, platform in platforms.items()
    ]
    text = gateway_toml(
        providers=rows,
        models=[ModelRow(name=f"openai/{MODEL}", deployments=(("near", MODEL), ("far", MODEL)))],
        workers=2,
        more=PRICES,
    )
    with running_gateway(tmp_path / "served", text, files=credential_files(rows)) as running:
        yield running


def client_of(gateway: GatewayProcess) -> OpenAI:
    """The official client, which would try again by itself; here it may not."""
    return OpenAI(base_url=gateway.base_url + "/v1", api_key="none", max_retries=0, timeout=WAIT_S)


def served_by(gateway: GatewayProcess) -> str:
    """Who serves a request that is made now, on a connection of its own."""
    with client_of(gateway) as client:
        answer = client.chat.completions.with_raw_response.create(
            model=f"openai/{MODEL}", messages=[{"role": "user", "content": "hi"}]
        )
    return answer.headers["x-detente-deployment"].partition("/")[0]


def ordered(gateway: GatewayProcess, method: str, body: object = None) -> tuple[int, Any]:
    """What the admin API says."""
    status, _, answer = said(gateway.admin_url, method, "/admin/v1/drill", body)
    return status, answer


def said(url: str, method: str, path: str, body: object) -> tuple[int, Any, Any]:
    connection = http.client.HTTPConnection(url.partition("//")[2], timeout=WAIT_S)
    try:
        connection.request(method, path, json.dumps(body), {"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())
    finally:
        connection.close()


def until_all_by(gateway: GatewayProcess, name: str, within_s: float) -> None:
    """Wait until both workers, so sixteen requests in a row, are served by `name`."""
    eventually(
        lambda: all(served_by(gateway) == name for _ in range(16)), f"all by {name}", within_s
    )


def test_traffic_moves_within_a_second_and_comes_back_by_itself(
    gateway: GatewayProcess, platforms: Platforms
) -> None:
    assert {served_by(gateway) for _ in range(16)} == {"near"}
    began = time.monotonic()
    status, shown = ordered(gateway, "POST", {"without": "host:near", "seconds": 6})
    assert (status, shown["errors"]) == (200, [])
    last_near, now = began, began
    while now < began + 2 * MOVED_WITHIN_S:
        if served_by(gateway) == "near":
            last_near = now
        now = time.monotonic()
    assert last_near < began + MOVED_WITHIN_S
    met = len(platforms["near"].requests)
    assert {served_by(gateway) for _ in range(16)} == {"far"}
    assert len(platforms["near"].requests) == met
    assert ordered(gateway, "POST", {"without": "host:far", "seconds": 4})[0] == 409
    until_all_by(gateway, "near", within_s=WAIT_S)
    assert time.monotonic() - began >= 6.0
    assert ordered(gateway, "GET") == (200, {"drill": None, "errors": []})
    found = entries_when(gateway.state, 64)
    cut = [entry for entry in found if any(attempt.drill for attempt in entry.attempts)]
    assert cut
    assert {entry.deployment for entry in cut} == {f"far/{MODEL}"}


def test_a_stream_that_began_is_not_touched(gateway: GatewayProcess, platforms: Platforms) -> None:
    platforms["near"].script(Hold(after_tokens=1))
    with client_of(gateway) as client:
        stream = client.chat.completions.create(
            model=f"openai/{MODEL}", messages=[{"role": "user", "content": "hi"}], stream=True
        )
        first = next(iter(stream))
        ordered(gateway, "POST", {"without": "host:near", "seconds": 60})
        until_all_by(gateway, "far", within_s=WAIT_S)
        platforms["near"].release()
        rest = list(stream)
    assert first.choices
    assert rest[-1].choices[0].finish_reason == "stop"
    ordered(gateway, "DELETE")


def test_it_outlives_a_worker_a_reload_and_the_control_process(gateway: GatewayProcess) -> None:
    ordered(gateway, "POST", {"without": "provider:near", "seconds": 60})
    until_all_by(gateway, "far", within_s=WAIT_S)
    workers, control = gateway.workers(), gateway.control()
    os.kill(workers[0], signal.SIGKILL)
    os.kill(control, signal.SIGKILL)

    def started_again() -> bool:
        return len(gateway.workers()) == 2 and gateway.workers() != workers

    eventually(started_again, "the worker runs again")
    eventually(lambda: gateway.control() != control, "the control process runs again")
    until_all_by(gateway, "far", within_s=WAIT_S)
    gateway.reload()
    eventually(lambda: "configuration reloaded" in gateway.errors(), "reloaded")
    assert {served_by(gateway) for _ in range(16)} == {"far"}
    status, shown = ordered(gateway, "GET")
    assert (status, shown["drill"]["without"]) == (200, "provider:near")
    assert ordered(gateway, "DELETE")[1]["drill"]["without"] == "provider:near"
    until_all_by(gateway, "near", within_s=WAIT_S)
