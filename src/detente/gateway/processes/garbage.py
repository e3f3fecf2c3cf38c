"""How often a long-running process looks for cycles among its objects.

>>> calm_the_collector()
"""

import gc
from typing import Final

GARBAGE_THRESHOLD: Final = 50_000
"""New containers between two looks; the default of 700 costs a worker 4 % of its time."""


def calm_the_collector() -> None:
    """What is alive at the start stays; a request leaves no cycles, so looking is mostly waste."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
