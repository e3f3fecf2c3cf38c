"""The machine's own clock and its id."""

import re

from detente.stores.embedded.clock import boot_id, now_us


def test_the_clock_goes_forward_and_belongs_to_one_start() -> None:
    assert 0 < now_us() <= now_us()
    assert boot_id() == boot_id()
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", boot_id())
