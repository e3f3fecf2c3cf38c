"""`detente providers`: the list, and a live test that names what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from detente import providers
from detente.configuration.schema import SimulatedProvider
from detente.simulator import Hold, Simulator, SimulatorThread, Status
from tests.cli.command import ended
from tests.gateway_configuration import ModelRow, ProviderRow, credential_files, gateway_toml

KEY = "sk-canary-4f1e"
MODEL = "gpt-4o"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(name="simulator")
def _simulator() -> Any:
    simulator = Simulator(
        "openai", models=[MODEL], api_key=KEY, behaviour=SimulatedProvider(tokens=2)
    )
    with SimulatorThread(simulator) as running:
        yield running


def configuration(folder: Path, base_url: str, *, key: str = KEY, model: str = MODEL) -> str:
    """A configuration of one provider; the path of its file."""
    rows = [ProviderRow(name="there", kind="openai", base_url=base_url, api_key=key)]
    row = ModelRow(name=f"openai/{model}", aliases=("mine",), deployments=(("there", model),))
    text = gateway_toml(providers=rows, models=[row])
    for name, content in credential_files(rows).items():
        (folder / name).write_text(content, encoding="utf-8")
    path = folder / "detente.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def findings_from(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, list[dict[str, Any]]]:
    """The exit status and the findings."""
    status = ended(["providers", "test", "there", *arguments, "--json"])
    out = capsys.readouterr()
    assert KEY not in out.out + out.err
    return status, json.loads(out.out)


def test_all_is_well(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = configuration(tmp_path, simulator.base_url)
    status, findings = findings_from(capsys, "--config", path, "--model", "mine")
    assert status == 0
    assert [(one["about"], one["ok"]) for one in findings] == [
        ("address", True),
        ("credentials", True),
        ("deployment", True),
    ]
    assert findings[2]["name"] == f"there/{MODEL}"
    assert findings[2]["status"] == 200
    assert ended(["providers", "test", "there", "--config", path]) == 0
    shown = capsys.readouterr().out
    assert "✓ address 127.0.0.1" in shown
    assert f"✓ deployment there/{MODEL}" in shown
    left = findings[2]["headroom"]
    assert left["requests_remaining"] == left["requests_limit"] - 1
    assert f"of {left['requests_limit']:,} requests left" in " ".join(shown.split())
    assert "headroom" not in findings[0]


@pytest.mark.parametrize(
    ("behaviour", "kind", "words"),
    [
        (Status(status=429), "capacity", "no capacity"),
        (Status(status=307, headers={"location": "http://127.0.0.2/"}), "redirect", "redirect"),
        (Status(status=500), "platform", "failed"),
        (Status(status=400), "request", "status 400"),
    ],
    ids=lambda value: getattr(value, "status", value),
)
def test_what_the_platform_answers(
    simulator: SimulatorThread,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    behaviour: Status,
    kind: str,
    words: str,
) -> None:
    simulator.script(behaviour)
    status, findings = findings_from(
        capsys, "--config", configuration(tmp_path, simulator.base_url)
    )
    assert status == 1
    assert (findings[-1]["ok"], findings[-1]["kind"]) == (False, kind)
    assert words in findings[-1]["said"]
    assert len(simulator.requests) == 1  # nothing was followed or tried again


def test_a_wrong_key(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = configuration(tmp_path, simulator.base_url, key="sk-wrong-secret-77")
    assert ended(["providers", "test", "there", "--config", path]) == 1
    shown = capsys.readouterr().out
    assert f"✗ deployment there/{MODEL}" in shown
    assert "credentials: check the provider's `api_key`" in shown
    assert "sk-wrong-secret-77" not in shown


def test_an_id_that_the_platform_does_not_know(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = configuration(tmp_path, simulator.base_url, model="gpt-none")
    status, findings = findings_from(capsys, "--config", path)
    assert (status, findings[-1]["kind"]) == (1, "model_unknown")
    assert "`id`" in findings[-1]["said"]


def test_nobody_is_there(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = configuration(tmp_path, simulator.base_url)
    simulator.refuse_connections()
    status, findings = findings_from(capsys, "--config", path)
    assert status == 1
    assert [(one["about"], one["kind"]) for one in findings] == [("address", "address")]
    assert "connect" in findings[0]["said"]
    assert "check `base_url`" in findings[0]["said"]


def test_an_answer_that_does_not_come(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulator.script(Hold())
    path = configuration(tmp_path, simulator.base_url)
    status, findings = findings_from(capsys, "--config", path, "--timeout-s", "0.3")
    assert (status, findings[-1]["kind"]) == (1, "timeout")


def test_a_clock_that_is_off(
    simulator: SimulatorThread, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    past = {"date": "Tue, 15 Nov 1994 08:12:31 GMT"}
    simulator.script(Status(status=500, headers=past))
    status, findings = findings_from(
        capsys, "--config", configuration(tmp_path, simulator.base_url)
    )
    assert status == 1
    assert (findings[-1]["about"], findings[-1]["kind"]) == ("clock", "clock")
    assert "ahead of the provider's" in findings[-1]["said"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "unknown provider `nowhere`"),
        (["there", "--model", "nothing"], "unknown model `nothing`"),
        (["there", "--timeout-s", "0"], "more than zero"),
    ],
)
def test_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    path = configuration(tmp_path, "http://127.0.0.1:9/v1")
    assert ended(["providers", "test", *arguments, "--config", path]) == 2
    assert words in capsys.readouterr().err


def test_the_list_says_where_keys_come_from_and_not_what_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = configuration(tmp_path, "http://127.0.0.1:9/v1")
    assert ended(["providers", "list", "--config", path, "--json"]) == 0
    text = capsys.readouterr().out
    (row,) = json.loads(text)
    assert (row["name"], row["kind"], row["credentials"]) == (
        "there",
        "openai",
        "key in file there.key",
    )
    assert row["deployments"] == [MODEL]
    assert KEY not in text
    assert ended(["providers", "list", "--config", path]) == 0
    assert "http://127.0.0.1:9" in capsys.readouterr().out


def test_every_kind_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["providers", "list", "--kinds", "--json"]) == 0
    kinds = {row["kind"]: row for row in json.loads(capsys.readouterr().out)}
    assert kinds["bedrock"]["credentials"] == "aws"
    assert kinds["openai"]["base_url"] == "https://api.openai.com/v1"
    assert ended(["providers", "list", "--kinds"]) == 0
    assert "https://api.anthropic.com" in capsys.readouterr().out


def test_addresses_are_whole_at_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert ended(["providers", "list", "--kinds"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    shown = "\n".join(lines)
    for kind in providers.kinds():
        assert (kind.default_base_url or kind.name) in shown
    assert ended(["providers", "list", "--config", str(EXAMPLES / "every-platform")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "vertex         vertex, europe-west4, http://127.0.0.1:18240" in map(str.rstrip, lines)
    assert "               no credentials" in map(str.rstrip, lines)
    assert f"{'':15}  us.anthropic.claude-haiku-4-5-20251001-v1:0" in map(str.rstrip, lines)
