"""An endpoint as it is asked where its platform may pass a request on."""

from dataclasses import replace

import msgspec
import pytest
from tests.gateway.scripts import KEY, chat
from tests.gateway.stage import Stage

from detente.gateway.upstream.endpoint import Endpoint, spilling

LINES = b"x-over: std\r\n"


@pytest.fixture(name="endpoint")
def _endpoint(stage: Stage) -> Endpoint:
    """One whose platform can pass on to another deployment."""
    client = stage.client()
    client.sends(chat("m"))
    client.hangs_up()
    caller = stage.worker.plane.keys.authenticate(b"/", {b"x-api-key": KEY.encode()}, 0, None)
    found = caller.plans["m", "openai_chat"].steps[0].endpoint
    deployment = msgspec.structs.replace(found.deployment, spillover="first/std")
    return replace(found, deployment=deployment, spill_lines=LINES)


def test_it_may_where_both_are_allowed(endpoint: Endpoint) -> None:
    asked = spilling(endpoint, ("first/m-first", "first/std"))
    assert asked.head == endpoint.head + LINES
    assert asked.stream_head == endpoint.stream_head + LINES


@pytest.mark.parametrize("allowed", [(), ("first/m-first",), ("second/std",)])
def test_it_may_not_where_the_other_is_not_allowed(
    endpoint: Endpoint, allowed: tuple[str, ...]
) -> None:
    assert spilling(endpoint, allowed) is endpoint


def test_one_that_names_no_other_is_as_it_is(endpoint: Endpoint) -> None:
    deployment = msgspec.structs.replace(endpoint.deployment, spillover=None)
    plain = replace(endpoint, deployment=deployment)
    assert spilling(plain, ("first/std",)) is plain
