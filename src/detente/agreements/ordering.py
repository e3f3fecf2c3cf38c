"""The order of what is allowed, over sets of deployments: the compiled form of `ranks`.

Measures nothing itself; what was measured comes as a `Snapshot`.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from detente.agreements.clause import Clause
from detente.agreements.finding import Found
from detente.agreements.grid import bits
from detente.agreements.moment import latest
from detente.agreements.sweep import Swept
from detente.canonical.decision import ClauseId, Rank
from detente.canonical.snapshot import Snapshot

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_UNKNOWN: Final = Decimal("Infinity")
_UNMEASURED: Final = float("inf")


def ranked(swept: Swept, found: tuple[Found, ...], yes: int, snapshot: Snapshot) -> list[Rank]:
    """The ranks of what is allowed (`yes`) and has not refused, best first."""
    plan = swept.model.plan
    wanted, paid = _preferred(swept, yes), prepaid(swept)
    behind = _behind(swept, snapshot)
    choices: list[tuple[tuple[object, ...], Rank]] = []
    for bit in bits(yes & ~swept.asked.refused):
        index = bit.bit_length() - 1
        name = plan.deployments[index].id
        end, commitment = min((b for b in behind if b[2] & bit), default=(_NEVER, None, 0))[:2]
        rank = Rank(
            deployment=name,
            duty=found[index].duty,
            prepaid=paid & bit > 0,
            commitment=commitment,
            preference=wanted.get(bit, 0),
            price_usd=swept.model.price_usd(index, swept.question.at),
            latency_ms=snapshot.latency_ms.get(name),
            scarce=name in snapshot.scarce,
        )
        choices.append((_key(rank, end), rank))
    choices.sort(key=lambda choice: choice[0])
    return [rank for _, rank in choices]


def _key(rank: Rank, end: datetime) -> tuple[object, ...]:
    return (
        (not rank.duty, not rank.prepaid, rank.commitment is None, end, -rank.preference),
        _UNKNOWN if rank.price_usd is None else rank.price_usd,
        _UNMEASURED if rank.latency_ms is None else rank.latency_ms,
        (rank.scarce, rank.deployment),
    )


def placing(swept: Swept, bit: int) -> list[Clause]:
    """The clauses that give the deployment its place, whatever was measured."""
    plan, asked = swept.model.plan, swept.asked
    paying = (
        s.clause for s in swept.standing if s.clause.prepaid(plan, asked) & s.in_force.yes & bit
    )
    return [
        *paying,
        *(clause for clause, where in swept.taking if where.yes & bit),
        *(clause for clause, where in swept.wishes if where.yes & bit),
    ]


def prepaid(swept: Swept) -> int:
    """What was paid for already."""
    mask = 0
    for standing in swept.standing:
        mask |= standing.clause.prepaid(swept.model.plan, swept.asked) & standing.in_force.yes
    return mask


def _behind(swept: Swept, snapshot: Snapshot) -> list[tuple[datetime, ClauseId, int]]:
    """The commitments behind their pace: their end, and the deployments that count."""
    return [
        (latest(clause.until) if clause.until else _NEVER, clause.id, where.yes)
        for clause, where in swept.taking
        if clause.id in snapshot.behind
    ]


def _preferred(swept: Swept, yes: int) -> dict[int, int]:
    """By deployment, how many others are preferred less, minus how many are preferred more."""
    margins: dict[tuple[int, int], int] = {}
    for clause, where in swept.wishes:
        left = where.yes & yes
        for holder in clause.order:
            group = swept.model.plan.held(holder) & left
            left &= ~group
            for better in bits(group):
                for worse in bits(left):
                    margins[better, worse] = margins.get((better, worse), 0) + 1
                    margins[worse, better] = margins.get((worse, better), 0) - 1
    wanted: dict[int, int] = {}
    for (deployment, _), margin in margins.items():
        wanted[deployment] = wanted.get(deployment, 0) + (margin > 0) - (margin < 0)
    return wanted
