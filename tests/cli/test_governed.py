"""What `detente route` says of policies on content."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.canonical.question import Question
from detente.cli.governed import content_of
from detente.wiring import load
from tests.cli.command import ended
from tests.cli.test_screen import CONFIGURATION

UNGOVERNED = ["route", "p/m", "--at", "2026-06-05"]
GOVERNED = [*UNGOVERNED, "--project", "claims"]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    text = CONFIGURATION.replace('"email", "number"]', '"email", "number", "phone"]')
    (tmp_path / "detente.toml").write_text(text, encoding="utf-8")
    (tmp_path / "staff.txt").write_text("Ann Example\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_it_says_which_policies_govern_and_what_becomes_of_each_category(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended(GOVERNED) == 0
    told = capsys.readouterr().out
    assert "policies on content: confidential" in told
    assert "personal: flag (confidential); staff_number: block (confidential)" in told
    assert "personal: pseudonymise (confidential); staff_number: block (confidential)" in told
    assert "its answers: everything passes" in told
    assert "its answers: personal: mask (confidential); all else passes" in told


@pytest.mark.usefixtures("folder")
def test_without_a_policy_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(UNGOVERNED) == 0
    assert "content" not in capsys.readouterr().out
    assert ended([*UNGOVERNED, "--json"]) == 0
    assert "policies" not in json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("folder")
def test_json_has_every_category_that_does_not_just_pass(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ended([*GOVERNED, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["policies"] == ["confidential"]
    own = told["content"]["own/m"]
    assert own["input"]["staff_number"]["treatment"] == "block"
    assert set(own["input"]) == {"email", "phone", "person", "staff_number"}
    assert own["output"] == {}
    assert set(told["content"]["openai/m"]["output"]) == {"email", "phone", "person"}


def test_part_of_a_group_is_told_by_its_names(folder: Path) -> None:
    file = folder / "detente.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('categories = ["personal"]', 'categories = ["email"]'), "utf-8")
    setup = load(folder)
    at = datetime(2026, 6, 5, tzinfo=UTC)
    labels = (("data", "confidential"),)
    content = content_of(setup, Question(model="p/m", at=at, known_at=at, labels=labels))
    assert content is not None
    assert content.line("own/m", "input") == (
        "email: flag (confidential); staff_number: block (confidential); all else passes"
    )
    by_request = Question(model="p/m", at=at, known_at=at, header_labels=labels)
    assert content_of(setup, by_request) == content


MODERATION = """
[guardrails.detectors.moderation]
kind = "openai_moderation"
provider = "openai"
"""


def test_it_says_what_a_detector_elsewhere_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "detente.toml"
    text = file.read_text(encoding="utf-8").replace('"email",', '"email", "moderation",', 1)
    file.write_text(text + MODERATION, "utf-8")
    assert ended(GOVERNED) == 0
    assert (
        "detector moderation at openai/openai_moderation is shown: personal: pseudonymise "
        "(confidential); staff_number: block (confidential)"
    ) in capsys.readouterr().out
    assert ended([*GOVERNED, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["remote_detectors"]
    assert told["moderation"]["place"] == "openai/openai_moderation"
    assert told["moderation"]["input"]["email"]["treatment"] == "pseudonymise"


def test_where_nothing_is_looked_for_everything_passes(folder: Path) -> None:
    file = folder / "detente.toml"
    text = file.read_text(encoding="utf-8").replace(
        '"staff", "email", "number", "phone"', '"staff"'
    )
    file.write_text(text.replace('category = "person"', 'category = "blocklist"'), "utf-8")
    at = datetime(2026, 6, 5, tzinfo=UTC)
    labels = (("data", "confidential"),)
    content = content_of(load(folder), Question(model="p/m", at=at, known_at=at, labels=labels))
    assert content is not None
    assert content.line("own/m", "input") == "everything passes"
