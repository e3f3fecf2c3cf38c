"""`residency`: where prompts may be processed and stored.

As a demand it rejects deployments elsewhere; one whose zone nobody supplied is unknown. As an
offer (`offered = true`) it says, while it is live, that deployments in scope keep to these zones.

>>> Residency(id="house/eu", process=("eu", "eu-*"), store=("eu", "eu-*"))
"""

from detente.agreements.clause import Prohibition
from detente.agreements.scope import Words


class Residency(Prohibition, frozen=True, kw_only=True, tag="residency"):
    """Demands, or offers, that processing and storage keep to zones (patterns)."""

    process: Words | None = None
    store: Words | None = None
    offered: bool = False

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """A residency that says nothing."""
        if self.process is None and self.store is None:
            return (("id", f"`{self.id}` names no zones; give `process`, `store` or both"),)
        return ()
