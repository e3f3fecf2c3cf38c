"""Long work of one request, done so that others have their turn. The work says where it can stop.

>>> await in_turns(exchange, inspection.looking(screen), bound_s=1.0)
True
"""

import time
from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING, Final

from detente.gateway.suspension import suspended

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange

TURN_S: Final = 0.005
"""What a request may work before others have their turn."""


async def in_turns(exchange: "Exchange", work: Iterable[object], *, bound_s: float = inf) -> bool:
    """Do `work`; False where it took longer than it may, and was not done to its end. The turns of
    others are not counted: else a crowd of large requests would have each of them fail."""
    began = turn = time.monotonic()
    for _ in work:
        now = time.monotonic()
        if now - began > bound_s:
            return False
        if now - turn > TURN_S:
            exchange.wait_until(exchange.plane.limits.total_timeout_ms)
            exchange.worker.soon(exchange.resume, None)
            await suspended()
            turn = time.monotonic()
            began += turn - now
    return True
