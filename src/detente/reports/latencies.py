"""The usual time to a deployment's first byte: the median of its last answers, coarsely.

In powers of two and with inertia, so that noise reorders nothing. Orders nothing itself.

>>> latencies = Latencies()
>>> latencies.add([used] * SAMPLES_MIN)  # of `openai/gpt-5`, each after 300 ms
>>> latencies.usual()
{'openai/gpt-5': 256}
"""

import math
from collections import deque
from collections.abc import Iterable
from statistics import median
from typing import Final

from detente.ledger.uses import Used

SAMPLES_MIN: Final = 8
"""Fewer answers say nothing of what is usual."""
SAMPLES_MAX: Final = 256
"""The last so many of each deployment; some 2 KB."""
DEPLOYMENTS_MAX: Final = 500
"""So many in a snapshot: it goes to every worker in one piece of at most some 60 KB."""
POWER_MIN: Final = 4
"""16 ms: nobody waits for less, so what is faster is alike."""
POWER_MAX: Final = 17
"""131 s."""
INERTIA: Final = 0.75
"""How far the median has to be from the power that was told, in powers, to be told another."""


class Latencies:
    """Times to the first byte by deployment, and what was last told of them."""

    def __init__(self) -> None:
        self._samples: dict[str, deque[float]] = {}
        self._powers: dict[str, int] = {}

    def add(self, uses: Iterable[Used]) -> None:
        """Takes answers into account, in their order; forgets the oldest of many."""
        known = self._samples
        for used in uses:
            if used.first_byte_ms is None:
                continue
            samples = known.get(used.of.deployment)
            if samples is None:
                if len(known) >= DEPLOYMENTS_MAX:
                    continue
                samples = known[used.of.deployment] = deque(maxlen=SAMPLES_MAX)
            samples.append(used.first_byte_ms)

    def usual(self) -> dict[str, int]:
        """The usual time in milliseconds, a power of two, by deployment and in its order."""
        for deployment, samples in self._samples.items():
            if len(samples) >= SAMPLES_MIN:
                self._powers[deployment] = _power(median(samples), self._powers.get(deployment))
        return {name: 1 << power for name, power in sorted(self._powers.items())}


def _power(ms: float, told: int | None) -> int:
    """The power of two nearest to `ms`, or the one that was told where it is near enough."""
    if told is not None and 2 ** (told - INERTIA) <= ms <= 2 ** (told + INERTIA):
        return told
    return min(max(round(math.log2(max(ms, 1.0))), POWER_MIN), POWER_MAX)
