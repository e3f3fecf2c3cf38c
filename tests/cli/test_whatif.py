"""`detente whatif` answers in words, JSON and CSV, and its page's commands run as they stand."""

import csv
import io
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import ended
from tests.replay.test_commitments import COMMIT
from tests.replay.test_ordered import PTU
from tests.replay.test_replaying import DAY, FIRST, NEXT, configured, seven
from tests.replay.test_volume import PRICE as VOLUME

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ask-what-if.md"
OFFER = """
[[prices]]
model = "openai/gpt-9"
provider = "azure"
input = 2
output = 8
source = "an offer"
"""
UNITS = PTU.replace('id = "ptu"', 'id = "next"')


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a ledger, and files to suppose other terms."""
    monkeypatch.setenv("COLUMNS", "220")
    monkeypatch.chdir(tmp_path)
    setup = configured(tmp_path / "now", FIRST)
    seven(setup, tmp_path / "now" / "state")
    configured(tmp_path / "other", NEXT)
    configured(tmp_path / "units", FIRST, UNITS)
    configured(tmp_path / "committed", COMMIT)
    (tmp_path / "offer.toml").write_text(OFFER)
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], *words: str, config: str = "now") -> tuple[int, str]:
    status = ended(["whatif", "--config", config, *words])
    return status, capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    return json.loads(asked(capsys, *words, "--json")[1])


def test_nothing_changed(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = asked(capsys)
    assert status == 0
    assert "With nothing changed, 6 requests would have gone where they went" in text
    assert "1 request never came to a decision" in text


def test_the_sentence_comes_first_and_bad_news_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = asked(capsys, "--agreements", "other/agreements")
    assert status == 1
    assert text.startswith(
        "Of 6 requests, under the agreements in `other/agreements`, 2 would have"
    )
    for word in ("by model", "by provider", "by project", "by clause", "no route", "next/press"):
        assert word in text
    assert text.index("first refusals owed") < text.index("decided by all that is recorded today")


def test_json_has_all(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "--without", "microsoft")
    assert found["supposing"] == ["without `host:microsoft`"]
    assert found["moved"] == {
        "requests": 3,
        "cost_before_usd": "0.012080000000",
        "cost_after_usd": "0.010569000000",
    }
    assert (found["differences"], found["mode"]) == (3, "by class")
    assert found["by"].keys() == {"model", "provider", "project", "clause"}


def test_other_terms_of_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--with", "other")["first_refusals_owed"] == [
        {"clause": "next/bound", "requests": 1}
    ]
    for words in (("--prices", "offer.toml"), ("--price", "openai/gpt-9@azure input=2 output=8")):
        assert told(capsys, *words)["repriced"] == 3
    sized = told(capsys, "--with", "units", "--capacity", "next/units=8")
    assert sized["mode"] == "in time order"
    later = told(capsys, "--with", "other", "--starting", "2026-06-10T18:00:00")
    assert later["first_refusals_owed"] == [{"clause": "next/bound", "requests": 2}]
    then = told(capsys, "--agreements", "other/agreements", "--as-known-then")
    assert then["blocked"] == []


def test_commitments_count_what_came_before(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--with", "committed", "--until", "2026-07-01")
    [weighed] = told(capsys, *words)["commitments"]
    assert weighed["before"]["state"] == "met"  # 0.012 + 0.000076 + 0.000004 of 0.01
    [weighed] = told(capsys, *words, "--since", "2026-06-10T18:00:00")["commitments"]
    assert weighed["before"]["taken"] == "0.012080000000"
    status, text = asked(capsys, *words)
    assert status == 0
    assert "azure/macc" in text


def test_volume_stands_beside_the_costs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configured(folder / "volume", VOLUME)
    [june, *_] = told(capsys, "--with", "volume")["volume"]
    assert june == {
        "clause": "x/volume",
        "month": "2026-06",
        "before_usd": "0.006000000000",
        "after_usd": "0.006000000000",
    }
    assert "what volume takes off" in asked(capsys, "--with", "volume")[1]


def test_only_some_time(capsys: pytest.CaptureFixture[str]) -> None:
    early = told(capsys, "--until", f"{DAY:%Y-%m-%d}T13:00")
    assert early["total"]["requests"] == 4
    _, text = asked(capsys, "--since", "2030-01-01")
    assert "No request is on record for that time" in text
    _, text = asked(capsys, "--since", "2030-01-01", "--starting", "2031-01-01")
    assert "No request is on record for that time" in text


def test_csv_has_the_rows_of_the_first_dimension(capsys: pytest.CaptureFixture[str]) -> None:
    _, text = asked(capsys, "--without", "host:microsoft", "--by", "provider", "--csv")
    rows = {row["provider"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows["azure"]["left"] == rows["openai"]["arrived"] == "3"
    assert rows["azure"]["cost_after_usd"] == "0"


def test_the_pages_commands_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "detente.toml").write_text(
        (folder / "now" / "detente.toml")
        .read_text()
        .replace('path = "agreements"', 'path = "now/agreements"')
        + '\n[server]\nstate = "now/state"\n'
    )
    (folder / "next.toml").write_text((folder / "detente.toml").read_text())
    (folder / "next-year").mkdir()
    (folder / "next-year" / "next.toml").write_text(UNITS)
    commands = re.findall(r"^\$ detente (.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(commands) == 7
    for command in commands:
        words = [one or other for one, other in re.findall(r"'([^']*)'|(\S+)", command)]
        assert ended(words) in (0, 1), command
        assert capsys.readouterr().out


def test_a_ledger_elsewhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = folder / "copy.sqlite3"
    with sqlite3.connect(folder / "now" / "state" / "ledger.sqlite3") as source:
        source.execute("VACUUM INTO ?", (str(copy),))
    _, text = asked(capsys, "--ledger", "copy.sqlite3", config="other")
    assert "6 requests" in text
    assert ended(["whatif", "--config", "other"]) == 2
    assert "no ledger" in capsys.readouterr().err


def test_json_and_csv_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["whatif", "--config", "now", "--json", "--csv"]) == 2
    assert "exclude each other" in capsys.readouterr().err
