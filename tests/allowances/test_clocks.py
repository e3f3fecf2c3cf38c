"""Wall clocks that are set under load: windows do not notice, budgets follow the calendar."""

import time
import urllib.request
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.allowances.callers import Caller, calling, counted_provider, most_in
from tests.allowances.clocks import wall_clock
from tests.allowances.shared import JITTER_S, LIMITED, PAID, USD, SharedStore, shared_toml, until
from tests.gateway_process import GatewayProcess, eventually, running_gateway

HOUR_S = 3_600
PER_MINUTE = 60


def wall_of(gateway: GatewayProcess) -> datetime:
    """What the gateway takes for the time, by the head of an answer."""
    with urllib.request.urlopen(f"{gateway.admin_url}/metrics", timeout=10) as answer:
        return parsedate_to_datetime(answer.headers["date"])


def seen_ahead(gateway: GatewayProcess, seconds: int) -> bool:
    """Whether the gateway's clock is so far ahead of the machine's."""
    off = wall_of(gateway) - datetime.now(UTC) - timedelta(seconds=seconds)
    return abs(off) < timedelta(seconds=30)


@pytest.mark.long
@pytest.mark.parametrize("seconds", [HOUR_S, -HOUR_S])
def test_a_wall_clock_that_is_set_moves_no_window_and_only_the_calendar(
    tmp_path: Path, seconds: int
) -> None:
    store = SharedStore(machine="here", budget_usd=Decimal("0.1"), per_minute=PER_MINUTE)
    with counted_provider() as provider, wall_clock(tmp_path / "clock") as clock:
        text, files = shared_toml(store, provider)
        text = text.replace('period = "ever"', 'period = "hour"')
        with running_gateway(tmp_path / "gateway", text, files) as gateway:
            assert seen_ahead(gateway, 0)
            callers = [
                Caller(gateway="here", port=gateway.port, key=key, pause_s=0.005)
                for key in (PAID, LIMITED)
            ]
            began = datetime.now(UTC)
            with calling(callers) as calls:
                for key in (PAID, LIMITED):
                    eventually(
                        lambda key=key: bool(calls.of(key=key, status=429)), f"{key} is used up"
                    )
                before = len(provider.came["paid"])
                set_s = time.monotonic()
                clock.jump(seconds)
                eventually(lambda: seen_ahead(gateway, seconds), "the clock is set")
                jumped_s = time.monotonic()
                if seconds > 0:  # set back, the hour that is in force may go on to its end
                    eventually(  # of the one that is used up, no more than a rest is left
                        lambda: len(calls.of(key=PAID, status=200, since=set_s)) > before // 2,
                        "another hour has a budget of its own",
                    )
                until(jumped_s + 2.0)
                clock.jump(0)
                eventually(lambda: seen_ahead(gateway, 0), "the clock is set back")
                back_s = time.monotonic()
                until(back_s + 2.0)
            hours = {began.hour, datetime.now(UTC).hour}
            assert USD * before <= store.budget_usd * len(hours)
            assert USD * len(provider.came["paid"]) <= store.budget_usd * (1 + len(hours))
            assert most_in(provider.came["limited"], 60.0 - JITTER_S) <= PER_MINUTE
            assert {call.status for call in calls.of(key=PAID)} <= {200, 429}
            if len(hours) == 1:
                served = calls.of(key=PAID, status=200, since=back_s + 1.0)
                assert not served, "the hour that was spent is spent"


def test_two_gateways_in_one_state_folder_are_refused(tmp_path: Path) -> None:
    with counted_provider() as provider:
        text, files = shared_toml(SharedStore(machine="here"), provider)
        with running_gateway(tmp_path, text, files):
            second = GatewayProcess(tmp_path, text, files)
            with pytest.raises(AssertionError, match="state"):
                second.start()
            assert "Traceback" not in second.errors()
