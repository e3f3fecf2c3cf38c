"""All policies over all deployments, compiled when first asked for: a request costs a look-up.

Answers what `policy` means, once for each class of requests. Looks at no content.

>>> Rulebook((Policy(name="all", data=(DataRule(input="mask"),)),), world, {}).governed("m/m")
Governed(policies=(Policy(name='all', …),), …)
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from detente.canonical.guardrail import Policy
from detente.canonical.model import Deployment, RetentionMode
from detente.canonical.question import Labels
from detente.canonical.world import World
from detente.guardrails.policy import (
    Bounds,
    Treatments,
    bounds_of,
    compiled,
    governing,
    wanted,
)

CLASSES_MAX: Final = 10_000
"""Classes of requests that are remembered; beyond it all are forgotten and compiled again, so that
callers who make up labels cost time and no memory."""


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a request must be made fit, and the ids of the deployments it is for."""

    treatments: Treatments
    deployments: tuple[str, ...]


class Governed(msgspec.Struct, frozen=True, kw_only=True):
    """What the policies say of one class of requests: who may see what, in every deployment.

    `detectors` are the names of those that must look. `treatments` are by deployment id, `remote`
    by the names of those of the detectors that are asked over the network: what such a one may see
    is what a deployment with its facts may. Equal ones are one object.
    """

    policies: tuple[Policy, ...]
    bounds: Bounds
    detectors: frozenset[str]
    treatments: Mapping[str, Treatments]
    remote: Mapping[str, Treatments] = {}

    def duties_of(self, deployments: Iterable[str]) -> tuple[Duty, ...]:
        """The distinct ways in which a request must be made fit for some of the model's
        deployments, in the order in which they are tried."""
        groups: dict[int, tuple[Treatments, list[str]]] = {}
        for name in deployments:
            one = self.treatments[name]
            groups.setdefault(id(one), (one, []))[1].append(name)
        return tuple(
            Duty(treatments=one, deployments=tuple(names)) for one, names in groups.values()
        )


class Rulebook:
    """The policies of one configuration; `finds` are the categories of each detector, by name,
    `remote` the places of those that are asked over the network."""

    def __init__(
        self,
        policies: tuple[Policy, ...],
        world: World,
        finds: Mapping[str, tuple[str, ...]],
        remote: Mapping[str, Deployment] | None = None,
    ) -> None:
        self._policies = policies
        self._world = world
        self._finds = finds
        self._remote = remote
        self._classes: dict[tuple[str, str | None, Labels], Governed | None] = {}
        self._compiled: dict[tuple[str, tuple[str, ...]], Governed] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is no policy at all, so that nobody need ask."""
        return not self._policies

    def governed(
        self, model: str, project: str | None = None, labels: Labels = ()
    ) -> Governed | None:
        """What the policies say of requests for the canonical name `model` by a caller of
        `project` with `labels` (the request's own included); None where none governs them."""
        asked = (model, project, labels)
        try:
            return self._classes[asked]
        except KeyError:
            pass
        if len(self._classes) >= CLASSES_MAX:
            self._classes.clear()
            self._compiled.clear()
        policies = governing(self._policies, model=model, project=project, labels=labels)
        found = self._classes[asked] = self._of(model, policies) if policies else None
        return found

    def _of(self, model: str, policies: tuple[Policy, ...]) -> Governed:
        key = (model, tuple(policy.name for policy in policies))
        if key not in self._compiled:
            self._compiled[key] = governed_by(
                policies, model, self._world, self._finds, self._remote
            )
        return self._compiled[key]


def governed_by(
    policies: tuple[Policy, ...],
    model: str,
    world: World,
    finds: Mapping[str, tuple[str, ...]],
    remote: Mapping[str, Deployment] | None = None,
) -> Governed:
    """What policies, at least one, that all govern say of requests for `model`."""
    kept: dict[str, RetentionMode | None] = {
        one.name: one.retention_required for one in world.models
    }
    distinct: list[Treatments] = []

    def treated(place: Deployment, places: Mapping[str, Deployment]) -> Treatments:
        spills_to = _spills_to(place, places)
        one = compiled(policies, place, spills_to=spills_to, required=kept.get(place.model))
        # Equal ones become the same one, so that a request compares them by identity.
        same = next((other for other in distinct if other == one), None)
        if same is None:
            distinct.append(one)
        return same or one

    def places_of(name: str) -> dict[str, Deployment]:
        return {place.id: place for place in world.deployments_of(name)}

    looking, places = wanted(policies, finds), places_of(model)
    return Governed(
        policies=policies,
        bounds=bounds_of(policies),
        detectors=looking,
        treatments={name: treated(place, places) for name, place in places.items()},
        remote={
            name: treated(place, places_of(place.model))
            for name, place in (remote or {}).items()
            if name in looking
        },
    )


def _spills_to(place: Deployment, places: Mapping[str, Deployment]) -> tuple[Deployment, ...]:
    """Where a platform may pass on what is sent to `place`, by however many steps."""
    found: dict[str, Deployment] = {}
    here: Deployment | None = place
    while here is not None and here.id not in found:
        found[here.id] = here
        here = places.get(here.spillover or "")
    return tuple(found.values())[1:]
