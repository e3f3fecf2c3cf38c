"""`term`: how an agreement ends: notice, cure, renewal, what survives it.

Decides no request. `detente report terms` counts the days to each notice.

>>> Term(id="azure-2026/term", notice_days=90, renews="12 months unless notice is given")
"""

from typing import Annotated

from msgspec import Meta

from detente.agreements.clause import Clause, Role
from detente.agreements.scope import Word

Days = Annotated[int, Meta(ge=0, le=36_525)]


class Term(Clause, frozen=True, kw_only=True, tag="term"):
    """States when notice has to be given, how long a breach may be cured, and what survives.

    `survives` names clauses of the same agreement that outlive it, for readers.
    """

    notice_days: Days | None = None
    cure_days: Days | None = None
    renews: str | None = None
    survives: tuple[Word, ...] = ()

    @property
    def role(self) -> Role:
        """It decides nothing."""
        return "term"

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """A term that says nothing."""
        if self.notice_days is None and self.cure_days is None and not self.renews:
            said = f"`{self.id}` says nothing; give `notice_days`, `cure_days` or `renews`"
            return (("id", said),)
        return ()
