"""`attest`: a document that a deployment has to be able to show (`soc2`, `baa`, `fedramp_high`).

As a demand it rejects deployments that cannot show it, or only one that has expired. As an
offer (`offered = true`) it says, while it is live and until `expires`, that deployments in scope
can. A document that nobody put on record is not there.

>>> Attest(id="house/baa", document="baa")
"""

from detente.agreements.clause import Prohibition
from detente.agreements.moment import At
from detente.agreements.scope import Word


class Attest(Prohibition, frozen=True, kw_only=True, tag="attest"):
    """Demands, or offers, a document that has not expired."""

    document: Word
    offered: bool = False
    expires: At | None = None

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """A demand that expires is a demand with an end."""
        if self.expires is not None and not self.offered:
            return (("expires", "a demand has no `expires`; end it with `until`"),)
        return ()
