"""Sums of use are those of the entries, span by span; what came later is found alone."""

import sqlite3
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.canonical.journal import Intent, Settlement
from detente.canonical.question import labels_of
from detente.ledger.entries import time_of
from detente.ledger.failures import LedgerUnusable
from detente.ledger.store.using import UseReader
from detente.ledger.uses import UseClass
from tests.ledger.records import START_US, decision_record, ingested, intent, journal, settlement

DAY_US = 86_400_000_000
START = time_of(START_US)


def recorded(state: Path, records: list[tuple[Intent, Settlement]]) -> UseReader:
    writer = journal(state / "journal")
    writer.append(decision_record())
    for asked, settled in records:
        writer.append(asked)
        writer.append(settled)
    writer.close()
    ingested(state)
    return UseReader.open(state / "ledger.sqlite3")


def request(
    number: int,
    *,
    days: float = 0,
    project: str = "shop",
    cost_usd: Decimal | None = Decimal(1),
    answered: bool = True,
) -> tuple[Intent, Settlement]:
    asked = intent(f"r{number}", project=project, started_us=START_US + int(days * DAY_US))
    settled = settlement(f"r{number}", cost_usd=cost_usd)
    if not answered:
        settled = msgspec.structs.replace(settled, outcome="client_gone")
    return asked, settled


def test_use_is_cut_where_it_is_asked_to_be(tmp_path: Path) -> None:
    reader = recorded(tmp_path, [request(n, days=n / 2) for n in range(6)])
    cuts = [START + timedelta(days=n) for n in (1, 2)]
    found = {use.since: use.requests for use in reader.uses(cuts)}
    # 0, 0.5 | 1, 1.5 | 2, 2.5
    assert found == {None: 2, cuts[0]: 2, cuts[1]: 2}
    early = reader.uses(cuts, until=START + timedelta(days=1.5))
    assert sum(use.requests for use in early) == 3
    assert sum(use.requests for use in reader.uses(cuts, last_block=0)) == 0
    assert reader.began_us() == START_US
    reader.close()


def test_unknown_costs_are_counted_and_requests_are_those_that_were_answered(
    tmp_path: Path,
) -> None:
    records = [request(0), request(1, cost_usd=None), request(2, answered=False)]
    reader = recorded(tmp_path, records)
    (use,) = reader.uses()
    assert use.of == UseClass(deployment="openai/gpt-4", model="openai/gpt-4", project="shop")
    assert (use.requests, use.tokens) == (2, 150)
    assert (use.cost_usd, use.cost_unknown) == (Decimal(2), 1)
    assert (use.charge_usd, use.charge_unknown) == (Decimal(2), 1)
    reader.close()


def test_rehearsed_requests_and_those_that_nobody_answered_are_no_use(tmp_path: Path) -> None:
    asked, settled = request(0)
    nobody = msgspec.structs.replace(settlement("r1"), deployment=None, outcome="denied")
    rehearsed = msgspec.structs.replace(asked, rehearsed=True, id="r0")
    reader = recorded(tmp_path, [(rehearsed, settled), (intent("r1"), nobody)])
    assert reader.uses() == []
    assert reader.since(0, 10) == ([], 1)
    reader.close()


def test_an_interface_is_looked_up_where_it_is_wanted(tmp_path: Path) -> None:
    reader = recorded(tmp_path, [request(0)])
    assert [use.of.interface for use in reader.uses()] == [None]
    assert [use.of.interface for use in reader.uses(interfaces=True)] == ["stateless_api"]
    reader.close()


def test_what_came_since_a_block_is_found_alone(tmp_path: Path) -> None:
    reader = recorded(tmp_path, [request(n) for n in range(300)])
    first, block = reader.since(0, 1)
    rest, last = reader.since(block, 10)
    assert len(first) + len(rest) == 300
    assert reader.since(last, 10) == ([], last)
    used = first[0]
    assert used.of.deployment == "openai/gpt-4"
    assert (used.requests, used.tokens, used.cost_pico_usd) == (1, 50, 10**12)
    assert used.first_byte_ms is not None  # the attempt's that answered
    reader.close()


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    reader = recorded(tmp_path, [request(0)])
    reader.close()
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as writer:
        writer.execute("UPDATE blocks SET records = x'93'")
    writer.close()
    reader = UseReader.open(tmp_path / "ledger.sqlite3")
    with pytest.raises(LedgerUnusable, match="cannot be read"):
        reader.since(0, 10)
    reader.close()


@settings(max_examples=25, deadline=None)
@given(
    days=st.lists(st.integers(0, 9), min_size=1, max_size=30),
    cuts=st.lists(st.integers(0, 10), max_size=5),
    projects=st.sampled_from([("a",), ("a", "b")]),
)
def test_the_spans_hold_each_request_once(
    tmp_path_factory: pytest.TempPathFactory,
    days: list[int],
    cuts: list[int],
    projects: tuple[str, ...],
) -> None:
    records = [
        request(n, days=day, project=projects[n % len(projects)]) for n, day in enumerate(days)
    ]
    reader = recorded(tmp_path_factory.mktemp("ledger"), records)
    edges = [START + timedelta(days=cut) for cut in cuts]
    wanted: dict[tuple[object, object], int] = defaultdict(int)
    for n, day in enumerate(days):
        at = START + timedelta(days=day)
        since = max((edge for edge in edges if edge <= at), default=None)
        wanted[projects[n % len(projects)], since] += 1
    found = {(use.of.project, use.since): use.requests for use in reader.uses(edges)}
    assert found == wanted
    assert {use.of.labels for use in reader.uses(edges)} == {labels_of({})}
    reader.close()
