"""`listing`: these models are in fact available here since then (permitted is not available).

Under `default = "deny"` a deployment needs one. `regions` limits it to deployments there.

>>> Listing(id="bedrock-openai/gpt-5-5", regions=("us-east-2",))
"""

from typing import Literal

from detente.agreements.clause import Case, Clause, Role
from detente.agreements.grid import Grid
from detente.agreements.moment import in_words
from detente.agreements.plan import Asked, Plan
from detente.agreements.scope import Words, words
from detente.agreements.truth import Truth, missing
from detente.canonical.model import Deployment
from detente.canonical.question import Question


class Listing(Clause, frozen=True, kw_only=True, tag="listing"):
    """Makes what is in scope available."""

    stage: Literal["preview", "ga"] | None = None
    regions: Words | None = None

    @property
    def role(self) -> Role:
        """It makes available."""
        return "listing"

    def covers(self, case: Case, deployment: Deployment) -> Truth:
        """Whether `deployment` is in one of the listed regions."""
        del case
        if self.regions is None:
            return True
        if deployment.region is None:
            return missing(f"region of {deployment.id}")
        return deployment.region in words(self.regions)

    def covered(self, plan: Plan, asked: Asked) -> Grid | None:
        """`covers`, compiled."""
        del asked
        return plan.prepared[self.id][0] if self.regions is not None else None

    def prepare(self, plan: Plan) -> tuple[Grid, ...]:
        """Which deployments are in the listed regions."""
        if self.regions is None:
            return ()
        regions = set(words(self.regions))
        yes, unknown = 0, dict[int, frozenset[str]]()
        for index, deployment in enumerate(plan.deployments):
            if deployment.region in regions:
                yes |= 1 << index
            elif deployment.region is None:
                unknown[1 << index] = frozenset((f"region of {deployment.id}",))
        return (Grid(yes, unknown),)

    def admission(self, deployment: Deployment, question: Question) -> str:
        """Why it admits `deployment`."""
        del question
        stage = " in preview" if self.stage == "preview" else ""
        since = f" since {in_words(self.from_)}" if self.from_ is not None else ""
        return f"`{self.id}` lists `{deployment.id}`{stage}{since}"
