"""`threshold`: once an event is declared and verified, later models are closed to a party.

Or opened to it. An event counts where those who have to declare and verify it have done so
(`detente events`). `affects` is which models: those released after the event, or all.

>>> Threshold(id="a/agi", event="agi", party="host:microsoft", verified_by="panel")
"""

from typing import Literal

from detente.agreements.clause import Prohibition
from detente.agreements.scope import Holders, Word, Words, holder_mistakes


class Threshold(Prohibition, frozen=True, kw_only=True, tag="threshold"):
    """Closes models to `party` after `event`, or keeps them closed until then.

    With `effect = "closes"` the party's deployments are rejected once the event counts; with
    `"opens"` they are rejected until then. Of models released before the event, `affects =
    "released_after"` changes nothing: closed they stay, or open.
    """

    event: Word
    party: Holders
    declared_by: Words | None = None
    verified_by: Words | None = None
    affects: Literal["released_after", "all"] = "released_after"
    effect: Literal["closes", "opens"] = "closes"

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """Holders that are not written as holders."""
        return holder_mistakes("party", self.party)
