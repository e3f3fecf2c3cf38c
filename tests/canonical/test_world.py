"""The configured world is asked by model."""

from detente.canonical.model import Deployment
from detente.canonical.world import World


def deployment(id_: str, model: str) -> Deployment:
    return Deployment(
        id=id_, model=model, provider="p", kind="openai", upstream_id=id_, host="openai"
    )


def test_deployments_of_a_model_keep_the_configured_order() -> None:
    rows = (deployment("p/b", "x/m"), deployment("p/c", "x/n"), deployment("p/a", "x/m"))
    world = World(models=(), deployments=rows)
    assert world.deployments_of("x/m") == (rows[0], rows[2])
    assert world.deployments_of("x/none") == ()
