"""Small worlds for the checks: two or three places that carry one model."""

from datetime import UTC, datetime
from typing import Literal

from detente.agreements import AgreementSet, load
from detente.canonical.model import Deployment, Interface, Model
from detente.canonical.world import World

HEAD = 'id = "{id}"\nfrom = 2025-01-01\nrecorded_at = 2025-01-01\n'


def day(text: str) -> datetime:
    """A date as its midnight, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def place(
    provider: str,
    host: str,
    *,
    model: str = "lab/one",
    interfaces: tuple[Interface, ...] = ("stateless_api",),
    region: str | None = None,
) -> Deployment:
    """A deployment of `model` at `provider`, which is of its own kind's name."""
    return Deployment(
        id=f"{provider}/{model.partition('/')[2]}",
        model=model,
        provider=provider,
        kind="openai_compatible",
        upstream_id=model,
        host=host,
        interfaces=interfaces,
        region=region,
    )


def world(
    *deployments: Deployment,
    default: Literal["permit", "deny"] = "permit",
    released: datetime | None = None,
) -> World:
    """A world of those deployments, `north` and `south` where none are given."""
    places = deployments or (place("north", "north"), place("south", "south"))
    names = sorted({d.model for d in places})
    return World(
        models=tuple(
            Model(name=n, publisher=n.partition("/")[0], released=released) for n in names
        ),
        deployments=places,
        default=default,
    )


def agreements(**clauses: str) -> AgreementSet:
    """One agreement a keyword, in the file `KEYWORD.toml`, with a head of three lines."""
    return load(
        [(f"{name}.toml", (HEAD.format(id=name) + text).encode()) for name, text in clauses.items()]
    )
