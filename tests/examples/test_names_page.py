"""The page on names of people: its configuration is one, and its commands say what it shows."""

import re
from pathlib import Path
from typing import Any

import pytest

from detente.guardrails.sentences import (
    MARK_CHARACTERS_MAX,
    OVERLAP,
    PIECE_CHARACTERS_MAX,
    SENTENCE_CHARACTERS_MIN,
)
from tests.cli.command import ended
from tests.examples.bundles import ROOT

PAGE = (ROOT / "docs/how-to/find-names-of-people.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs/reference/detectors.md").read_text(encoding="utf-8")
WORLD = """
[providers.own]
kind = "vllm"
base_url = "http://127.0.0.1:9"
host = "own"

[models."p/m"]
deployments = [{ provider = "own", id = "m" }]
"""
REASON = "needs presidio-analyzer and spaCy: `pip install 'detente[presidio]'`"
NAMES = (
    {"label": "PERSON", "pattern": "Barbara Mitchell"},
    {"label": "GPE", "pattern": "Dublin"},
)


def configured(folder: Path, model: str) -> Path:
    """The page's first configuration, with a model that may be there."""
    (table, *_) = re.findall(r"(?s)```toml\n(.*?)```", PAGE)
    assert table.count('"en_core_web_sm"') == 1
    text = WORLD + table.replace('"en_core_web_sm"', f'"{model}"')
    (folder / "detente.toml").write_text(text, encoding="utf-8")
    return folder


def test_what_the_page_shows_is_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("presidio_analyzer", reason=REASON)
    spacy: Any = pytest.importorskip("spacy", reason=REASON)
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(list(NAMES))
    nlp.to_disk(tmp_path / "model")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(configured(tmp_path, "./model"))
    assert ended(["check"]) == 0
    (text,) = re.findall(r'\$ echo "(.*)" \| detente screen\n', PAGE)
    (tmp_path / "text").write_text(text + "\n", encoding="utf-8")
    with (tmp_path / "text").open(encoding="utf-8") as given:
        monkeypatch.setattr("sys.stdin", given)
        assert ended(["screen"]) == 0
    said = capsys.readouterr().out
    shown = re.findall(r"^│.*│$", PAGE, re.MULTILINE)
    assert len(shown) == 2
    assert [line for line in shown if line not in said] == []


def test_without_its_model_nothing_is_ready_and_the_cure_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = configured(tmp_path, "en_no_such_model")
    assert ended(["check", str(folder)]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "E24" in said
    assert "install the package" in said or "install `detente[presidio]`" in said


def test_the_reference_has_the_bounds_as_they_are() -> None:
    section = " ".join(REFERENCE.partition("## Names by a model")[2].split())
    assert f"longer than {PIECE_CHARACTERS_MAX} characters" in section
    assert f"has {SENTENCE_CHARACTERS_MIN} characters or more" in section
    assert f"overlap by {OVERLAP // 2} to {OVERLAP}," in section
    assert f"look-back is {PIECE_CHARACTERS_MAX + MARK_CHARACTERS_MAX}:" in section
    assert f"{PIECE_CHARACTERS_MAX} characters" in (ROOT / "docs/decisions/presidio.md").read_text(
        encoding="utf-8"
    )
