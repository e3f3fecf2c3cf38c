"""What commitments would have taken: their balances by the record, and by the replay.

Turns what was counted into use; the balances are `reports.commitments`' own.

>>> set_against(terms, comparison, cuts=cuts, at=at)[0].after.state
'met'
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from detente.agreements.clauses.commit import Commit
from detente.canonical.decision import ClauseId
from detente.canonical.tariff import usd_of_pico
from detente.ledger.uses import Use, UseClass, spans
from detente.replay.comparison import Comparison, Fate, Tally
from detente.replay.terms import Terms
from detente.reports.commitments import Balance, balances, commitments_of, cuts_of

Side = Literal["before", "after"]


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """One commitment in one period: as recorded, and as it would have been."""

    before: Balance
    after: Balance


def cuts_at(terms: Terms, at: datetime) -> tuple[datetime, ...]:
    """Where counts have to be kept apart for the commitments of `terms`; nowhere without any."""
    found = commitments_of(terms.agreements, terms.events)
    return cuts_of(found, at) if found else ()


def counts_tokens(terms: Terms) -> bool:
    """Whether any commitment is one of tokens."""
    return any(
        isinstance(clause, Commit) and clause.measure == "tokens"
        for clause in terms.agreements.clauses
    )


def set_against(
    terms: Terms,
    comparison: Comparison,
    *,
    cuts: Sequence[datetime],
    at: datetime,
    earlier: Sequence[Use] = (),
) -> tuple[Weighed, ...]:
    """Every commitment of `terms` in each of its periods, as it stood at `at`, both ways.

    `cuts` are those that the comparison was counted by; `earlier` is what was used before its
    first request, cut alike.
    """
    found = commitments_of(terms.agreements, terms.events)
    began_at = min((u.since for u in earlier if u.since is not None), default=comparison.since)
    before, after = (
        balances(
            found,
            terms.world.deployments,
            [*earlier, *uses_of(comparison, side, cuts)],
            at=at,
            began_at=began_at,
        )
        for side in ("before", "after")
    )
    return tuple(Weighed(before=a, after=b) for a, b in zip(before, after, strict=True))


def taken_by(terms: Terms, earlier: Sequence[Use], at: datetime) -> dict[ClauseId, Decimal]:
    """What of each commitment was taken by `at` in the period that holds then.

    `earlier` is what was used by then, cut at `cuts_at` that time.
    """
    found = balances(
        commitments_of(terms.agreements, terms.events),
        terms.world.deployments,
        earlier,
        at=at,
        began_at=min((u.since for u in earlier if u.since is not None), default=None),
    )
    return {balance.clause: balance.taken for balance in found if balance.holds(at)}


def uses_of(comparison: Comparison, side: Side, cuts: Sequence[datetime]) -> list[Use]:
    """What was used, or would have been; rehearsed requests are no use."""
    between = spans(cuts)
    found: list[Use] = []
    for fate, tally in comparison.fates.items():
        deployment = fate.before if side == "before" else fate.after
        if deployment is not None and not fate.rehearsed:
            found.append(_use(fate, tally, side, between[fate.span]))
    return found


def _use(
    fate: Fate, tally: Tally, side: Side, span: tuple[datetime | None, datetime | None]
) -> Use:
    was = side == "before"
    deployment = fate.before if was else fate.after
    assert deployment is not None, "use of nobody's"
    pico = tally.cost_before_pico_usd if was else tally.cost_after_pico_usd
    return Use(
        of=UseClass(
            deployment=deployment,
            model=fate.model,
            project=fate.project,
            labels=fate.labels,
            interface=fate.interface,
        ),
        since=span[0],
        until=span[1],
        requests=tally.requests if fate.before is None else tally.answered,
        input_tokens=tally.input_tokens,
        output_tokens=tally.output_tokens,
        cost_usd=usd_of_pico(pico) or Decimal(0),
        cost_unknown=tally.unpriced_before if was else tally.unpriced_after + tally.unmetered,
    )
