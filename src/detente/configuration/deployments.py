"""Whether deployments fit the kind of their provider: its regions, and where overflow goes.

Reads tables only; what a kind can do arrives as an argument. Not here: whether providers and
models are named rightly (`world`).

>>> list(deployment_problems(Configuration(), {}))
[]
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from detente.configuration.located import Path
from detente.configuration.schema import Configuration, DeploymentEntry, ModelEntry


class KindFacts(Protocol):
    """What is asked of a kind of provider."""

    @property
    def regions(self) -> tuple[str, ...]:
        """The only regions that it has, empty where nobody knows them all."""
        ...

    @property
    def unplaced(self) -> Callable[[str], bool] | None:
        """Which ids are of models that cannot be asked for a region; None where none is."""
        ...

    @property
    def spills(self) -> bool:
        """Whether it passes on by itself what a deployment cannot take."""
        ...


def deployment_problems(
    configuration: Configuration, kinds: Mapping[str, KindFacts]
) -> Iterator[tuple[Path, str]]:
    """Where something is wrong, and the sentence that says what."""
    for name, provider in configuration.providers.items():
        regions = kinds[provider.kind].regions
        yield from _region_problem(("providers", name), provider.kind, provider.region, regions)
    for name, model in configuration.models.items():
        for index, entry in enumerate(model.deployments):
            provider = configuration.providers.get(entry.provider)
            if provider is None:  # which is told elsewhere
                continue
            at: Path = ("models", name, "deployments", index)
            facts = kinds[provider.kind]
            yield from _region_problem(at, provider.kind, entry.region, facts.regions)
            if facts.unplaced is not None and facts.unplaced(entry.id):
                yield from _placing_problem(at, entry, entry.region or provider.region)
            yield from _spillover_problem(at, provider.kind, entry, model, spills=facts.spills)


def _region_problem(
    at: Path, kind: str, region: str | None, regions: tuple[str, ...]
) -> Iterator[tuple[Path, str]]:
    if region is not None and regions and region not in regions:
        known = " or ".join(f"`{known}`" for known in regions)
        said = f"kind `{kind}` has no region `{region}`; write {known}, or leave it out"
        yield (*at, "region"), said


def _placing_problem(
    at: Path, entry: DeploymentEntry, region: str | None
) -> Iterator[tuple[Path, str]]:
    if region is not None:
        yield (
            at,
            f"`{entry.id}` cannot be asked to run in `{region}`, and provider `{entry.provider}` "
            "would refuse it; use a later model, or a provider without a `region`",
        )


def _spillover_problem(
    at: Path, kind: str, entry: DeploymentEntry, model: ModelEntry, *, spills: bool
) -> Iterator[tuple[Path, str]]:
    target = entry.spillover
    if target is None:
        return
    here = (*at, "spillover")
    if not spills:
        said = f"kind `{kind}` passes nothing on by itself; leave `spillover` out"
        yield here, f"{said}, for the next deployment is tried anyway"
        return
    others = [e.id for e in model.deployments if e.provider == entry.provider and e.id != entry.id]
    if target not in others:
        yield (
            here,
            f"`{target}` is no other deployment of this model at provider `{entry.provider}`; "
            "add it to the model's `deployments`, so that the agreements speak of it too",
        )
