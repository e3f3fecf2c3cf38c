"""Other terms out of present ones: another price, another capacity.

>>> with_capacity(agreements, {"azure/ptu": Decimal(300)})
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from detente.agreements import AgreementSet
from detente.agreements.clauses.capacity import Capacity
from detente.canonical.decision import ClauseId
from detente.canonical.model import Deployment
from detente.canonical.price import METERS, Price
from detente.canonical.world import World
from detente.ledger.pricing import PriceBook

_OUTPUT: Final = METERS["output"]
_REASONING: Final = METERS["reasoning"]


class PriceChange(msgspec.Struct, frozen=True, kw_only=True):
    """Another price of some meters of a model at a provider, in US dollars a million tokens.

    `meters` are token classes of `Usage`; those that are not named keep what they cost.
    """

    model: str
    provider: str
    meters: Mapping[str, Decimal]


def with_prices(world: World, changes: Iterable[PriceChange]) -> World:
    """`world` with those prices changed, at all times and under all conditions.

    A later change of the same meter wins. Where output had the price of reasoning, or none was
    known, reasoning goes along with it.
    """
    for change in changes:
        rows = tuple(
            row
            for place in world.deployments
            if (place.model, place.provider) == (change.model, change.provider)
            for row in _rows(change, place, PriceBook(world.cost_prices).rows_of(place))
        )
        world = msgspec.structs.replace(world, cost_prices=(*rows, *world.cost_prices))
    return world


def with_capacity(agreements: AgreementSet, sizes: Mapping[ClauseId, Decimal]) -> AgreementSet:
    """`agreements` with capacities of other sizes, by clause; ids that are none are left alone."""
    return msgspec.structs.replace(
        agreements,
        clauses=tuple(
            msgspec.structs.replace(clause, size=sizes[clause.id])
            if isinstance(clause, Capacity) and clause.id in sizes
            else clause
            for clause in agreements.clauses
        ),
    )


def _rows(change: PriceChange, place: Deployment, present: list[Price]) -> list[Price]:
    """The present rows with the change, and at last one for when there is none."""
    rest = Price(
        id=f"{change.model}@{place.id}",
        model=change.model,
        provider=place.provider,
        meters={},
        source="supposed",
    )
    return [
        msgspec.structs.replace(
            row,
            id=f"{row.id}:supposed",
            deployment=place.id,
            meters=_meters(row.meters, change.meters),
            source=f"supposed, over: {row.source}",
        )
        for row in (*present, rest)
    ]


def _meters(present: Mapping[str, Decimal], changed: Mapping[str, Decimal]) -> dict[str, Decimal]:
    meters = {**present, **changed}
    apart = present.get(_REASONING, present.get(_OUTPUT)) != present.get(_OUTPUT)
    if _OUTPUT in changed and _REASONING not in changed and not apart:
        meters[_REASONING] = changed[_OUTPUT]
    return meters
