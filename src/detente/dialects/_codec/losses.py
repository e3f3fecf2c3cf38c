"""Collects what an encoder could not carry; every encoder has one in hand.

Features have fixed names and severities (`canonical.loss.FEATURES`), so that a loss is called the
same wherever it happens; the loss matrix in the documentation has a row for each.

>>> losses = Losses()
>>> losses.lose("seed", "seed", "Messages has no seed")
>>> losses.found[0].severity
'drop'
"""

from detente.canonical.loss import FEATURES, LOSSES_MAX, Loss, Severity


class Losses:
    """What was lost so far, at most `LOSSES_MAX` of it; the last one then counts the rest."""

    __slots__ = ("beyond", "found")

    def __init__(self) -> None:
        self.found: list[Loss] = []
        self.beyond = 0

    def lose(self, what: str, path: str, why: str, severity: Severity | None = None) -> None:
        """`what` (a key of `FEATURES`) at `path` is left behind, because of `why`."""
        severity = severity or FEATURES[what]
        if len(self.found) >= LOSSES_MAX:
            self.beyond += 1
            if severity == "refuse" and all(loss.severity == "drop" for loss in self.found):
                self.found[-1] = Loss(path=path, what=what, why=why, severity=severity)
            return
        self.found.append(Loss(path=path, what=what, why=why, severity=severity))
