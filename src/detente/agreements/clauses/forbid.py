"""`forbid`: not this, for these callers.

Everything that it says stands in its scope; `reason` tells a reader why.
"""

from detente.agreements.clause import Prohibition
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question


class Forbid(Prohibition, frozen=True, kw_only=True, tag="forbid"):
    """Rejects whatever is in scope."""

    reason: str | None = None

    def rejection(self, deployment: Deployment, model: Model, question: Question) -> str:
        """Why it rejects `deployment`."""
        del model, question
        because = f": {self.reason}" if self.reason else ""
        return f"`{self.id}` forbids `{deployment.id}`{because}"
