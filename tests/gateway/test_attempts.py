"""What one request has tried: each deployment once, within a bound, with every result."""

from dataclasses import replace

import msgspec
import pytest
from tests.gateway.scripts import KEY, body_of, chat
from tests.gateway.stage import Stage

from detente.canonical.failure import Failure
from detente.gateway.attempts import Attempts
from detente.gateway.http.message import Response
from detente.gateway.routing import Plan
from detente.providers import PassedOn

REFUSED = Failure(code="upstream_failed", message="no", blame="provider", signal="429")
FAILED = Failure(code="upstream_failed", message="oh; try again", blame="provider", status=502)


@pytest.fixture
def plan(stage: Stage) -> Plan:
    """The plan of a model at two providers."""
    client = stage.client()
    client.sends(chat("m"))
    client.hangs_up()
    caller = stage.worker.plane.keys.authenticate(b"/", {b"x-api-key": KEY.encode()}, 0, None)
    assert body_of("m")
    return caller.plans["m", "openai_chat"]


def test_each_deployment_is_tried_once(plan: Plan) -> None:
    attempts, tried = Attempts(), list[str]()
    while (step := attempts.next(plan, 8)) is not None:
        attempts.begin(step, 0.0)
        attempts.failed(plan, FAILED, None, 5.0)
        tried.append(step.endpoint.deployment.id)
    assert tried == ["first/m-first", "second/m-second"]
    assert attempts.refusals == ()


def test_the_bound_holds(plan: Plan) -> None:
    attempts = Attempts()
    step = attempts.next(plan, 1)
    assert step is not None
    attempts.begin(step, 0.0)
    assert attempts.next(plan, 1) is None


def test_a_refusal_is_remembered_with_its_wait(plan: Plan) -> None:
    attempts = Attempts()
    attempts.begin(plan.steps[0], 100.0)
    answer = Response(429, [])
    attempts.failed(plan, REFUSED, answer, 350.7)
    (refusal,) = attempts.refusals
    assert (refusal.deployment, refusal.signal, refusal.waited_ms) == ("first/m-first", "429", 250)
    assert attempts.answer is answer
    (record,) = attempts.records
    assert (record.result, record.status, record.started_ms) == ("429", 429, 100.0)
    assert record.total_ms == pytest.approx(250.7)
    assert record.first_byte_ms is None


def test_an_attempt_is_closed_once(plan: Plan) -> None:
    attempts = Attempts()
    attempts.close(plan, "answered", 200, 1.0)
    assert attempts.records == ()
    attempts.begin(plan.steps[0], 10.0)
    attempts.first_byte_ms = 15.0
    attempts.close(plan, "answered", 200, 20.0)
    attempts.close(plan, "failed", 500, 30.0)
    (record,) = attempts.records
    assert (record.result, record.first_byte_ms, record.total_ms) == ("answered", 5.0, 10.0)


@pytest.mark.parametrize(
    ("failure", "count", "ends"),
    [
        (FAILED, 1, False),
        (FAILED, 2, True),
        (REFUSED, 1, False),
        (msgspec.structs.replace(FAILED, blame="ours"), 1, False),
        (msgspec.structs.replace(FAILED, blame="ours", kind="credentials"), 1, True),
        (msgspec.structs.replace(FAILED, kind="platform"), 1, False),
    ],
)
def test_when_the_client_need_not_try_again(
    plan: Plan, failure: Failure, count: int, ends: bool
) -> None:
    attempts = Attempts()
    for place in range(count):
        attempts.begin(plan.steps[place], 0.0)
        attempts.failed(plan, failure, None, 1.0)
    assert attempts.ends_tries is ends


def test_a_failure_is_recorded_by_its_kind(plan: Plan) -> None:
    attempts = Attempts()
    attempts.begin(plan.steps[0], 0.0)
    attempts.failed(plan, msgspec.structs.replace(FAILED, kind="model_unknown"), None, 1.0)
    assert [record.result for record in attempts.records] == ["model_unknown"]


def test_the_last_failure_tells_how_many_there_were(plan: Plan) -> None:
    attempts = Attempts()
    attempts.begin(plan.steps[0], 0.0)
    attempts.failed(plan, FAILED, None, 1.0)
    assert attempts.final_failure is FAILED
    attempts.begin(plan.steps[1], 1.0)
    attempts.failed(plan, FAILED, None, 2.0)
    assert attempts.final_failure.message == "oh; try again (after 2 attempts)"


def passed_to(plan: Plan, upstream_id: str, status: int = 429) -> Attempts:
    """Attempts of which the platform itself passed on the first, answered in the end."""
    attempts = Attempts()
    attempts.begin(plan.steps[0], 100.0)
    attempts.passed_on(plan, PassedOn(upstream_id=upstream_id, status=status), 130.0)
    attempts.close(plan, "answered", 200, 150.0)
    return attempts


def test_what_the_platform_passed_on_is_two_attempts(plan: Plan) -> None:
    attempts = passed_to(plan, "elsewhere")
    tried = [(record.deployment, record.result, record.status) for record in attempts.records]
    assert tried == [("first/m-first", "429", 429), ("first/elsewhere", "answered", 200)]
    (refusal,) = attempts.refusals
    assert (refusal.deployment, refusal.signal, refusal.waited_ms) == ("first/m-first", "429", 30)
    assert attempts.count == 2
    assert attempts.step is not None
    assert b"x-detente-deployment: first/elsewhere\r\n" in attempts.step.lines
    # Nothing is known of that one but its name.
    assert attempts.step.endpoint.deployment.id == "first/m-first"


def test_a_deployment_of_the_plan_that_answered_is_the_one_in_hand(plan: Plan) -> None:
    first, second = plan.steps
    here = msgspec.structs.replace(second.endpoint.deployment, id="first/std")
    plan.steps = (
        first,
        replace(second, endpoint=replace(second.endpoint, deployment=here)),
    )
    attempts = passed_to(plan, "std")
    assert attempts.step is not None
    assert attempts.step.endpoint.deployment is here
    assert attempts.step.endpoint.pool is first.endpoint.pool
    assert attempts.next(plan, 8) is None


@pytest.mark.parametrize(
    ("status", "signal"), [(429, "429"), (503, "503"), (400, "capacity_error")]
)
def test_why_it_was_passed_on(plan: Plan, status: int, signal: str) -> None:
    first, _ = passed_to(plan, "elsewhere", status).records
    assert (first.result, first.status) == (signal, status)
