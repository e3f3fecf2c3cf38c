"""`detente models` tells what is known, from where, and what a configuration makes of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from detente.catalog import model_rows
from tests.cli.command import ended

CONFIGURATION = """
[providers.east]
kind = "azure"
base_url = "https://east.openai.azure.com"
region = "eastus2"
api_key = { env = "KEY" }
[models."openai/gpt-5.5"]
deployments = [
  { provider = "east", id = "gpt-5.5", tier = "DataZoneStandard" },
  { provider = "east", id = "other", retention = "none" },
]
[models."us/own"]
deployments = [{ provider = "east", id = "own" }]
"""


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert ended(["models", "--json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_model_is_listed_with_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys)
    assert [model["name"] for model in found] == [row.name for row in model_rows()]
    for model in found:
        assert ", read 20" in str(model["source"])
        for part in ("ids", "prices"):
            assert all(", read 20" in row["source"] for row in model[part])


def test_prices_are_those_of_today_with_their_conditions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (sol,) = (m for m in listed(capsys) if m["name"] == "openai/gpt-5.6-sol")
    here = [p for p in sol["prices"] if p["provider"] == "openai" and p["zone"] is None]
    standard = [p for p in here if p["tier"] == "standard"]
    assert [(p["input_tokens_over"], p["meters"]["input"]) for p in standard] == [
        (272_000, "8"),
        (0, "4"),
    ]
    assert {p["tier"] for p in here} == {"standard", "flex", "priority", "fast", "batch"}


@pytest.mark.parametrize(
    ("arguments", "wanted", "other"),
    [
        (["--publisher", "xai"], "xai/grok-4.6", "openai/gpt-4"),
        (["--provider", "bedrock"], "amazon/nova-pro", "openai/gpt-4"),
    ],
)
def test_models_are_chosen_by_publisher_and_provider(
    arguments: list[str], wanted: str, other: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {model["name"] for model in listed(capsys, *arguments)}
    assert wanted in names
    assert other not in names


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--publisher", "opnai"], "unknown publisher `opnai`; did you mean `openai`?"),
        (["--provider", "bedrok"], "no model is known at `bedrok`; did you mean `bedrock`?"),
        (["nowhere.toml"], "nowhere.toml"),
    ],
)
def test_what_is_not_known_is_named(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(["models", *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_a_configurations_models_have_facts_and_prices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    found = {model["name"]: model for model in listed(capsys, str(tmp_path))}
    assert list(found) == ["openai/gpt-5.5", "us/own"]
    places = found["openai/gpt-5.5"]["deployments"]
    assert [(p["processing_zone"], p["storage_zone"], p["retention"]) for p in places] == [
        ("us", "us", None),
        (None, "us", "none"),
    ]
    assert places[0]["prices"][0]["meters"]["input"] == "5.5"
    assert places[1]["prices"] == []  # where it is processed is not known, nor so the price
    assert found["us/own"]["source"] is None
    assert len(listed(capsys, str(tmp_path), "--provider", "east")) == 2


@pytest.mark.parametrize("columns", [40, 60, 100, 200])
def test_the_table_fits_its_reader(
    columns: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    monkeypatch.setenv("COLUMNS", str(columns))
    for arguments in (["--publisher", "openai"], ["--provider", "azure"], [str(tmp_path)]):
        assert ended(["models", *arguments]) == 0
        out = capsys.readouterr().out
        assert "5.5" in out
        assert max(map(len, out.splitlines())) <= columns
    assert "context" not in out


def test_a_row_shows_the_price_that_no_zone_raises(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert ended(["models", "--publisher", "openai"]) == 0
    (row,) = (r for r in capsys.readouterr().out.splitlines() if "openai/gpt-5.5 " in r)
    assert row.split() == ["openai/gpt-5.5", "2026-04-23", "5", "30", "openai"]
    assert ended(["models", "--provider", "bedrock", "--publisher", "openai"]) == 0
    (row,) = (r for r in capsys.readouterr().out.splitlines() if "openai/gpt-5.5 " in r)
    assert row.split()[-1] == "openai.gpt-5.5"
