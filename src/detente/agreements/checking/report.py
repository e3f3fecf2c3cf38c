"""What a check reports: one contradiction or gap, with its place, its dates and a witness.

Values only.

>>> CheckFinding(code="E02", message="...").severity
'warning'
"""

from typing import Final, Literal

import msgspec

from detente.agreements.agreement import Place
from detente.agreements.checking.domain import Period
from detente.canonical.decision import ClauseId
from detente.canonical.question import Question

Code = Literal[
    "E01",
    "E02",
    "E03",
    "E04",
    "E05",
    "E06",
    "E07",
    "E08",
    "E09",
    "E10",
    "E11",
    "E12",
    "E13",
    "E14",
    "E15",
    "E16",
    "E17",
    "E18",
    "E19",
    "E20",
    "E21",
    "E22",
    "E23",
    "E24",
    "E25",
    "E26",
    "E27",
    "E28",
    "E29",
    "W01",
]
Severity = Literal["error", "warning"]

WARNINGS: Final[frozenset[Code]] = frozenset(
    ("E02", "E04", "E06", "E19", "E20", "E21", "E22", "E23", "E28", "E29", "W01")
)
"""What a reader should know and may well have meant; every other code is an error."""


class CheckFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One contradiction or gap.

    `message` is one sentence and the cure. `periods` are the dates on which it holds,
    half-open. `place` is None where no clause is at fault but the configuration: the `model`, or
    what stands there under `configured` (`("providers", "azure")`). `witness` is a question whose
    answer shows it; where no question can, `fact` is a sentence with what was read instead.
    """

    code: Code
    message: str
    clauses: tuple[ClauseId, ...] = ()
    place: Place | None = None
    model: str | None = None
    configured: tuple[str | int, ...] = ()
    periods: tuple[Period, ...] = ()
    witness: Question | None = None
    fact: str | None = None

    @property
    def severity(self) -> Severity:
        """Whether it makes a set wrong, or is worth a reader's knowing."""
        return "warning" if self.code in WARNINGS else "error"
