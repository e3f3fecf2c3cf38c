"""`grant`: these models may be used here by these callers.

Under `default = "deny"` a deployment needs one. `enrolment` names a programme that the caller
must have been admitted to: the key or its project then carries the label `enrolled`, whose
value lists programmes separated by spaces.

>>> Grant(id="azure-openai/limited-access", enrolment="azure-openai")
"""

from typing import Final, Literal

from detente.agreements.clause import Case, Clause, Role
from detente.agreements.grid import NONE, Grid
from detente.agreements.plan import Asked, Plan
from detente.agreements.scope import Word
from detente.agreements.truth import Truth
from detente.canonical.model import Deployment
from detente.canonical.question import Question

ENROLLED: Final = "enrolled"
"""The key's label that lists what the caller is enrolled in."""


class Grant(Clause, frozen=True, kw_only=True, tag="grant"):
    """Permits what is in scope; with `enrolment`, to enrolled callers only."""

    stage: Literal["preview", "ga"] | None = None
    enrolment: Word | None = None

    @property
    def role(self) -> Role:
        """It permits."""
        return "grant"

    def covers(self, case: Case, deployment: Deployment) -> Truth:
        """Whether the caller is enrolled, where that is asked."""
        del deployment
        if self.enrolment is None:
            return True
        return any(
            name == ENROLLED and self.enrolment in value.split()
            for name, value in case.question.labels
        )

    def covered(self, plan: Plan, asked: Asked) -> Grid | None:
        """`covers`, compiled."""
        del plan
        enrolled = f" {asked.labels.get(ENROLLED, '')} "
        return None if self.enrolment is None or f" {self.enrolment} " in enrolled else NONE

    def admission(self, deployment: Deployment, question: Question) -> str:
        """Why it admits `deployment`."""
        del question
        stage = " in preview" if self.stage == "preview" else ""
        to = f" to callers enrolled in `{self.enrolment}`" if self.enrolment else ""
        return f"`{self.id}` grants `{deployment.id}`{stage}{to}"
