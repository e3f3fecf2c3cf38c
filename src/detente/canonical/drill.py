"""Who is cut out in a drill, and what the drill showed.

Somebody is named `provider:X` (a configured name), `host:X` (who owns the machines) or
`publisher:X` (who made the models). Not here: what happens then (`gateway.drills`, `replay`).

>>> DrillReport(without="host:microsoft", at=MONDAY, mode="live", requests=100, moved=97, failed=3)
"""

from datetime import datetime
from typing import Literal

import msgspec

from detente.canonical.world import World


class DrillReport(msgspec.Struct, frozen=True, kw_only=True):
    """One drill's result, as its JSON file holds it; more detail may stand beside it there.

    `without` is who was cut out: `provider:X`, `host:X` or `publisher:X`. `requests` are those
    that had gone there, or wanted to; `moved` were served elsewhere, `failed` were not.
    `exit_takes_s` is how long it took until everything was served elsewhere, None where
    something never was.
    """

    without: str
    at: datetime
    mode: Literal["recorded", "live"]
    requests: int
    moved: int
    failed: int
    exit_takes_s: float | None = None


def known_in(world: World) -> tuple[str, ...]:
    """Everybody who can be cut out of `world`, by their full names, sorted."""
    found = {f"publisher:{model.publisher}" for model in world.models}
    for deployment in world.deployments:
        found |= {f"provider:{deployment.provider}", f"host:{deployment.host}"}
    return tuple(sorted(found))


def readings_of(text: str, world: World) -> tuple[str, ...]:
    """The full names that `text`, a full or a bare name, may mean in `world`; none if unknown."""
    known = known_in(world)
    if text in known:
        return (text,)
    return tuple(name for name in known if name.partition(":")[2] == text)


def cut_from(world: World, without: str) -> frozenset[str]:
    """The ids of the deployments that are gone without `without`, a full name."""
    kind, _, name = without.partition(":")
    publishers = {model.name: model.publisher for model in world.models}
    return frozenset(
        deployment.id
        for deployment in world.deployments
        if name
        == {
            "provider": deployment.provider,
            "host": deployment.host,
            "publisher": publishers.get(deployment.model),
        }.get(kind)
    )
