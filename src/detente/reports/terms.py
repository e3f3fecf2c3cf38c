"""How agreements end: until when notice has to be given, and how many days that leaves.

Reads `term` clauses against a day; decides nothing.

>>> notices(agreements, (), at=day("2026-09-01"))[0].days_left
30
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.clauses.term import Term
from detente.agreements.moment import earliest
from detente.agreements.window import Window, windows_of
from detente.canonical.decision import ClauseId
from detente.canonical.question import Event

State = Literal["open", "passed", "over", "no_end"]
"""`open`: notice can still be given in time. `passed`: it is too late for this end. `over`: the
agreement has ended. `no_end`: no end, or no `notice_days`, to count from."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a `term` clause asks for.

    `ends_at` is the agreement's end, the earliest where only a range is known. Notice has to be
    given before `notice_by`; `days_left` are the whole days until then, negative once it has
    passed.
    """

    clause: ClauseId
    state: State
    ends_at: datetime | None
    notice_days: int | None
    notice_by: datetime | None
    days_left: int | None
    cure_days: int | None
    renews: str | None
    survives: tuple[str, ...] = ()


def notices(
    agreements: AgreementSet, events: Iterable[Event], *, at: datetime
) -> tuple[Notice, ...]:
    """Every `term` clause as it stands at `at`, the most urgent first."""
    windows = windows_of(agreements, events)
    found = [
        _notice(clause, windows[clause.id], at)
        for clause in agreements.clauses
        if isinstance(clause, Term)
    ]
    return tuple(sorted(found, key=_urgency))


def _notice(clause: Term, window: Window, at: datetime) -> Notice:
    ends_at = None if clause.until is None else earliest(clause.until)
    over = window.is_empty or (window.until is not None and at >= window.until)
    by = left = None
    if ends_at is not None and clause.notice_days is not None:
        by = ends_at - timedelta(days=clause.notice_days)
        left = (by - at) // timedelta(days=1)
    state: State = "no_end"
    if over:
        state = "over"
    elif by is not None:
        state = "open" if at < by else "passed"
    return Notice(
        clause=clause.id,
        state=state,
        ends_at=ends_at,
        notice_days=clause.notice_days,
        notice_by=by,
        days_left=left,
        cure_days=clause.cure_days,
        renews=clause.renews,
        survives=clause.survives,
    )


def _urgency(notice: Notice) -> tuple[int, int, str]:
    place = ("open", "passed", "no_end", "over").index(notice.state)
    return place, notice.days_left or 0, notice.clause
