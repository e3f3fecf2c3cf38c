"""What a live look makes of an answer; the looks themselves are in `test_probe`."""

from pathlib import Path

import pytest
from tests.gateway.upstream.test_probe import KEY, findings_of

from detente.simulator import Close, NotJson, Simulator, SimulatorThread, Status
from detente.simulator.behaviours import Behaviour

VERTEX = 'region = "us-east1"\nproject = "p"'


@pytest.mark.parametrize(
    ("behaviour", "kind", "words"),
    [
        (NotJson(), "address", "answered with what is not `openai_chat`; check `base_url`"),
        (Status(status=404, body="{}"), "address", "status 404; check `base_url`, `api_version`"),
        (Status(status=422, body="{}"), "request", "status 422; check the deployment's `id`"),
        (Status(status=429, headers={"retry-after": "7"}), "capacity", "asks to wait 7 s)"),
        (Close(), "platform", "if it speaks TLS, write `https://` into `base_url`"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_what_an_answer_says(tmp_path: Path, behaviour: Behaviour, kind: str, words: str) -> None:
    with SimulatorThread(Simulator("openai", models=["m"], api_key=KEY)) as running:
        running.script(behaviour)
        found = findings_of(tmp_path, running.base_url)[-1]
    assert (found.about, found.ok, found.kind) == ("deployment", False, kind)
    assert words in found.said


def test_an_error_in_a_list_is_read(tmp_path: Path) -> None:
    with SimulatorThread(Simulator("vertex", models=["publisher/m"], api_key=KEY)) as running:
        found = findings_of(tmp_path, running.base_url, kind="vertex", settings=VERTEX)[-1]
    assert found.kind == "request"
    assert "Request contains an invalid argument." in found.said
