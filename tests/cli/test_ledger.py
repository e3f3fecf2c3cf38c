"""`detente ledger` answers from a ledger's file or a configuration's, in words and in JSON."""

import json
from pathlib import Path

import pytest

from detente.cli import ledger as command
from detente.cli import run
from tests.ledger.records import START_US, decision_record, ingested, intent, journal, settlement


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "220")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A configuration's state folder with three requests in its ledger, one still open."""
    (tmp_path / "detente.toml").write_text('[server]\nstate = "s"\n')
    folder = tmp_path / "s"
    writer = journal(folder / "journal")
    writer.append(decision_record())
    for n, project in enumerate(("shop", "ops")):
        writer.append(intent(f"r{n}", project=project))
        writer.append(settlement(f"r{n}", cost_usd=None) if n else settlement(f"r{n}"))
    writer.append(intent("r2"))
    writer.close()
    ingested(folder)
    return folder


def asked(state: Path, *words: str) -> int:
    return run(["ledger", *words, "--ledger", str(state / "ledger.sqlite3")])


def test_tail_shows_who_answered_and_which_clause_decided(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(state, "tail") == 0
    text = capsys.readouterr().out
    assert text.index("r0") < text.index("r1") < text.index("r2")
    for word in ("azure/gpt-4 429", "openai/gpt-4", "a/first", " 0.0024 ", "unknown"):
        assert word in text
    assert "interrupted" in text
    assert "~256+0" in text


def test_tail_finds_the_ledger_of_a_configuration(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ledger", "tail", "-n", "1", "--json", "--config", str(state.parent)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["id"] == "r2"


def test_tail_json_names_every_field_of_an_attempt(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(state, "tail", "--json") == 0
    entry = json.loads(capsys.readouterr().out.splitlines()[0])
    assert entry["cost_usd"] == "0.002400000001"
    assert entry["clauses"] == ["a/first", "a/second"]
    assert [(a["deployment"], a["result"]) for a in entry["attempts"]] == [
        ("azure/gpt-4", "429"),
        ("openai/gpt-4", "answered"),
    ]


def test_tail_follows_what_is_new(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            raise KeyboardInterrupt
        again = journal(state / "journal", now_us=lambda: START_US + 1)
        again.append(intent("new"))
        again.append(settlement("new"))
        again.close()
        ingested(state)

    monkeypatch.setattr(command.time, "sleep", nap)
    assert asked(state, "tail", "-n", "0", "--follow", "--json") == 130
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["id"] == "new"


def test_show_tells_a_request_and_its_decision(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(state, "show", "r0") == 0
    text = capsys.readouterr().out
    for word in ("request r0", "azure/gpt-4", "429", "decision d1", "only microsoft", "a/only"):
        assert word in text
    assert "from 2026-07-01" in " ".join(text.split())


def test_show_tells_a_decision_alone(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(state, "show", "d1", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["entry"] is None
    assert facts["decision"]["decision"]["verdicts"][1]["reasons"][0]["clause"] == "a/only"
    assert facts["decision"]["question"]["model"] == "openai/gpt-4"


def test_show_of_nothing_is_wrong_usage(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(state, "show", "r9") == 2
    assert "`r9` in this ledger; see `detente ledger tail`" in capsys.readouterr().err


def test_sum_groups_and_counts_what_has_no_price(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(state, "sum", "--by", "project", "--by", "day", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    found = {row["group"]["project"]: row for row in rows}
    assert found["shop"]["cost_usd"] == "0.002400000001"
    assert (found["shop"]["requests"], found["shop"]["cost_unknown"]) == (2, 1)
    assert (found["ops"]["cost_usd"], found["ops"]["cost_unknown"]) == (None, 1)


def test_sum_shows_a_total_below(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(state, "sum", "--by", "project") == 0
    text = capsys.readouterr().out
    assert "total" in text
    assert "0.002400000001 + 2 unknown" in text


def test_sum_by_clause_has_no_total_as_groups_overlap(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(state, "sum", "--by", "clause") == 0
    text = capsys.readouterr().out
    assert "a/second" in text
    assert "total" not in text


def test_sum_is_bounded_in_time(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(state, "sum", "--since", "2027-01-01", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["requests"] == 0
    assert asked(state, "sum", "--until", "soon") == 2
    assert "`--until` is no date" in capsys.readouterr().err


def test_an_unknown_dimension_names_the_nearest(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(state, "sum", "--by", "modl") == 2
    assert "did you mean `model`?" in capsys.readouterr().err


def test_without_a_ledger_the_cure_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(tmp_path, "tail") == 2
    assert "start `detente serve`" in capsys.readouterr().err
