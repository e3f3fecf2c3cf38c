"""The machine's own clock and its id."""

import re
import time

import pytest

from detente.stores import clock
from detente.stores.clock import boot_id, now_us


def test_the_clock_goes_forward_and_belongs_to_one_start() -> None:
    assert 0 < now_us() <= now_us()
    assert boot_id() == boot_id()
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", boot_id())


def test_it_runs_on_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    read = {time.CLOCK_MONOTONIC: 5_000, time.CLOCK_BOOTTIME: 605_000_000_999}
    monkeypatch.setattr(clock, "clock_gettime_ns", read.__getitem__)
    assert now_us() == 605_000_000
