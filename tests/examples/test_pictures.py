"""The pictures of the documentation say what the examples say: `make pictures` draws them."""

import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest

from detente.pictures.drawing import SVG
from tests.cli.command import ended
from tests.examples.bundles import ROOT

RECIPE = re.search(
    r"(?m)^pictures:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8")
)
COMMANDS = (
    [line for line in RECIPE[1].replace("\\\n", " ").splitlines() if line.strip()] if RECIPE else []
)


def told(path: Path) -> set[str]:
    """What every mark of a picture says; where it stands depends on the fonts of the machine."""
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    return {element.text or "" for element in root.iter(f"{{{SVG}}}title")}


def test_there_are_pictures() -> None:
    assert len(COMMANDS) == 2


@pytest.mark.parametrize("command", COMMANDS, ids=lambda line: line.split("/")[-1].split()[0])
def test_a_picture_is_what_its_command_draws(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(command)[1:]
    place = words.index("--svg") + 1
    drawn, words[place] = ROOT / words[place], str(tmp_path / "fresh.svg")
    assert ended(words) == 0
    fresh = told(tmp_path / "fresh.svg")
    assert len(fresh) > 20
    assert told(drawn) == fresh
