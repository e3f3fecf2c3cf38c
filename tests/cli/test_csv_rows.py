"""CSV has a line of names, and cells that other programs read."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from detente.cli.csv_rows import write_csv


def test_every_kind_of_cell(capsys: pytest.CaptureFixture[str]) -> None:
    summer = datetime(2026, 7, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    write_csv(
        ("name", "amount", "at", "several", "none"),
        [('a, "b"', Decimal("0.10"), summer, ("x", "y"), None)],
    )
    assert capsys.readouterr().out == (
        'name,amount,at,several,none\n"a, ""b""",0.10,2026-07-01T00:00:00Z,x; y,\n'
    )


def test_no_rows_still_have_names(capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(("name", "at"), [("x", datetime(2026, 7, 1, tzinfo=UTC))][:0])
    assert capsys.readouterr().out == "name,at\n"
