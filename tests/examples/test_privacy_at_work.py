"""`examples/privacy` served, with its three places simulated: what the page's last step shows."""

import json
import re
from collections.abc import Iterator

import httpx
import msgspec
import pytest

from detente.simulator import Simulator, SimulatorThread
from tests.cli.command import ended
from tests.examples.bundles import EXAMPLES, ROOT
from tests.gateway_process import GatewayProcess, running_gateway

FOLDER = EXAMPLES / "privacy"
PAGE = (ROOT / "docs/how-to/protect-personal-data.md").read_text(encoding="utf-8")
(BODY,) = re.findall(r"(?s)curl http.*? -d '(.*?)'\n", PAGE)
ORIGINALS = ("jane.doe@contoso.com", "POL-12345678")


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    gateway: GatewayProcess
    azure: SimulatorThread
    bedrock: SimulatorThread
    own: SimulatorThread

    def ask(self, project: str, route: str | None = None) -> httpx.Response:
        """What the page's command gets."""
        headers = {"authorization": f"Bearer dt-demo-{project}"}
        if route is not None:
            headers["x-detente-route"] = route
        url = f"{self.gateway.base_url}/v1/chat/completions"
        return httpx.post(url, headers=headers, content=BODY, timeout=20, trust_env=False)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    text = (FOLDER / "detente.toml").read_text(encoding="utf-8")
    key = (FOLDER / "simulated.key").read_text(encoding="utf-8").strip()
    with (
        SimulatorThread(Simulator("vllm", models=["openai/gpt-oss-120b"])) as own,
        SimulatorThread(Simulator("azure", models=["gpt-oss-120b"])) as azure,
        SimulatorThread(
            Simulator("bedrock", models=["openai.gpt-oss-120b-1:0"], api_key=key)
        ) as bedrock,
    ):
        for port, simulator in (("18311/v1", own), ("18312", azure), ("18313", bedrock)):
            text = text.replace(f"http://127.0.0.1:{port}", simulator.base_url)
        text = text.replace("127.0.0.1:18310", "127.0.0.1:0").replace(
            "127.0.0.1:18319", "127.0.0.1:0"
        )
        files = {
            name: (FOLDER / name).read_text(encoding="utf-8")
            for name in ("clients.txt", "simulated.key")
        }
        with running_gateway(tmp_path_factory.mktemp("privacy"), text, files=files) as gateway:
            yield Stage(gateway=gateway, azure=azure, bedrock=bedrock, own=own)


def heard(simulator: SimulatorThread) -> str:
    """The text of the last request there."""
    return json.dumps(json.loads(simulator.requests[-1].body), ensure_ascii=False)


def test_azure_reads_stand_ins_and_the_client_originals(stage: Stage) -> None:
    answer = stage.ask("claims", "azure")
    said = answer.json()["choices"][0]["message"]["content"]
    assert said == "Write to jane.doe@contoso.com about POL-12345678"
    read = heard(stage.azure)
    assert re.search(r"Write to ⟨EMAIL_[a-z2-7]{13}⟩ about ⟨POLICY_NUMBER_[a-z2-7]{13}⟩", read)
    assert not any(original in read for original in ORIGINALS)


def test_bedrock_reads_other_stand_ins_for_the_shop_and_nothing_for_claims(stage: Stage) -> None:
    assert all(one in stage.ask("shop", "bedrock").text for one in ORIGINALS)
    read = heard(stage.bedrock)
    assert not any(original in read for original in ORIGINALS)
    assert stage.ask("shop", "azure").status_code == 200
    (email,) = set(re.findall(r"⟨EMAIL_[a-z2-7]{13}⟩", read))
    assert email in heard(stage.azure)
    before = len(stage.bedrock.requests)
    refused = stage.ask("claims", "bedrock")
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "guardrail_blocked"
    assert len(stage.bedrock.requests) == before


def test_the_own_engine_reads_everything(stage: Stage) -> None:
    assert all(one in stage.ask("claims", "own").text for one in ORIGINALS)
    assert all(original in heard(stage.own) for original in ORIGINALS)


def test_the_report_tells_what_was_found(
    stage: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    stage.ask("claims", "azure")
    stage.gateway.stop()
    config = str(stage.gateway.folder)
    assert ended(["report", "guardrails", "--config", config]) == 0
    told = capsys.readouterr().out
    assert "policy_number" in told
    assert not any(original in told for original in ORIGINALS)
