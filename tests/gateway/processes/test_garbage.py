"""The collector looks less often, and not at what was there at the start."""

import subprocess
import sys

LOOK = """
import gc
from detente.gateway.processes.garbage import GARBAGE_THRESHOLD, calm_the_collector
calm_the_collector()
print(gc.get_freeze_count() > 0, gc.get_threshold()[0] == GARBAGE_THRESHOLD, gc.isenabled())
"""


def test_what_is_there_at_the_start_is_left_alone() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout.split() == ["True", "True", "True"]
