"""What requests may cost is worked out once for all callers, until a price changes."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.gateway.scripts import CONFIGURATION, chat
from tests.gateway.stage import Stage, staged

from detente.gateway.allowances.outlook import OUTLOOKS_MAX, Outlook, outlook_of
from detente.gateway.routing import FOREVER_US, Plan, microseconds

CHANGES = datetime(2026, 12, 1, tzinfo=UTC)
DATED = """
[[prices]]
model = "tests/m"
input = "7.00"
output = "9.00"
from = 2026-12-01
source = "made up for this test"
"""
BUDGET = "[organisation]\nbudgets = [{ usd = 100 }]\n"


@pytest.fixture
def priced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    at = CONFIGURATION.index("[[prices]]")
    text = CONFIGURATION[:at] + DATED + CONFIGURATION[at:] + BUDGET
    with staged(tmp_path, monkeypatch, text) as stage:
        stage.client().sends(chat("m"))  # makes the plan, and waits for nobody: there is no lease
        yield stage
        stage.wait(10)


def plan_of(stage: Stage) -> Plan:
    caller = next(one for one in stage.worker.plane.keys.callers() if one.name == "app")
    return caller.plans["m", "openai_chat"]


def at(stage: Stage, moment: datetime) -> Outlook:
    return outlook_of(plan_of(stage), stage.worker.plane, microseconds(moment))


def test_it_holds_until_a_price_changes(priced: Stage) -> None:
    before = at(priced, CHANGES - timedelta(days=1))
    assert before.until_us == microseconds(CHANGES)
    assert at(priced, CHANGES - timedelta(microseconds=1)) is before
    after = at(priced, CHANGES)
    assert after.since_us == microseconds(CHANGES)
    again = at(priced, CHANGES - timedelta(days=1))  # the clock was set back
    assert (again.until_us, again.flat) == (before.until_us, before.flat)
    assert after.until_us == FOREVER_US
    assert before.flat is not None
    assert after.flat is not None
    assert after.flat.input_pico == 7_000_000 > before.flat.input_pico


def test_so_many_are_kept_and_no_more(priced: Stage) -> None:
    plane = priced.worker.plane
    plane.outlooks = {(str(number),): Outlook() for number in range(OUTLOOKS_MAX)}
    at(priced, CHANGES)
    assert len(plane.outlooks) == 1
