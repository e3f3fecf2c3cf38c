"""Tables name what changed; long ones say how much more there is."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from detente.cli.whatif_report import told
from detente.cli.whatif_tables import ROWS_MAX, print_whatif
from detente.replay.comparison import Comparison
from tests.cli.test_whatif_report import LOST, MOVES, STAYS, cost

DAY = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def test_what_changed_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    lost = replace(LOST, clauses_after=("x/c",), outcome="deny", owed=("x/f",), gone=("aws/m",))
    found = Comparison(
        mode="by class",
        fates={STAYS: cost(10, 5, 5), MOVES: cost(4, 4, 1), lost: cost(2, 2, 0)},
        since=DAY,
        until=DAY,
    )
    print_whatif(told(found, supposing=(), by=("provider",), notes=("a note",)))
    text = capsys.readouterr().out
    for words in (
        "Recorded from 2026-06-01 to 2026-06-01; replayed by class.",
        "by provider",
        "what would have gone elsewhere",
        "what would have had no route",
        "first refusals owed",
        "x/c",
        "x/f",
        "aws/m",
        "-$5.00",
        "+$1.00",
        "· a note",
    ):
        assert words in text
    assert "more; see" not in text


def test_a_long_table_says_how_much_more(capsys: pytest.CaptureFixture[str]) -> None:
    fates = {replace(MOVES, model=f"p/m{n}"): cost(1, 1, 1) for n in range(ROWS_MAX + 3)}
    print_whatif(told(Comparison(mode="by class", fates=fates), supposing=(), by=("model",)))
    text = capsys.readouterr().out
    assert text.count("and 3 more; see `--json`") == 2


def test_everybody_may_have_refused(capsys: pytest.CaptureFixture[str]) -> None:
    found = Comparison(mode="by class", fates={LOST: cost(1, 1, 0)})
    print_whatif(told(found, supposing=(), by=()))
    text = capsys.readouterr().out
    assert "all refused" in text
    assert "no other deployment" in text
