"""`detente reload`: the new configuration is in force, or the old one is kept and why is said."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from detente.cli import run
from tests.gateway_process import GatewayProcess, running_gateway

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
