"""When a deployment may be used at all, as grants and listings say, whoever asks.

Under `default = "deny"` it needs both; under `permit` those that speak of it tell how long it is
there. Prohibitions are not looked at.

>>> Usable(places, agreements).windows(deployment)
(Window(since=datetime(2026, 1, 1), until=datetime(2027, 1, 1)),)
"""

from collections.abc import Iterable

from detente.agreements.agreement import AgreementSet
from detente.agreements.checking.places import Places
from detente.agreements.checking.windows import Window, joined, possible_windows
from detente.agreements.clause import Clause
from detente.agreements.clauses.grant import Grant
from detente.agreements.clauses.listing import Listing
from detente.agreements.scope import words
from detente.canonical.model import Deployment


class Usable:
    """The grants and listings of every deployment, and when each may be in force."""

    def __init__(self, places: Places, agreements: AgreementSet) -> None:
        self.needs_both = places.world.default == "deny"
        self.live = possible_windows(agreements)
        self.grants = _by_deployment(places, (c for c in agreements.clauses if type(c) is Grant))
        self.listings = _by_deployment(
            places, (c for c in agreements.clauses if type(c) is Listing)
        )

    def windows(self, deployment: Deployment) -> tuple[Window, ...]:
        """All the time at which the deployment is granted and listed, perhaps none."""
        granted = self._spans(self.grants.get(deployment.id, ()))
        listed = self._spans(self.listings.get(deployment.id, ()))
        return joined(a.meet(b) for a in granted for b in listed)

    def _spans(self, clauses: Iterable[Clause]) -> tuple[Window, ...]:
        spans = joined(self.live[clause.id] for clause in clauses)
        return spans if spans or self.needs_both else (Window(),)


def _by_deployment(places: Places, clauses: Iterable[Clause]) -> dict[str, tuple[Clause, ...]]:
    found: dict[str, list[Clause]] = {}
    for clause in clauses:
        regions = clause.regions if isinstance(clause, Listing) else None
        for deployment in places.of(clause.scope):
            if regions is None or deployment.region in words(regions):
                found.setdefault(deployment.id, []).append(clause)
    return {deployment: tuple(clauses) for deployment, clauses in found.items()}
