"""Collects what an encoder could not carry; every encoder has one in hand.

Features have fixed names and severities (`canonical.loss.FEATURES`), so that a loss is called the
same wherever it happens; the loss matrix in the documentation has a row for each.

>>> losses = Losses()
>>> losses.lose("seed", "seed", "Messages has no seed")
>>> losses.found[0].severity
'drop'
"""

import re
from typing import Final

from detente.canonical.loss import FEATURES, LOSSES_MAX, Loss, Severity

PATH_CHARACTERS_MAX: Final = 160
"""Members have the names that a client gives them, and a path is written into a header."""

_PLAIN: Final = re.compile(rf"[\w.$:/\[\]-]{{0,{PATH_CHARACTERS_MAX}}}", re.ASCII)
_STRANGE: Final = re.compile(r"[^\w.$:/\[\]-]", re.ASCII)


class Losses:
    """What was lost so far, at most `LOSSES_MAX` of it.

    Where there is more, it is counted in `beyond`, and each feature is still among what was found:
    what a request is refused for is never crowded out by what is allowed.
    """

    __slots__ = ("_kinds", "beyond", "found")

    def __init__(self) -> None:
        self.found: list[Loss] = []
        self.beyond = 0
        self._kinds: set[tuple[str, Severity]] = set()

    def lose(self, what: str, path: str, why: str, severity: Severity | None = None) -> None:
        """`what` (a key of `FEATURES`) at `path` is left behind, because of `why`."""
        severity = severity or FEATURES[what]
        kind = (what, severity)
        full = len(self.found) >= LOSSES_MAX
        if full:
            self.beyond += 1
            if kind in self._kinds:
                return
        self._kinds.add(kind)
        loss = Loss(path=_shown(path), what=what, why=why, severity=severity)
        if full:
            self._make_room(loss)
        else:
            self.found.append(loss)

    def _make_room(self, loss: Loss) -> None:
        """Put `loss` in the place of the last one that is not the only one of its kind."""
        kinds = [(one.what, one.severity) for one in self.found]
        for at in range(LOSSES_MAX - 1, -1, -1):
            if kinds.count(kinds[at]) > 1:
                self.found[at] = loss
                return


def _shown(path: str) -> str:
    """`path` without what would break a header or say more than where."""
    if _PLAIN.fullmatch(path) is not None:
        return path
    return _STRANGE.sub("?", path[:PATH_CHARACTERS_MAX])
