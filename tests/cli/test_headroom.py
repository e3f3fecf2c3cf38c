"""`detente providers headroom`: what a running gateway has heard, over all of its workers."""

import http.client
import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.headroom import Headroom
from detente.cli import headroom as module
from detente.cli.headroom import headroom_words
from detente.configuration.schema import SimulatedProvider
from detente.gateway.measures.headroom_report import HeadroomReport
from detente.gateway.measures.headrooms import Reading
from detente.simulator import Simulator, SimulatorThread
from tests.cli.command import ended
from tests.gateway_configuration import ModelRow, ProviderRow, credential_files, gateway_toml
from tests.gateway_process import GatewayProcess, running_gateway

MODEL = "gpt-4o"
TIMEOUT_S = 20.0
SERVER = '[server]\nlisten = "127.0.0.1:0"\nadmin_listen = "{admin}"\n'


@pytest.fixture(name="gateway")
def _gateway(tmp_path: Path) -> Generator[GatewayProcess]:
    simulator = Simulator(
        "openai", models=[MODEL], api_key="sk-x", behaviour=SimulatedProvider(tokens=2)
    )
    with SimulatorThread(simulator) as platform:
        rows = [
            ProviderRow(name="there", kind="openai", base_url=platform.base_url, api_key="sk-x")
        ]
        models = [ModelRow(name=f"openai/{MODEL}", deployments=(("there", MODEL),))]
        text = gateway_toml(providers=rows, models=models)
        with running_gateway(tmp_path / "served", text, files=credential_files(rows)) as running:
            yield running


def ask(gateway: GatewayProcess) -> int:
    body = {"model": f"openai/{MODEL}", "messages": [{"role": "user", "content": "hi"}]}
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=TIMEOUT_S)
    try:
        connection.request(
            "POST",
            "/v1/chat/completions",
            json.dumps(body),
            {"content-type": "application/json"},
        )
        return connection.getresponse().status
    finally:
        connection.close()


def test_what_a_running_gateway_has_heard(
    gateway: GatewayProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "addressed.toml"
    file.write_text(SERVER.format(admin=gateway.admin_url.removeprefix("http://")))
    command = ["providers", "headroom", "--config", str(file)]
    assert ended(command) == 0
    assert capsys.readouterr().out.startswith("no deployment has said anything of limits")
    assert ask(gateway) == 200
    assert ended([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["silent"] == []
    told = found["deployments"][f"there/{MODEL}"]["headroom"]
    assert told["requests_remaining"] == told["requests_limit"] - 1
    assert ended(command) == 0
    assert f"{told['requests_remaining']:,} of " in capsys.readouterr().out


def test_no_gateway_is_named_with_the_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "detente.toml"
    file.write_text(SERVER.format(admin="127.0.0.1:1"))
    assert ended(["providers", "headroom", "--config", str(file)]) == 2
    assert "start it with `detente serve`" in "".join(capsys.readouterr())


def test_who_was_silent_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading(
        at=datetime.now(UTC) - timedelta(minutes=3),
        headroom=Headroom(requests_limit=100, requests_remaining=3),
    )
    report = HeadroomReport(deployments={"p/x": reading}, silent=("w1",))

    def heard(config: Path, method: str, path: str) -> bytes:
        assert (config, method, path) == (tmp_path, "GET", "/admin/v1/headroom")
        return msgspec.json.encode(report)

    monkeypatch.setattr(module, "ask_running", heard)
    assert ended(["providers", "headroom", "--config", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert "p/x" in shown.out
    assert "3 min ago" in shown.out
    assert "3 of 100 requests left" in shown.out
    assert shown.err == "w1 did not answer in time; what it has heard is left out\n"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Headroom(requests_limit=2000, requests_remaining=1999), "1,999 of 2,000 requests left"),
        (
            Headroom(tokens_remaining=9, tokens_reset_ms=90_000),
            "9 tokens left, whole again in 1.5 min",
        ),
        (Headroom(input_tokens_limit=5), "a limit of 5 input tokens"),
        (
            Headroom(requests_remaining=0, requests_reset_ms=20),
            "0 requests left, whole again in 20 ms",
        ),
        (Headroom(output_tokens_remaining=1), "1 output tokens left"),
        (Headroom(requests_reset_ms=20), ""),
        (
            Headroom(provisioned_utilisation=1.25, spilled_from="ptu"),
            "125% of provisioned capacity in use; passed on by `ptu`",
        ),
    ],
)
def test_a_reading_in_words(told: Headroom, words: str) -> None:
    assert headroom_words(told) == words


@given(st.integers(0, 366 * 86_400_000))
def test_every_wait_has_words(wait_ms: int) -> None:
    words = headroom_words(Headroom(requests_remaining=1, requests_reset_ms=wait_ms))
    assert words.startswith("1 requests left, whole again in ")
    assert len(words) < 60
