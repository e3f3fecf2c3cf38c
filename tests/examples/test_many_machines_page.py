"""The page on many machines: its configuration loads, and its commands are there."""

import re
import shlex
from pathlib import Path

from detente.wiring import build, read_sources
from tests.cli.command import ended
from tests.examples.bundles import ROOT

PAGE = (ROOT / "docs/how-to/run-many-machines.md").read_text(encoding="utf-8")


def test_the_configuration_of_the_page_loads(tmp_path: Path) -> None:
    (table,) = re.findall(r"(?s)```toml\n(.*?)```", PAGE)
    path = tmp_path / "detente.toml"
    path.write_text(table, encoding="utf-8")
    store = build(read_sources(path)).configuration.store
    assert store.url is not None
    assert store.limits_url is not None
    assert store.on_outage == "continue_on_lease"


def test_the_commands_of_the_page_are_known(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").write_text("")
    commands = re.findall(r"^\$ detente (.*)$", PAGE, re.MULTILINE)
    assert len(commands) >= 3
    for command in commands:
        # Without a shared store there is nothing to migrate; an unknown word would be said too.
        assert ended([*shlex.split(command), "--config", str(tmp_path)]) in (1, 2)
    assert ended(["store", "nonsense"]) == 2
