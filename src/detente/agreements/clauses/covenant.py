"""`covenant`: a promise that decides no request, recorded and dated (non-competition, good faith).

`detente report covenants` lists what holds on a day.

>>> Covenant(id="a/superintelligence", party="microsoft", text="does not pursue it")
"""

from detente.agreements.clause import Clause, Role
from detente.agreements.scope import Word


class Covenant(Clause, frozen=True, kw_only=True, tag="covenant"):
    """Records that `party` promised `text`."""

    party: Word
    text: str

    @property
    def role(self) -> Role:
        """It decides nothing."""
        return "term"
