"""`detente drill`: on recorded traffic and live, with its evidence, its endings and its errors."""

import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.canonical.drill import DrillReport
from detente.configuration.schema import SimulatedProvider
from detente.replay.evidence import Evidence
from detente.simulator import Simulator, SimulatorThread
from detente.wiring import load
from tests.cli.command import ended
from tests.gateway_configuration import ModelRow, ProviderRow, credential_files, gateway_toml
from tests.gateway_process import SOURCE, GatewayProcess, eventually, running_gateway
from tests.ledger_entries import entries_when
from tests.replay.rehearsed import Asked, rehearsed
from tests.replay.test_drill import JUNE_2024, PLAIN
from tests.tidy.project import ROOT

WAIT_S = 30.0
TERM = """
id = "near-2024"
title = "The house's agreement with near"
parties = ["house", "near"]
from = 2020-01-01
recorded_at = 2020-01-01
source = "the test's own"

[[clause]]
id = "term"
type = "term"
notice_days = 90
quote = "three months"
"""


KEPT = (
    TERM
    + """
[[clause]]
id = "only"
type = "exclusive"
holder = "host:near-host"
scope = { model = "a/kept" }
quote = "at near alone"
"""
)


# On recorded traffic.


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "detente.toml").write_text(PLAIN + '\n[agreements]\npath = "agreements"\n')
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "near.toml").write_text(TERM)
    setup = load(tmp_path)
    asked = [Asked(model="a/both", at=JUNE_2024, project="shop") for _ in range(4)]
    asked += [Asked(model="a/alone", at=JUNE_2024, project="desk") for _ in range(3)]
    rehearsed(setup.state, setup, asked)
    return tmp_path


def test_the_answer_and_its_evidence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["drill", "--without", "near", "--config", str(folder), "--by", "the auditor"]
    assert ended(command) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("Without `provider:near`, 4 of 7 requests (57.1%) would have been")
    assert "What moved cost $0.028000 in place of $0.012000 (+133.3%)" in shown.out
    assert "`a/alone` has no" in shown.out
    (data,) = (load(folder).state / "drills").glob("*-provider-near.json")
    assert f"evidence: {data}" in shown.err
    report = msgspec.json.decode(data.read_bytes(), type=DrillReport)
    assert (report.mode, report.requests, report.moved, report.failed) == ("recorded", 7, 4, 3)
    assert report.exit_takes_s is None
    evidence = msgspec.json.decode(data.read_bytes(), type=Evidence)
    assert evidence.by == "the auditor"
    assert [(n.clause, n.notice_days) for n in evidence.notices] == [("near-2024/term", 90)]
    assert [each.fingerprint for each in evidence.agreements] == [
        fingerprint for _, fingerprint in load(folder).agreements.fingerprints
    ]
    assert evidence.ledger is not None
    assert len(evidence.ledger.sha256) == 64
    page = data.with_suffix(".html").read_text()
    assert "three months" in page
    assert "the auditor" in page


def test_as_json_and_into_other_folders(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, page = folder / "out", folder / "page.html"
    command = ["drill", "--without", "host:one", "--config", str(folder), "--json"]
    assert ended([*command, "--out", str(out), "--html", str(page)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["without"], said["moved"]) == ("host:one", 4)
    (file,) = out.glob("*.json")
    assert json.loads(file.read_bytes()) == said
    assert page.read_text() == file.with_suffix(".html").read_text()
    assert not list(out.glob(".*"))


def test_with_a_good_answer_it_ends_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["drill", "--without", "provider:far", "--config", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("Nothing depended on `provider:far`: none of 7")


def test_another_ledger_leaves_no_state_folder_behind(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "detente.toml").write_text(PLAIN)
    ledger = load(folder).ledger
    command = ["drill", "--without", "far", "--config", str(other), "--ledger", str(ledger)]
    assert ended(command) == 0
    assert [path.name for path in other.iterdir()] == ["detente.toml"]


def test_until_and_since(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["drill", "--without", "near", "--config", str(folder), "--json"]
    assert ended([*command, "--until", "2020-01-01"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 0
    assert ended([*command, "--since", "2020-01-01"]) == 1
    assert json.loads(capsys.readouterr().out)["total"] == 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "say who is gone with `--without`: `host:one`, `host:two`, `provider:far`"),
        (["--without", "naer"], "nobody is called `naer`; did you mean `near`?"),
        (["--without", "host:onne"], "did you mean `host:one`?"),
        (["--without", "host:near"], "nobody is called `host:near`"),
        (["--without", "near", "--live", "--for", "2h"], "`--for` is no time"),
        (["--without", "near", "--live", "--for", "0s"], "`--for` is no time"),
        (["--without", "near", "--for", "5m"], "add `--live`, or leave it out"),
        (["--without", "near", "--html", "/proc/none/page.html"], "another file with `--html`"),
        (["--without", "near", "--live", "--for", "soon"], "`--for` is no time"),
        (["--without", "near", "--live", "--since", "2024-01-01"], "has no `--since`"),
        (["--without", "near", "--live", "--ledger", "x"], "has no `--since`, `--until` or"),
        (["--without", "near", "--since", "yesterday"], "`--since` is no date"),
        (["--without", "near", "--ledger", "nowhere"], "no ledger at `nowhere`"),
    ],
)
def test_what_cannot_be_asked(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    status = ended(["drill", *arguments, "--config", str(folder)])
    assert status == 2
    assert said in "".join(capsys.readouterr())


def test_a_name_with_two_meanings_lists_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (folder / "detente.toml").read_text().replace('host = "one"', 'host = "near"')
    (folder / "detente.toml").write_text(text)
    assert ended(["drill", "--without", "near", "--config", str(folder)]) == 2
    assert "`near` may be `host:near` or `provider:near`; name one of them" in "".join(
        capsys.readouterr()
    )


def test_evidence_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "file").write_text("")
    command = ["drill", "--without", "far", "--config", str(folder), "--out", str(folder / "file")]
    assert ended(command) == 2
    assert "choose another folder with `--out`" in "".join(capsys.readouterr())


PAGE = ROOT / "docs/how-to/run-an-exit-drill.md"
COMMANDS = re.findall(r"^\$ (detente .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
ASKING = ("--live", "--end")


@pytest.mark.parametrize("command", [c for c in COMMANDS if not any(word in c for word in ASKING)])
def test_a_command_of_the_page_answers(
    folder: Path,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = (
        (folder / "detente.toml").read_text().replace("near", "azure").replace("one", "microsoft")
    )
    (folder / "detente.toml").write_text(text)
    monkeypatch.chdir(folder)
    assert ended(shlex.split(command)[1:]) in (0, 1), capsys.readouterr().err
    assert capsys.readouterr().out


def test_the_page_shows_both_ways() -> None:
    assert [any(word in command for word in ASKING) for command in COMMANDS].count(True) == 2
    assert len(COMMANDS) >= 6


# Live: a real gateway, simulated providers, real clients.


@pytest.fixture(name="gateway")
def _gateway(tmp_path: Path) -> Generator[GatewayProcess]:
    with ExitStack() as stack:
        rows: list[ProviderRow] = []
        for name in ("near", "far"):
            behaviour = SimulatedProvider(tokens=2)
            models = ["both", "alone", "kept"]
            simulator = Simulator("openai", models=models, api_key="sk-x", behaviour=behaviour)
            url = stack.enter_context(SimulatorThread(simulator)).base_url
            host = f'host = "{name}-host"'
            row = ProviderRow(name=name, kind="openai", base_url=url, api_key="sk-x", settings=host)
            rows.append(row)
        prices = "".join(
            f'[[prices]]\nmodel = "*"\nprovider = "{name}"\ninput = {usd}\noutput = {usd}\n'
            'source = "the test\'s own"\n'
            for name, usd in (("near", 1), ("far", 3))
        )
        text = gateway_toml(
            providers=rows,
            models=[
                ModelRow(name="a/both", deployments=(("near", "both"), ("far", "both"))),
                ModelRow(name="a/alone", deployments=(("near", "alone"),)),
                ModelRow(name="a/kept", deployments=(("near", "kept"), ("far", "kept"))),
            ],
            workers=2,
            more=prices + '[agreements]\npath = "agreements"\n',
        )
        agreements = tmp_path / "served" / "agreements"
        agreements.mkdir(parents=True)
        (agreements / "near.toml").write_text(KEPT)
        running = running_gateway(tmp_path / "served", text, files=credential_files(rows))
        yield stack.enter_context(running)


def addressed(gateway: GatewayProcess) -> Path:
    """The gateway's configuration, with the address that it was given."""
    file = gateway.folder / "addressed.toml"
    admin = gateway.admin_url.removeprefix("http://")
    text = gateway.file.read_text()
    file.write_text(text.replace('admin_listen = "127.0.0.1:0"', f'admin_listen = "{admin}"'))
    return file


def asked(url: str, method: str, path: str, body: object) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(url.partition("//")[2], timeout=WAIT_S)
    try:
        connection.request(method, path, json.dumps(body), {"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def chat(gateway: GatewayProcess, model: str) -> int:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    return asked(gateway.base_url, "POST", "/v1/chat/completions", body)[0]


MODELS = ("a/both", "a/both", "a/alone", "a/kept")


@contextmanager
def traffic(gateway: GatewayProcess) -> Generator[None]:
    """Requests, one after the other, for as long as it lasts; half of them have no other place."""
    over = threading.Event()

    def ask() -> None:
        number = 0
        while not over.wait(0.005):
            number += 1
            chat(gateway, MODELS[number % len(MODELS)])

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(WAIT_S)


def test_a_live_drill_moves_tells_and_comes_back(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(addressed(gateway))
    with traffic(gateway):
        entries_when(gateway.state, 20)
        command = ["drill", "--without", "near-host", "--live", "--for", "1s", "--json"]
        status = ended([*command, "--config", config])
    shown = capsys.readouterr()
    assert status == 1, shown.err
    evidence = msgspec.json.decode(shown.out, type=Evidence)
    assert (evidence.without, evidence.mode) == ("host:near-host", "live")
    assert evidence.moved > 0
    assert evidence.failed > 0
    assert evidence.moved + evidence.failed + evidence.unfinished == evidence.requests
    assert evidence.exit_takes_s is None  # `a/alone` never was
    causes = {cause.model: cause for cause in evidence.causes}
    assert sum(cause.requests for cause in evidence.causes) == evidence.failed
    assert causes["a/alone"].text == "`a/alone` has no other deployment"
    assert causes["a/kept"].clauses == ("near-2024/only",)
    assert causes["a/kept"].obstacles[0].quote == "at near alone"
    (move,) = evidence.moves
    assert (move.before, move.after) == ("near/both", "far/both")
    assert move.cost_after_usd == 3 * move.cost_before_usd > 0
    assert move.first_byte_before_ms is not None
    assert move.first_byte_after_ms is not None
    assert chat(gateway, "a/alone") == 200
    (file,) = (gateway.state / "drills").glob("*.json")
    assert msgspec.json.decode(file.read_bytes(), type=DrillReport).failed == evidence.failed


def test_how_long_an_exit_takes(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(addressed(gateway))
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.005):
            chat(gateway, "a/both")

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        entries_when(gateway.state, 5)
        command = ["drill", "--without", "near", "--live", "--for", "1s", "--config", config]
        assert ended(command) == 0, capsys.readouterr().err
    finally:
        over.set()
        thread.join(WAIT_S)
    # A request that was under way when the drill ended may be told as well.
    told = " ".join(capsys.readouterr().out.split())
    assert re.search(r"and 0 failed(; \d+ [a-z ]+ there)?; the switch took", told), told
    (file,) = (gateway.state / "drills").glob("*.json")
    report = msgspec.json.decode(file.read_bytes(), type=DrillReport)
    assert report.exit_takes_s is not None
    assert 0 < report.exit_takes_s < 1.0


def test_an_interrupted_drill_ends_and_still_tells(gateway: GatewayProcess) -> None:
    config = str(addressed(gateway))
    chat(gateway, "a/both")
    entries_when(gateway.state, 1)
    command = [sys.executable, "-m", "detente", "drill", "--without", "near", "--live"]
    process = subprocess.Popen(
        [*command, "--for", "1h", "--config", config],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:

        def runs() -> bool:
            return asked(gateway.admin_url, "GET", "/admin/v1/drill", {})[1]["drill"] is not None

        eventually(runs, "the drill runs")
        assert chat(gateway, "a/both") == 200
        entries_when(gateway.state, 2)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=WAIT_S)
    finally:
        process.kill()
        process.wait(WAIT_S)
    assert out.startswith("Without `provider:near`, 1 of 1 requests (100.0%) were served"), err
    assert process.returncode == 0
    assert asked(gateway.admin_url, "GET", "/admin/v1/drill", {})[1]["drill"] is None


def test_a_drill_that_somebody_else_ends_is_told_then(gateway: GatewayProcess) -> None:
    config = str(addressed(gateway))
    chat(gateway, "a/both")
    entries_when(gateway.state, 1)
    command = [sys.executable, "-m", "detente", "drill", "--without", "near", "--live"]
    process = subprocess.Popen(
        [*command, "--for", "1h", "--config", config],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:

        def ended_it() -> bool:
            told = asked(gateway.admin_url, "DELETE", "/admin/v1/drill", {})[1]["drill"]
            return told is not None

        eventually(ended_it, "the drill ran, and was ended")
        out, err = process.communicate(timeout=WAIT_S)
    finally:
        process.kill()
        process.wait(WAIT_S)
    assert out.startswith("Nothing depended on `provider:near`"), err
    assert process.returncode == 0


def test_another_drill_is_refused_and_can_be_ended(
    gateway: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(addressed(gateway))
    entries_when(gateway.state, 0)
    asked(gateway.admin_url, "POST", "/admin/v1/drill", {"without": "provider:far"})
    chat(gateway, "a/both")
    entries_when(gateway.state, 1)
    command = ["drill", "--without", "near", "--live", "--config", config]
    assert ended(command) == 2
    assert "a drill without `provider:far` runs until" in "".join(capsys.readouterr())
    assert ended(["drill", "--end", "--config", config]) == 0
    assert capsys.readouterr().out == "ended the drill without `provider:far`\n"
    assert ended(["drill", "--end", "--config", config]) == 0
    assert capsys.readouterr().out == "no drill runs\n"


@pytest.mark.parametrize("answer", [b"<html>", b'{"errors":["\xff"]}', b'{"no":' + b"[" * 100_000])
def test_what_knows_no_drills_is_told_with_the_cure(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
) -> None:
    def asked(*_: object) -> bytes:
        return answer

    monkeypatch.setattr("detente.cli.drill_live.ask_running", asked)
    assert ended(["drill", "--end", "--config", str(folder)]) == 2
    assert "the gateway that runs knows no drills" in "".join(capsys.readouterr())


def test_without_a_gateway_there_is_no_live_drill(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (folder / "detente.toml").read_text()
    closed = '[server]\nlisten = "127.0.0.1:0"\nadmin_listen = "127.0.0.1:1"\n'
    (folder / "detente.toml").write_text(closed + text)
    assert ended(["drill", "--without", "near", "--live", "--config", str(folder)]) == 2
    assert "start it with `detente serve`" in "".join(capsys.readouterr())
