"""The machine's own clock, which nobody sets: microseconds since it was started.

It runs on while the machine sleeps, which the monotonic clock does not (reviews.freebsd.org/D39270,
read 2026-11-22), and begins anew when the machine does; so what it says belongs to one start of the
machine, which has an id. All processes of the machine share it: leases end by it, for whoever uses
them and for whoever keeps them, since others' clocks run on, too.

>>> now_us() <= now_us()
True
"""

import sys
import time
from pathlib import Path
from time import clock_gettime_ns
from typing import Final

CLOCK: Final = time.CLOCK_BOOTTIME if sys.platform == "linux" else time.CLOCK_MONOTONIC
BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def now_us() -> int:
    """Microseconds since the machine was started."""
    return clock_gettime_ns(CLOCK) // 1000


def boot_id() -> str:
    """Which start of the machine that is; raises `OSError` where the kernel does not say."""
    return BOOT_ID.read_text(encoding="ascii").strip()
