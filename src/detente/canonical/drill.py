"""What a drill showed: somebody was cut out, and what still ran.

>>> DrillReport(without="host:microsoft", at=MONDAY, mode="live", requests=100, moved=97, failed=3)
"""

from datetime import datetime
from typing import Literal

import msgspec


class DrillReport(msgspec.Struct, frozen=True, kw_only=True):
    """One drill's result, as its JSON file holds it; more detail may stand beside it there.

    `without` is who was cut out: `provider:X`, `host:X` or `publisher:X`. `requests` are those
    that had gone there, or wanted to; `moved` were served elsewhere, `failed` were not.
    `exit_takes_s` is how long it took until everything was served elsewhere, None where
    something never was.
    """

    without: str
    at: datetime
    mode: Literal["recorded", "live"]
    requests: int
    moved: int
    failed: int
    exit_takes_s: float | None = None
