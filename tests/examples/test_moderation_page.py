"""The page on moderation services: its configuration holds, and does what the page says."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from detente.simulator import Hold, Simulator, SimulatorThread, Status
from tests.cli.command import ended
from tests.examples.bundles import ROOT
from tests.gateway_configuration import KeyRow, gateway_toml
from tests.gateway_process import GatewayProcess, running_gateway

PAGE = (ROOT / "docs/how-to/ask-a-moderation-service.md").read_text(encoding="utf-8")
FRAGMENTS = "\n".join(re.findall(r"(?s)```toml\n(.*?)```", PAGE))
(COMMAND,) = re.findall(r"(?s)```console\n\$ (detente .*?)\n(.*?)```", PAGE)
KEY = "dt-moderation-page"
MODEL = """
[models."openai/gpt-oss-120b"]
aliases = ["gpt-oss-120b"]
deployments = [{ provider = "own", id = "gpt-oss-120b" }]
"""
EMAIL = "ann@contoso.com"


def configuration() -> str:
    """All of the page, with a model, a key and loopback listeners."""
    whole = gateway_toml(
        providers=[], models=[], keys=[KeyRow(name="app", key=KEY, project="shop")]
    )
    return whole + MODEL + FRAGMENTS


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway as the page has it, with a simulator of the service and of the own machine."""

    gateway: GatewayProcess
    service: SimulatorThread
    own: SimulatorThread

    def ask(self, text: str, *, stream: bool = False) -> str:
        """What the client gets."""
        client = openai.OpenAI(
            base_url=f"{self.gateway.base_url}/v1", api_key=KEY, max_retries=0, timeout=20
        )
        messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": text}]
        if stream:
            pieces = client.chat.completions.create(
                model="gpt-oss-120b", messages=messages, stream=True
            )
            return "".join(
                choice.delta.content or "" for piece in pieces for choice in piece.choices
            )
        answer = client.chat.completions.create(model="gpt-oss-120b", messages=messages)
        return answer.choices[0].message.content or ""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("moderation")
    with (
        SimulatorThread(Simulator("openai", models=["m"], api_key="k")) as service,
        SimulatorThread(
            Simulator("openai_compatible", models=["gpt-oss-120b", "llama-guard-3-8b"])
        ) as own,
    ):
        text = (
            configuration()
            .replace(
                '{ env = "OPENAI_API_KEY" }',
                f'{{ file = "openai.key" }}\nbase_url = "{service.base_url}"',
            )
            .replace("http://127.0.0.1:8000/v1", own.base_url)
            .replace('{ env = "AZURE_KEY" }', '{ file = "openai.key" }')
            .replace('credentials = "default"', 'api_key = { file = "openai.key" }')
            .replace('["moderation", "personal"]', '["moderation", "guard", "personal"]')
        )
        with running_gateway(folder, text, files={"openai.key": "k"}) as gateway:
            yield Stage(gateway=gateway, service=service, own=own)


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> None:
    if "stage" in request.fixturenames:
        running: Stage = request.getfixturevalue("stage")
        running.service.reset()
        running.own.reset()


def test_the_page_is_a_configuration_that_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "detente.toml").write_text(configuration(), encoding="utf-8")
    assert ended(["check", str(tmp_path)]) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out


def test_the_command_prints_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "detente.toml").write_text(configuration(), encoding="utf-8")
    command, shown = COMMAND
    assert ended(command.split()[1:]) == 0
    told = capsys.readouterr().out
    for line in shown.splitlines():
        assert line == "…" or line in told


@pytest.mark.parametrize("stream", [False, True])
def test_a_clean_request_passes(stage: Stage, stream: bool) -> None:
    assert stage.ask("echo hello there", stream=stream) == "hello there"
    assert [one.path for one in stage.service.requests] == ["/v1/moderations"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_in_which_the_service_finds_something_is_blocked(
    stage: Stage, stream: bool
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        stage.ask("echo a hateful text", stream=stream)
    assert caught.value.code == "guardrail_blocked"
    assert "hateful" not in caught.value.message


def test_an_answer_in_which_the_guard_finds_something_is_blocked(stage: Stage) -> None:
    """The words of the answer stand in the request as well, where the guard finds them first."""
    with pytest.raises(openai.APIStatusError):
        stage.ask("echo violent")
    said = b"".join(one.body for one in stage.own.requests)
    assert b"llama-guard-3-8b" in said


def test_the_service_sees_stand_ins_and_the_own_guard_originals(stage: Stage) -> None:
    assert EMAIL in stage.ask(f"echo write to {EMAIL}")
    (service,) = stage.service.requests
    assert EMAIL.encode() not in service.body
    assert "⟨EMAIL_".encode() in service.body
    guards = [one.body for one in stage.own.requests if b"llama-guard" in one.body]
    assert guards
    assert all(EMAIL.encode() in body for body in guards)


@pytest.mark.parametrize("behaviour", [Status(status=500), Hold()])
def test_a_service_that_gives_no_verdict_blocks(stage: Stage, behaviour: Status | Hold) -> None:
    stage.service.script(behaviour)
    with pytest.raises(openai.APIStatusError) as caught:
        stage.ask("echo hello")
    assert caught.value.code == "guardrail_blocked"
    stage.service.release()
