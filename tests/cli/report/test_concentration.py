"""`detente report concentration`: as a table with bars, as JSON and as CSV."""

import csv
import io
import json
from pathlib import Path

import pytest

from detente.wiring import load
from tests.cli.command import ended
from tests.replay.rehearsed import Asked, rehearsed
from tests.replay.test_drill import JUNE_2024, PLAIN

TWINS = PLAIN.replace('host = "two"', 'host = "one"')


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "detente.toml").write_text(TWINS)
    setup = load(tmp_path)
    models = ("a/both", "a/both", "a/alone", "b/far")
    rehearsed(setup.state, setup, [Asked(model=model, at=JUNE_2024) for model in models])
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> str:
    assert ended(["report", "concentration", "--config", str(folder), *arguments]) == 0
    return capsys.readouterr().out


def test_bars_indices_and_what_stands_on_one_host(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = told(capsys, folder)
    # near served 3 of 4, far 1: 0.75² + 0.25²
    assert "by provider, index 0.62 (high)" in shown
    assert "by host, index 1.00 (high)" in shown
    assert "█" in shown
    assert "far and near stand on one host, one: an outage takes them all" in shown


def test_json_and_csv_say_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, folder, "--json"))
    rows = list(csv.DictReader(io.StringIO(told(capsys, folder, "--csv"))))
    by_axis = {axis["axis"]: axis for axis in found["axes"]}
    assert by_axis["provider"]["index"]["requests"] == pytest.approx(0.625, abs=1e-12)
    assert [row["name"] for row in rows if row["axis"] == "provider"] == ["near", "far"]
    for row in rows:
        (share,) = (s for s in by_axis[row["axis"]]["shares"] if s["name"] == row["name"])
        assert (int(row["requests"]), row["cost_usd"]) == (share["requests"], share["cost_usd"])
        assert float(row["share_of_requests"]) == share["share"]["requests"]


def test_only_the_time_that_is_meant(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, folder, "--until", "2020-01-01").startswith("nothing was served")


def test_one_form_at_a_time(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["report", "concentration", "--config", str(folder), "--json", "--csv"]
    assert ended(command) == 2
    assert "exclude each other" in "".join(capsys.readouterr())
