"""Use and agreements for the tests of reports, as small as what they show.

>>> used("2026-01-01", "2026-02-01", cost="10").cost_usd
Decimal('10')
"""

from decimal import Decimal

from detente.canonical.model import Interface
from detente.canonical.question import labels_of
from detente.ledger.uses import Use, UseClass
from tests.agreements.scenes import AZURE, MODEL, day


def used(
    since: str | None,
    until: str | None,
    *,
    cost: str = "0",
    charge: str = "0",
    requests: int = 0,
    tokens: int = 0,
    unknown: int = 0,
    deployment: str = AZURE.id,
    project: str | None = None,
    labels: dict[str, str] | None = None,
    interface: Interface | None = None,
) -> Use:
    """What was used between two days."""
    return Use(
        of=UseClass(
            deployment=deployment,
            model=MODEL,
            project=project,
            labels=labels_of(labels or {}),
            interface=interface,
        ),
        since=None if since is None else day(since),
        until=None if until is None else day(until),
        requests=requests,
        input_tokens=tokens,
        cost_usd=Decimal(cost),
        cost_unknown=unknown,
        charge_usd=Decimal(charge),
        charge_unknown=unknown,
    )
