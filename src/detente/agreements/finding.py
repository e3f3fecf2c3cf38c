"""What an evaluator found, before it is put into words.

Both evaluators answer with these values; `answer` turns them into the one `Decision`.
"""

from datetime import datetime
from typing import Literal

import msgspec

from detente.agreements.clause import Clause
from detente.canonical.decision import ClauseId, Rank
from detente.canonical.model import Deployment

Rule = Literal["clause", "exception", "order", "no_grant", "no_listing", "narrowed", "interface"]
"""`order`: a clause that gives an allowed deployment its place, and decides nothing else."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that speaks for or against a deployment.

    `facts` are missing ones. `near` are the grants or listings that nearly apply. `opens` is
    when a clause's own condition lifts by itself.
    """

    rule: Rule
    clause: Clause | None = None
    facts: frozenset[str] = frozenset()
    near: tuple[Clause, ...] = ()
    opens: datetime | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found about one deployment."""

    deployment: Deployment
    outcome: Literal["allow", "deny", "unknown"]
    findings: tuple[Finding, ...] = ()
    duty: bool = False
    wait_ms: int | None = None


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found about a question: by deployment, the order, and rival clauses.

    `first` is what comes first where nothing was measured: what determines an answer does not
    depend on measurements.
    """

    found: tuple[Found, ...]
    ranks: tuple[Rank, ...] = ()
    first: Found | None = None
    rivals: tuple[ClauseId, ...] = ()
