"""What volume saves over a calendar month: the tiers of `price` and `discount` clauses.

Requests are billed by the tier that begins at 0; what the others take off the month stands here,
beside the costs and never in them. A discount of some meters only, whose share of a cost nobody has
counted, is named and not worked out.

>>> savings(terms, comparison, cuts)[0].after_usd
Decimal('12.50')
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec

from detente.agreements.clauses.discount import Discount
from detente.agreements.clauses.price import Price
from detente.agreements.money import add_months
from detente.agreements.rates import first_percent
from detente.agreements.reckoning import speaks_of_deployment
from detente.agreements.volume import volume_discount_usd, volume_saving_usd
from detente.agreements.window import windows_of
from detente.canonical.decision import ClauseId
from detente.canonical.price import METERS
from detente.ledger.uses import spans
from detente.replay.comparison import Comparison, Tally
from detente.replay.terms import Terms

_REASONING: Final = METERS["reasoning"]
_QUANTUM: Final = Decimal("0.000000000001")
_WHOLE: Final = Decimal(100)
Tiered = Price | Discount


class VolumeSaving(msgspec.Struct, frozen=True, kw_only=True):
    """What a clause's tiers take off a month, by what was recorded and by what would have been.

    None where it is not worked out.
    """

    clause: ClauseId
    month: str
    before_usd: Decimal | None
    after_usd: Decimal | None


def tiered(terms: Terms) -> tuple[Tiered, ...]:
    """The clauses whose price depends on a month's volume."""
    return tuple(
        clause
        for clause in terms.agreements.clauses
        if isinstance(clause, Price | Discount) and len(clause.tiers) > 1
    )


def months_between(first: datetime, last: datetime) -> tuple[datetime, ...]:
    """The beginnings of the calendar months from that of `first` to the one after `last`."""
    month = datetime(first.year, first.month, 1, tzinfo=UTC)
    found = [month]
    while found[-1] <= last:
        found.append(add_months(month, len(found)))
    return tuple(found)


def savings(
    terms: Terms, comparison: Comparison, cuts: Sequence[datetime]
) -> tuple[VolumeSaving, ...]:
    """By clause and month; `cuts` are those that the comparison was counted by, with months."""
    windows = windows_of(terms.agreements, terms.events)
    between = spans(cuts)
    found: list[VolumeSaving] = []
    for clause in tiered(terms):
        months: dict[str, list[int]] = {}
        for place, (since, _) in enumerate(between):
            if since is not None and windows[clause.id].holds(since):
                months.setdefault(f"{since:%Y-%m}", []).append(place)
        for month, places in months.items():
            before = _used(terms, comparison, clause, places, "before")
            after = _used(terms, comparison, clause, places, "after")
            if before.requests or after.requests:
                found.append(
                    VolumeSaving(
                        clause=clause.id,
                        month=month,
                        before_usd=_saving(terms, clause, before, before.cost_before_usd),
                        after_usd=_saving(terms, clause, after, after.cost_after_usd),
                    )
                )
    return tuple(found)


def _used(
    terms: Terms,
    comparison: Comparison,
    clause: Tiered,
    places: Iterable[int],
    side: Literal["before", "after"],
) -> Tally:
    """What was used in scope in those spans; rehearsed requests are no use."""
    within = frozenset(places)
    mine = {
        (d.model, d.id) for d in terms.world.deployments if speaks_of_deployment(clause.scope, d)
    }
    return comparison.sum_of(
        lambda fate: (
            fate.span in within
            and not fate.rehearsed
            and (fate.model, (fate.before if side == "before" else fate.after) or "") in mine
        )
    )


def _saving(terms: Terms, clause: Tiered, used: Tally, cost_usd: Decimal) -> Decimal | None:
    if isinstance(clause, Price):
        tokens = used.meters[METERS[clause.meter]]
        if clause.meter == "output" and not _sets_reasoning_apart(terms):
            tokens += used.meters[_REASONING]
        saving = volume_saving_usd(clause, tokens)
    else:
        percent = first_percent(clause)
        if clause.meters or percent == _WHOLE:
            return None
        spent = cost_usd * _WHOLE / (_WHOLE - percent)
        saving = volume_discount_usd(clause, spent) - spent * percent / _WHOLE
    return None if saving is None else saving.quantize(_QUANTUM)


def _sets_reasoning_apart(terms: Terms) -> bool:
    return any(
        isinstance(clause, Price) and clause.meter == "reasoning"
        for clause in terms.agreements.clauses
    )
