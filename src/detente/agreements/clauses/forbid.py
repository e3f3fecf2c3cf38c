"""`forbid`: not this, for these callers.

Everything that it says stands in its scope; `reason` tells a reader why.
"""

from detente.agreements.clause import Prohibition
from detente.canonical.model import Deployment


class Forbid(Prohibition, frozen=True, kw_only=True, tag="forbid"):
    """Rejects whatever is in scope."""

    reason: str | None = None

    def rejection(self, deployment: Deployment) -> str:
        """Why it rejects `deployment`."""
        because = f": {self.reason}" if self.reason else ""
        return f"`{self.id}` forbids `{deployment.id}`{because}"
