"""Conversations that a platform keeps, through a whole gateway by the official client: originals
come back at any worker and after a restart; what is not known here is refused."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import openai
import pytest
from tests.gateway_configuration import (
    PROVIDER_KEY,
    KeyRow,
    ModelRow,
    ProviderRow,
    credential_files,
    gateway_toml,
)
from tests.gateway_process import GatewayProcess, running_gateway

from detente.configuration.schema import SimulatedProvider
from detente.gateway.guarding.guardrail_secret import guardrail_secret
from detente.guardrails.pseudonyms import Pseudonyms, project_key
from detente.simulator import Simulator, SimulatorThread
from detente.wiring import load

KEYS = {name: f"dt-kept-{name}-0001" for name in ("shop", "claims", "strict")}
POLICIES = """
[guardrails.policies.all]
on_kept_history = "remember"
[[guardrails.policies.all.data]]
categories = ["personal"]
input = "pseudonymise"

[guardrails.policies.strict]
projects = ["strict"]
[[guardrails.policies.strict.data]]
categories = ["personal"]
input = "pseudonymise"
"""
ANN = "ann@contoso.com"
BOB = "bob@contoso.com"
WORKERS = 2
ASKED = 6
"""So many requests over connections of their own come to both workers all but surely."""


class Served(NamedTuple):
    """A gateway before a platform that keeps what it answers."""

    gateway: GatewayProcess

    def client(self, project: str = "shop") -> openai.OpenAI:
        """The official client, with a connection of its own."""
        return openai.OpenAI(
            base_url=f"{self.gateway.base_url}/v1", api_key=KEYS[project], max_retries=0
        )

    def says(self, text: str, project: str = "shop", **members: Any) -> tuple[str, str]:
        """What the model says, who repeats `text`, and the id of its answer."""
        with self.client(project) as client:
            answer = client.responses.create(
                model="m", input=f"echo {text}", stream=False, **members
            )
            return answer.output_text, answer.id

    def streams(self, text: str, **members: Any) -> tuple[str, str]:
        """As `says`, event by event."""
        out: list[str] = []
        with self.client() as client:
            stream = client.responses.create(
                model="m", input=f"echo {text}", stream=True, **members
            )
            for event in stream:
                if event.type == "response.output_text.delta":
                    out.append(event.delta)
                if event.type == "response.completed":
                    return "".join(out), event.response.id
        raise AssertionError(out)

    def stand_in(self, original: str, project: str = "shop") -> str:
        """What the platform has in place of it, and a model may say of itself."""
        secret = guardrail_secret(load(self.gateway.file))
        return Pseudonyms(project_key(secret, project)).of("email", original)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with ExitStack() as stack:
        simulator = Simulator(
            "openai", models=["m"], api_key=PROVIDER_KEY, behaviour=SimulatedProvider(tokens=6)
        )
        platform = stack.enter_context(SimulatorThread(simulator))
        row = ProviderRow(
            name="sim",
            kind="openai",
            base_url=platform.base_url,
            settings='dialects = ["openai_responses"]',
        )
        text = gateway_toml(
            providers=[row],
            models=[ModelRow(name="tests/m", aliases=("m",), deployments=(("sim", "m"),))],
            keys=[KeyRow(name=name, key=key, project=name) for name, key in KEYS.items()],
            workers=WORKERS,
            more=POLICIES,
        )
        folder = tmp_path_factory.mktemp("kept") / "gateway"
        gateway = running_gateway(folder, text, credential_files([row]))
        yield Served(stack.enter_context(gateway))


def test_every_worker_puts_back_what_an_earlier_turn_had(served: Served) -> None:
    said, first = served.says(f"to {ANN}")
    assert said == f"to {ANN}"
    for _ in range(ASKED):
        again = f"to {served.stand_in(ANN)}"
        assert served.says(again, previous_response_id=first)[0] == f"to {ANN}"
        assert served.streams(again, previous_response_id=first)[0] == f"to {ANN}"


def test_a_chain_that_is_streamed_knows_all_that_came_before(served: Served) -> None:
    _, first = served.streams(f"to {ANN}")
    _, second = served.streams(f"and to {BOB}", previous_response_id=first)
    both = f"{served.stand_in(ANN)} {served.stand_in(BOB)}"
    assert served.streams(both, previous_response_id=second)[0] == f"{ANN} {BOB}"
    branch = served.says(both, previous_response_id=first)[0]
    assert branch == f"{ANN} {served.stand_in(BOB)}"


def test_what_this_conversation_never_had_stays_as_it_is(served: Served) -> None:
    _, other = served.says("hello")
    stand_in = served.stand_in(ANN)
    assert served.says(stand_in, previous_response_id=other)[0] == stand_in


def test_a_conversation_object_grows(served: Served) -> None:
    for said in (ANN, BOB):
        served.says(f"to {said}", conversation="conv_1", store=False)
    both = f"{served.stand_in(ANN)} {served.stand_in(BOB)}"
    assert served.says(both, conversation={"id": "conv_1"})[0] == f"{ANN} {BOB}"


@pytest.mark.parametrize("project", ["claims", "strict"])
def test_another_project_and_a_stricter_policy_are_refused(served: Served, project: str) -> None:
    _, first = served.says(f"to {ANN}")
    with pytest.raises(openai.PermissionDeniedError) as refused:
        served.says("hello", project, previous_response_id=first)
    assert refused.value.code == "guardrail_blocked"


def test_what_nobody_here_knows_is_refused_with_its_cure(served: Served) -> None:
    _, unkept = served.says(f"kept nowhere: {ANN}", store=False)
    for id_ in (unkept, "resp_unknown"):
        with pytest.raises(openai.PermissionDeniedError, match="send its history"):
            served.says("hello", previous_response_id=id_)
    _, first = served.says(f"to {ANN}")
    items = [{"type": "item_reference", "id": "msg_1"}]
    with served.client() as client, pytest.raises(openai.PermissionDeniedError):
        client.responses.create(model="m", previous_response_id=first, input=items)  # pyright: ignore[reportArgumentType, reportCallIssue] - as JSON


def test_the_disk_has_nothing_to_read(served: Served) -> None:
    served.says(f"to {ANN}")
    files = [path for path in served.gateway.state.rglob("*") if path.is_file()]
    assert any(path.parent.name == "kept" and path.stat().st_size for path in files)
    assert not [path for path in files if b"contoso" in path.read_bytes()]


def test_a_restart_loses_nothing(served: Served) -> None:
    _, first = served.says(f"to {ANN}")
    served.gateway.kill()
    served.gateway.start()
    again = f"to {served.stand_in(ANN)}"
    assert served.says(again, previous_response_id=first)[0] == f"to {ANN}"
