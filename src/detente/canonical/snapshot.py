"""What was measured when a decision put its deployments in order.

Agreements alone decide an outcome; a snapshot only orders what they allow, and the decision
records of it what counted (`Rank`). Taken now and then, not for each request.

>>> Snapshot(behind=("azure-2026/commitment",))
"""

from datetime import datetime
from typing import Final

import msgspec

from detente.canonical.decision import ClauseId


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Balances and measurements at `taken_at`, None where nothing was measured yet.

    `behind` are the commitments of which less was taken than their linear pace asks for, sorted.
    `latency_ms` is the usual time to the first byte by deployment, in powers of two, so that
    noise reorders nothing. `scarce` are deployments whose platform announced that hardly
    anything is left of a limit, sorted.
    """

    taken_at: datetime | None = None
    behind: tuple[ClauseId, ...] = ()
    latency_ms: dict[str, int] = {}
    scarce: tuple[str, ...] = ()

    def orders_as(self, other: "Snapshot") -> bool:
        """Whether it orders whatever is allowed as `other` does."""
        return (self.behind, self.latency_ms, self.scarce) == (
            other.behind,
            other.latency_ms,
            other.scarce,
        )


NOTHING_MEASURED: Final = Snapshot()
"""What orders where nothing was measured: the agreements and their prices alone."""
