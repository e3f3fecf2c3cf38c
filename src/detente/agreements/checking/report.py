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

Code = Literal["E01", "E02", "E03", "E08"]
Severity = Literal["error", "warning"]

SEVERITY: Final[dict[Code, Severity]] = {
    "E01": "error",
    "E02": "warning",
    "E03": "error",
    "E08": "error",
}


class CheckFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One contradiction or gap.

    `message` is one sentence and the cure. `periods` are the dates on which it holds,
    half-open. `place` is None where no clause is at fault but the `model` in the
    configuration. `witness` is a question whose answer shows it.
    """

    code: Code
    message: str
    clauses: tuple[ClauseId, ...] = ()
    place: Place | None = None
    model: str | None = None
    periods: tuple[Period, ...] = ()
    witness: Question | None = None

    @property
    def severity(self) -> Severity:
        """Whether it makes a set wrong, or is worth a reader's knowing."""
        return SEVERITY[self.code]
