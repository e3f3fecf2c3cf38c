"""`detente report`: each report as a table, JSON and CSV, from a ledger that was written for it."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from detente.cli.report.printing import bar
from tests.cli.command import ended
from tests.ledger.records import decision_record, ingested, intent, journal, settlement

CONFIGURATION = """
[server]
state = "s"
[providers.openai]
kind = "openai"
[[models."openai/gpt-4".deployments]]
provider = "openai"
id = "gpt-4"
[agreements]
path = "agreements"
"""
AGREEMENT = """
id = "a"
recorded_at = 2026-01-01
from = 2026-01-01
until = 2027-01-01
source = "page 3"
[[clause]]
id = "macc"
type = "commit"
amount = 365
[[clause]]
id = "tokens"
type = "commit"
measure = "tokens"
amount = 90
period = "month"
from = 2026-05-01
scope = { interface = "stateless_api" }
[[clause]]
id = "share"
type = "revenue_share"
payer = "openai"
payee = "microsoft"
rate = 20
cap = 1.5
cap_basis = "year"
[[clause]]
id = "fair"
type = "covenant"
party = "openai"
text = "plays fair"
quote = "shall play fair"
until = { after = 2026-06-01, before = 2026-06-30 }
[[clause]]
id = "notice"
type = "term"
notice_days = 90
renews = "by a year"
survives = ["fair"]
"""
AT = ("--at", "2026-06-15")


@pytest.fixture(name="folder", autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three requests of the 28th of May at 10 dollars; a fourth at a price that nobody knows."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "detente.toml").write_text(CONFIGURATION)
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "a.toml").write_text(AGREEMENT)
    writer = journal(tmp_path / "s" / "journal")
    writer.append(decision_record())
    for n in range(4):
        writer.append(intent(f"r{n}"))
        writer.append(settlement(f"r{n}", cost_usd=None if n == 3 else Decimal(10)))
    writer.close()
    ingested(tmp_path / "s")
    return tmp_path


def report(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert ended(["report", *words]) == 0
    return capsys.readouterr().out


def rows(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    return json.loads(report(capsys, *words, "--json"))


def test_commitments(capsys: pytest.CaptureFixture[str]) -> None:
    macc, tokens = rows(capsys, "commitments", *AT)
    assert (macc["clause"], macc["state"], macc["taken"]) == ("a/macc", "behind", "30.000000000000")
    assert Decimal(macc["pace"]) == 165
    assert macc["cost_unknown"] == 1
    # 30 dollars in 17 days and some hours of the ledger, for 200 days more
    assert 300 < Decimal(macc["forecast"]) < 390
    assert (tokens["unit"], tokens["taken"], tokens["period_start"]) == (
        *("tokens", "0", "2026-06-01T00:00:00Z"),
    )
    (_, may, june) = rows(capsys, "commitments", *AT, "--history")
    assert (may["taken"], may["state"], june["state"]) == ("200", "met", "behind")
    text = report(capsys, "commitments", *AT)
    for word in ("a/macc", "$30.00 of $365.00", "1 requests at an unknown price", "behind", "│"):
        assert word in text


def test_revenue_share(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capsys, "revenue-share", *AT)
    assert Decimal(row["base_usd"]) == 30
    assert (Decimal(row["accrued_usd"]), Decimal(row["owed_usd"])) == (6, Decimal("1.5"))
    text = report(capsys, "revenue-share", *AT)
    for word in ("openai owes microsoft", "20 % of $30.00", "$1.50", "capped by $4.50"):
        assert word in text


def test_covenants(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capsys, "covenants", *AT)
    assert row["doubtful"] == ["end of a/fair"]
    text = report(capsys, "covenants", *AT)
    for word in ("openai: plays fair", "“shall play fair”", "page 3", "or not: end of a/fair"):
        assert word in text
    assert "no covenant holds" in report(capsys, "covenants", "--at", "2026-07-01")


def test_terms(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capsys, "terms", *AT)
    assert (row["notice_by"], row["days_left"]) == ("2026-10-03T00:00:00Z", 110)
    text = report(capsys, "terms", *AT)
    for word in ("2026-10-03", "110", "renews: by a year", "survives: fair"):
        assert word in text


@pytest.mark.parametrize("name", ["commitments", "revenue-share", "covenants", "terms"])
def test_csv_has_the_fields_of_json_in_their_order(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = rows(capsys, name, *AT)
    found = list(csv.DictReader(io.StringIO(report(capsys, name, *AT, "--csv"))))
    assert [list(row) for row in found] == [list(row) for row in wanted]
    for row, facts in zip(found, wanted, strict=True):
        for key, value in facts.items():
            if isinstance(value, list):
                assert row[key] == "; ".join(map(str, cast("list[object]", value)))
            else:
                assert row[key] == ("" if value is None else str(value))


@pytest.mark.parametrize("name", ["commitments", "revenue-share", "covenants", "terms"])
def test_an_agreement_without_such_clauses_is_said(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "agreements" / "a.toml").write_text('id = "a"\nrecorded_at = 2026-01-01\n')
    assert report(capsys, name).startswith("no ")
    assert rows(capsys, name) == []


def test_what_is_wrong_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["report", "commitments", "--json", "--csv"]) == 2
    assert "exclude each other" in capsys.readouterr().err
    assert ended(["report", "terms", "--at", "soon"]) == 2
    assert "`--at` is no date" in capsys.readouterr().err
    (folder / "s" / "ledger.sqlite3").unlink()
    assert ended(["report", "commitments"]) == 2
    assert "no ledger" in capsys.readouterr().err


def test_use_of_what_is_no_longer_configured_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "detente.toml").write_text(CONFIGURATION.replace('id = "gpt-4"', 'id = "gpt-5"'))
    assert ended(["report", "commitments", *AT]) == 0
    assert "`openai/gpt-4`: no longer configured" in capsys.readouterr().err


def test_bars() -> None:
    assert bar(Decimal(5), Decimal(10), None, "red").plain == "█" * 10 + "░" * 10
    assert bar(Decimal(20), Decimal(10), Decimal(10), "red").plain == "█" * 19 + "│"
    assert bar(Decimal(0), Decimal(10), Decimal(5), "red").plain == "░" * 10 + "│" + "░" * 9
