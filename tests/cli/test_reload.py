"""`detente reload`: the new configuration is in force, or the old one is kept and why is said."""

import http.client
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from detente.cli import run
from tests.cli.command import ended
from tests.cli.contract import CONFIGURATION as CONTRACT
from tests.cli.contract import at_address, written
from tests.gateway_process import GatewayProcess, eventually, running_gateway

CONFIGURATION = """
[server]
listen = "127.0.0.1:0"
admin_listen = "{admin}"
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Generator[GatewayProcess]:
    text = CONFIGURATION.format(admin="127.0.0.1:0")
    with running_gateway(tmp_path / "served", text) as found:
        yield found


def addressed(gateway: GatewayProcess, folder: Path) -> str:
    """A configuration that names the admin address which the gateway was given."""
    address = gateway.admin_url.removeprefix("http://")
    file = folder / "addressed.toml"
    file.write_text(CONFIGURATION.format(admin=address))
    return str(file)


def test_a_running_gateway_reads_its_configuration_again(
    gateway: GatewayProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = addressed(gateway, tmp_path)
    gateway.write(CONFIGURATION.format(admin="127.0.0.1:0") + "[projects.new]\n")
    assert run(["reload", file]) == 0
    assert capsys.readouterr().out == "configuration reloaded\n"
    assert run(["reload", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"reloaded": True, "errors": []}


def test_a_bad_configuration_is_told_and_the_old_one_kept(
    gateway: GatewayProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.write("[server]\nlissten = 1\n")
    with pytest.raises(SystemExit) as end:
        run(["reload", addressed(gateway, tmp_path)])
    assert end.value.code == 1
    assert "detente.toml:2: unknown key `lissten`" in capsys.readouterr().out
    assert gateway.running()


def test_no_gateway_is_named_with_the_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "detente.toml"
    # Port 1 needs privileges and a purpose; nothing of ours listens there.
    file.write_text(CONFIGURATION.format(admin="127.0.0.1:1"))
    with pytest.raises(SystemExit) as end:
        run(["reload", str(file)])
    assert end.value.code == 2
    assert "start it with `detente serve`" in "".join(capsys.readouterr())


@pytest.fixture
def contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[GatewayProcess]:
    """A gateway whose contract waits for an event that was declared and verified."""
    config = str(written(tmp_path / "contract").parent)
    for act in (("declare", "agi", "--by", "openai"), ("verify", "agi", "--by", "panel")):
        assert ended(["events", *act, "--config", config]) == 0
    with running_gateway(tmp_path / "contract", CONTRACT) as found:
        at_address(found, monkeypatch)
        yield found


def status_of(gateway: GatewayProcess) -> dict[str, Any]:
    return json.loads(got(gateway.admin_url, "/admin/v1/status"))


def got(url: str, path: str) -> str:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def swap(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


def test_whatever_file_is_broken_what_was_in_force_is_kept(
    contract: GatewayProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    register = contract.state / "register.jsonl"
    agreement = contract.folder / "agreements" / "deal.toml"
    acts, terms = register.read_bytes(), agreement.read_bytes()
    broken = [
        (register, swap(acts, b'"openai"', b'"opanei"'), "register.jsonl:2: does not follow"),
        (register, acts[:-9], "register.jsonl:2: the last line was cut off"),
        (register, b"\xff\n", "register.jsonl:1: no entry of the register"),
        (register, acts + b" " * (16 << 20), "register.jsonl:1: the register"),
        (agreement, terms + b"# \xff\n", "not UTF-8; save the file as UTF-8"),
        (agreement, terms + b"#" * (10 << 20), "larger than 4194304 bytes; split the file"),
        (agreement, swap(terms, b'"threshold"', b'"treshold"'), "did you mean `threshold`?"),
        (agreement, swap(terms, b"2025-01-01", b"2025-13-01"), "not valid TOML"),
    ]
    config = str(contract.folder)
    for file, data, said in broken:
        before = file.read_bytes()
        file.write_bytes(data)
        capsys.readouterr()
        # The command reads only where to ask; `detente.toml` itself is as it was.
        status = ended(["reload", config, "--json"])
        printed = capsys.readouterr()
        assert (status, said in printed.out + printed.err) == (1, True), (said, printed)
        errors = status_of(contract)["reload_errors"]
        assert any(said in error for error in errors), (said, errors)
        assert "lab/exclusive" in got(contract.base_url, "/v1/models"), said
        file.write_bytes(before)
    assert ended(["reload", config]) == 0
    assert status_of(contract)["reload_errors"] == []
    assert contract.errors().count("not reloaded: ") == len(broken)
    # A reload that a signal asked for is told in the status as well.
    agreement.write_bytes(b"id")
    contract.reload()
    eventually(lambda: status_of(contract)["reload_errors"], "the status tells the error")
    assert contract.running()
