"""Rows, moves and reasons, of a few fates counted by hand."""

from decimal import Decimal

from msgspec.structs import replace

from detente.replay.comparison import Comparison, Fate, Tally
from detente.replay.differences import (
    Blocked,
    DifferenceRow,
    Move,
    Owed,
    blocked_of,
    moves_of,
    owed_of,
    provider_of,
    rows_by,
)

DOLLAR = 10**12


A, B, C = ("x/a",), ("x/b",), ("x/c",)
STAYS = Fate(
    model="p/m",
    project="shop",
    before="azure/m",
    after="azure/m",
    clauses_before=A,
    clauses_after=A,
)
MOVES = replace(STAYS, after="aws/m", clauses_after=B, owed=B)
BLOCKED = replace(STAYS, after=None, clauses_after=C, gone=("aws/m",))
SERVED = Fate(model="p/n", project="shop", before=None, after="aws/n")
NEAR = Fate(model="p/m", project="shop", before="azure/m", after="azure/m2")
FOUND = Comparison(
    mode="by class",
    fates={
        STAYS: Tally(requests=10, cost_before_pico_usd=5 * DOLLAR, cost_after_pico_usd=5 * DOLLAR),
        MOVES: Tally(requests=4, cost_before_pico_usd=4 * DOLLAR, cost_after_pico_usd=DOLLAR),
        BLOCKED: Tally(requests=2, cost_before_pico_usd=2 * DOLLAR),
        SERVED: Tally(requests=1, unmetered=1),
        NEAR: Tally(requests=1, unpriced_after=1),
    },
)


def test_rows_by_provider() -> None:
    rows = {row.group: row for row in rows_by(FOUND, "provider")}
    assert rows["azure"] == DifferenceRow(
        group="azure",
        requests_before=17,
        requests_after=11,
        left=6,
        cost_before_usd=Decimal(11),
        cost_after_usd=Decimal(5),
        unpriced_after=1,
    )
    assert rows["azure"].cost_difference_usd == -6
    assert (rows["aws"].requests_after, rows["aws"].arrived) == (5, 5)
    assert (rows["nobody"].requests_before, rows["nobody"].unserved_before) == (1, 1)
    assert (rows["nobody"].requests_after, rows["nobody"].unserved_after) == (2, 2)
    assert next(iter(rows)) == "azure"  # the largest difference first


def test_rows_by_model_project_deployment_and_clause() -> None:
    models = {row.group: row for row in rows_by(FOUND, "model")}
    assert (models["p/m"].requests_before, models["p/m"].unserved_after) == (17, 2)
    assert (models["p/m"].left, models["p/m"].arrived) == (2, 0)
    assert (models["p/n"].arrived, models["p/n"].unserved_before) == (1, 1)
    [project] = rows_by(FOUND, "project")
    assert (project.group, project.requests_after) == ("shop", 18)
    places = {row.group: row for row in rows_by(FOUND, "deployment")}
    assert (places["azure/m2"].arrived, places["azure/m"].left) == (1, 7)
    clauses = {row.group: row for row in rows_by(FOUND, "clause")}
    assert (clauses["x/a"].requests_before, clauses["x/a"].requests_after) == (16, 10)
    assert (clauses["x/c"].requests_after, clauses["x/c"].unserved_after) == (2, 2)
    assert clauses["-"].requests_before == 2


def test_moves_and_reasons() -> None:
    moves = moves_of(FOUND)
    assert [(m.before, m.after, m.requests) for m in moves] == [
        ("azure/m", "aws/m", 4),
        ("azure/m", None, 2),
        ("azure/m", "azure/m2", 1),
        (None, "aws/n", 1),
    ]
    assert isinstance(moves[0], Move)
    assert (moves[0].cost_before_usd, moves[0].cost_after_usd) == (4, 1)
    assert blocked_of(FOUND) == [
        Blocked(model="p/m", outcome="allow", clauses=("x/c",), absent=("aws/m",), requests=2)
    ]
    assert owed_of(FOUND) == [Owed(clause="x/b", requests=4)]


def test_whose_deployment() -> None:
    assert provider_of("azure/gpt-9/turbo") == "azure"
    assert provider_of(None) == "nobody"
