"""The pages on keys and budgets: their commands do what they say, one after the other."""

import re
import shlex
from pathlib import Path

import pytest

from detente.cli import run
from tests.examples.bundles import ROOT

SERVER = '[server]\nadmin_listen = "127.0.0.1:1"\n'
"""Where nobody answers: so commands work on the store itself."""


def text_of(page: str) -> str:
    return (ROOT / "docs/how-to" / page).read_text(encoding="utf-8")


def commands_of(page: str) -> list[list[str]]:
    """The commands of a page that are not run as they stand (`tests/tidy/test_console.py`)."""
    blocks = re.findall(r"(?s)(?<!-->\n)```console\n(.*?)```", text_of(page))
    joined = re.sub(r"\\\n\s*", "", "".join(blocks))
    return [shlex.split(line[2:])[1:] for line in joined.splitlines() if line.startswith("$ ")]


@pytest.mark.parametrize(
    ("page", "count"), [("hand-out-keys.md", 7), ("set-budgets-and-limits.md", 2)]
)
def test_its_commands_run_in_turn(
    page: str,
    count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "detente.toml").write_text(SERVER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    commands = commands_of(page)
    assert len(commands) == count
    for command in commands:
        assert run(command) == 0, (command, capsys.readouterr().err)


def test_a_key_that_stands_in_the_configuration_is_listed_beside_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fragment,) = re.findall(r"(?s)```toml\n(.*?)```", text_of("hand-out-keys.md"))
    config = tmp_path / "detente.toml"
    config.write_text(SERVER + "[projects.shop]\n" + fragment, encoding="utf-8")
    assert run(["keys", "list", "--config", str(config)]) == 0
    assert re.search(r"batch .* configuration", capsys.readouterr().out)
    assert run(["keys", "revoke", "batch", "--config", str(config)]) == 2
    assert "stands in the configuration" in capsys.readouterr().err
