"""Who can be cut out of a world, under which names, and what is gone then."""

import pytest

from detente.canonical.drill import cut_from, known_in, readings_of
from detente.canonical.model import Deployment, Model
from detente.canonical.world import World


def deployment(provider: str, host: str, model: str = "openai/gpt-4") -> Deployment:
    upstream = model.partition("/")[2]
    return Deployment(
        id=f"{provider}/{upstream}",
        model=model,
        provider=provider,
        kind="openai_compatible",
        upstream_id=upstream,
        host=host,
    )


WORLD = World(
    models=(
        Model(name="openai/gpt-4", publisher="openai"),
        Model(name="anthropic/claude", publisher="anthropic"),
    ),
    deployments=(
        deployment("openai", "microsoft"),
        deployment("azure", "microsoft"),
        deployment("bedrock", "amazon", "anthropic/claude"),
    ),
)


def test_who_is_known() -> None:
    assert known_in(WORLD) == (
        "host:amazon",
        "host:microsoft",
        "provider:azure",
        "provider:bedrock",
        "provider:openai",
        "publisher:anthropic",
        "publisher:openai",
    )


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("azure", ("provider:azure",)),
        ("microsoft", ("host:microsoft",)),
        ("openai", ("provider:openai", "publisher:openai")),
        ("publisher:openai", ("publisher:openai",)),
        ("host:azure", ()),
        ("google", ()),
        ("", ()),
    ],
)
def test_what_a_name_may_mean(text: str, readings: tuple[str, ...]) -> None:
    assert readings_of(text, WORLD) == readings


@pytest.mark.parametrize(
    ("without", "gone"),
    [
        ("provider:azure", {"azure/gpt-4"}),
        ("host:microsoft", {"azure/gpt-4", "openai/gpt-4"}),
        ("publisher:anthropic", {"bedrock/claude"}),
        ("provider:microsoft", set[str]()),
        ("azure", set[str]()),
    ],
)
def test_what_is_gone(without: str, gone: set[str]) -> None:
    assert cut_from(WORLD, without) == gone
