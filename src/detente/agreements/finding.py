"""What an evaluator found, before it is put into words.

Both evaluators answer with these values; `answer` turns them into the one `Decision`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from detente.agreements.clause import Clause
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment

Rule = Literal["clause", "exception", "no_grant", "no_listing", "narrowed", "interface"]


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
    price_usd: Decimal | None = None


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found about a question: by deployment, the order, and rival clauses."""

    found: tuple[Found, ...]
    order: tuple[Found, ...] = ()
    rivals: tuple[ClauseId, ...] = ()
