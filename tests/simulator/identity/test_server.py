"""The identity services over HTTP: counted, scripted and changed while they run, as simulators."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from detente.simulator import IdentitySimulator, SimulatorThread, Status
from detente.simulator.exchange import Refused
from detente.simulator.identity.tokens import claims_of
from tests.simulator.values import SETTING

TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"


def ask(running: SimulatorThread, path: str = TOKEN) -> tuple[int, dict[str, object]]:
    request = Request(f"{running.base_url}{path}", headers={"Metadata-Flavor": "Google"})
    try:
        with urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        with error:
            text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else {}


def test_what_is_asked_is_counted_and_faults_are_scripted() -> None:
    with SimulatorThread(IdentitySimulator()) as running:
        running.script(Status(status=503))
        assert ask(running) == (503, {"error": "temporarily_unavailable"})
        assert ask(running)[0] == 200
        assert ask(running, "/elsewhere") == (404, {"error": "not_found"})
        assert [request.path for request in running.requests] == [TOKEN, TOKEN, "/elsewhere"]


def test_lifetime_clock_and_refusal_can_be_changed_at_any_time() -> None:
    simulator = IdentitySimulator(lifetime_s=5)
    with SimulatorThread(simulator) as running:
        first = ask(running)[1]
        assert first["expires_in"] == 5
        simulator.lifetime_s, simulator.clock_ahead_s = 50, 1000
        second = ask(running)[1]
        begun = [claims_of(str(found["access_token"])) for found in (first, second)]
        assert begun[0] is not None
        assert begun[1] is not None
        assert begun[1].iat - begun[0].iat == pytest.approx(1000, abs=5)
        simulator.denied = True
        assert ask(running)[0] == 404


def test_it_says_that_there_is_no_room() -> None:
    refused = Refused(concurrent=True, limit=1, retry_after_ms=1)
    assert IdentitySimulator().platform.refusal(refused, SETTING).status == 429
