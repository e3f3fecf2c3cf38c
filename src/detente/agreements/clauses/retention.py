"""`retention`: what platforms may keep of prompts and answers.

As a demand it rejects deployments that keep more than `mode`, and those of models whose
publisher demands that more is kept; where nobody supplied what is kept, it is unknown. As an
offer (`offered = true`) it says, while it is live, that deployments in scope keep no more.

>>> Retention(id="house/zero", mode="none")
"""

from detente.agreements.clause import Prohibition
from detente.canonical.model import RetentionMode


class Retention(Prohibition, frozen=True, kw_only=True, tag="retention"):
    """Demands, or offers, that no more is kept than `mode`."""

    mode: RetentionMode
    offered: bool = False
