"""`residency`: where prompts may be processed and stored.

As a demand it rejects deployments elsewhere; one whose zone nobody supplied is unknown. As an
offer (`offered = true`) it says, while it is live, that deployments in scope keep to these zones.

>>> Residency(id="house/eu", process=("eu", "eu-*"), store=("eu", "eu-*"))
"""

from datetime import datetime

from detente.agreements.clause import Case, Clause
from detente.agreements.demand import Demand
from detente.agreements.grid import Grid
from detente.agreements.matching import fits, lies_within
from detente.agreements.plan import Plan
from detente.agreements.reach import inner_pattern, pattern
from detente.agreements.scope import Words, words
from detente.agreements.truth import Truth, missing
from detente.canonical.model import Deployment, Model
from detente.canonical.question import Question


class Residency(Demand, frozen=True, kw_only=True, tag="residency"):
    """Demands, or offers, that processing and storage keep to zones (patterns)."""

    process: Words | None = None
    store: Words | None = None

    @property
    def points(self) -> tuple[str, ...]:
        """Processing, storage, or both."""
        wanted = (("processing", self.process), ("storage", self.store))
        return tuple(name for name, zones in wanted if zones is not None)

    def shows(self, case: Case, d: Deployment, point: str) -> Truth:
        """Whether the configured zone is one of those demanded."""
        del case
        zone = _zone(d, point)
        if zone is None:
            return missing(f"{point} zone of {d.id}")
        return any(fits(zone, wanted) for wanted in self._zones(point))

    def is_met_by(self, offer: Clause, point: str, at: datetime) -> bool:
        """Whether every zone that is offered lies within one that is demanded."""
        del at
        promised = offer._zones(point) if isinstance(offer, Residency) else ()
        return bool(promised) and all(
            any(lies_within(zone, wanted) for wanted in self._zones(point)) for zone in promised
        )

    def _zones(self, point: str) -> tuple[str, ...]:
        return words(self.process if point == "processing" else self.store)

    def prepare(self, plan: Plan) -> tuple[Grid, ...]:
        """Where deployments process and store, as configured."""
        found: list[Grid] = []
        for point in self.points:
            sought = pattern(self._zones(point))
            yes, unknown = 0, dict[int, frozenset[str]]()
            for index, deployment in enumerate(plan.deployments):
                zone = _zone(deployment, point)
                if zone is None:
                    unknown[1 << index] = frozenset((f"{point} zone of {deployment.id}",))
                elif sought.fullmatch(zone) is not None:
                    yes |= 1 << index
            found.append(Grid(yes, unknown))
        return tuple(found)

    def accepts(self, offer: Clause, index: int, at: datetime) -> bool:
        """`is_met_by`, compiled."""
        del at
        if not isinstance(offer, Residency):
            return False
        point = self.points[index]
        sought = inner_pattern(self._zones(point))
        promised = offer._zones(point)
        return promised != () and None not in map(sought.fullmatch, promised)

    def mistakes(self) -> tuple[tuple[str, str], ...]:
        """A residency that says nothing."""
        if self.process is None and self.store is None:
            return (("id", f"`{self.id}` names no zones; give `process`, `store` or both"),)
        return ()

    def rejection(self, deployment: Deployment, model: Model, question: Question) -> str:
        """Why it rejects `deployment`."""
        del model, question
        demanded = " and ".join(f"{point} in {self._told(point)}" for point in self.points)
        found = " and ".join(_whereabouts(deployment, point) for point in self.points)
        return f"`{self.id}` demands {demanded}; `{deployment.id}` {found}"

    def releases(self, deployment: Deployment, model: Model) -> tuple[str, ...]:
        """An offer, and the events that end it."""
        offer = " and ".join(f"{point} in {self._told(point)}" for point in self.points)
        others = super().releases(deployment, model)
        return (f"once `{deployment.id}` offers {offer}", *others)

    def _told(self, point: str) -> str:
        return " or ".join(f"`{zone}`" for zone in self._zones(point))


def _zone(d: Deployment, point: str) -> str | None:
    return d.processing_zone if point == "processing" else d.storage_zone


def _whereabouts(d: Deployment, point: str) -> str:
    verb = "processes" if point == "processing" else "stores"
    zone = _zone(d, point)
    return f"{verb} in `{zone}`" if zone is not None else f"{verb} where nobody said"
