"""Deployments that do not fit the kind of their provider."""

import pytest

from detente.configuration.deployments import deployment_problems
from detente.configuration.schema import Configuration, DeploymentEntry, ModelEntry, Provider
from detente.configuration.world import KindDefaults

KINDS = {
    "plain": KindDefaults(base_url=None, host="h"),
    "zoned": KindDefaults(base_url=None, host="h", regions=("us", "global")),
    "aged": KindDefaults(base_url=None, host="h", regions=("us",), unplaced="old".__eq__),
    "spilling": KindDefaults(base_url=None, host="h", spills=True),
}


def problems(
    kind: str, *entries: DeploymentEntry, region: str | None = None
) -> list[tuple[str, str]]:
    configuration = Configuration(
        providers={"p": Provider(kind=kind, region=region), "q": Provider(kind=kind)},
        models={"a/m": ModelEntry(deployments=entries)},
    )
    found = deployment_problems(configuration, KINDS)
    return [(".".join(map(str, path)), message) for path, message in found]


def entry(id: str, **settings: str) -> DeploymentEntry:
    provider = settings.pop("provider", "p")
    return DeploymentEntry(
        provider=provider,
        id=id,
        region=settings.get("region"),
        spillover=settings.get("spillover"),
    )


@pytest.mark.parametrize("region", ["us", "global", None])
def test_a_region_that_there_is(region: str | None) -> None:
    assert problems("zoned", region=region) == []
    assert problems("plain", region="anywhere") == []


def test_a_region_that_there_is_not() -> None:
    path, message = problems("zoned", region="eu")[0]
    assert path == "providers.p.region"
    assert message == "kind `zoned` has no region `eu`; write `us` or `global`, or leave it out"
    path, message = problems("zoned", entry("m", region="us-east-1"))[0]
    assert path == "models.a/m.deployments.0.region"
    assert "`us-east-1`" in message


def test_overflow_goes_to_another_deployment_of_the_model_there() -> None:
    assert problems("spilling", entry("m", spillover="n"), entry("n")) == []


@pytest.mark.parametrize("other", [entry("o"), entry("n", provider="q"), entry("m")])
def test_overflow_goes_nowhere_else(other: DeploymentEntry) -> None:
    found = problems("spilling", entry("m", spillover="n"), other)
    assert [path for path, _ in found] == ["models.a/m.deployments.0.spillover"]
    assert "add it to the model's `deployments`" in found[0][1]


def test_a_deployment_does_not_spill_into_itself() -> None:
    assert problems("spilling", entry("m", spillover="m"))


def test_a_kind_that_passes_nothing_on() -> None:
    path, message = problems("plain", entry("m", spillover="n"), entry("n"))[0]
    assert path == "models.a/m.deployments.0.spillover"
    assert "leave `spillover` out" in message


def test_an_unknown_provider_is_told_elsewhere() -> None:
    assert problems("zoned", entry("m", provider="nobody", region="eu")) == []


def test_a_model_that_cannot_be_asked_for_a_region() -> None:
    assert problems("aged", entry("old")) == []
    assert problems("aged", entry("new"), region="us") == []
    path, message = problems("aged", entry("old"), region="us")[0]
    assert path == "models.a/m.deployments.0"
    assert "`old` cannot be asked to run in `us`" in message
    assert problems("aged", entry("old", region="us"))
