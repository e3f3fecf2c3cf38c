"""Dates as agreements give them: exact, or only known to lie between two others.

All are aware UTC times; a bare date is its midnight. Says nothing about clauses.

>>> reached(Between(after=MARCH_1, before=MARCH_31), MARCH_14, "`from` of `a/b`")
Missing(facts=frozenset({'`from` of `a/b`'}))
"""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated

import msgspec

from detente.agreements.truth import Truth, missing

At = Annotated[datetime, msgspec.Meta(tz=True)]


class Between(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A date that is not before `after` and not later than `before`; no more is known."""

    after: At
    before: At


Moment = At | Between


def earliest(moment: Moment) -> datetime:
    """The first instant that the date can be."""
    return moment.after if isinstance(moment, Between) else moment


def latest(moment: Moment) -> datetime:
    """The last instant that the date can be."""
    return moment.before if isinstance(moment, Between) else moment


def reached(moment: Moment, at: datetime, fact: str) -> Truth:
    """Whether `moment ≤ at`; open, naming `fact`, where `at` lies in between."""
    if at < earliest(moment):
        return False
    return True if at >= latest(moment) else missing(fact)


def after_days(moment: Moment, days: int) -> Moment:
    """The date that many days later, or the end of time."""
    if isinstance(moment, Between):
        return Between(
            after=earliest(after_days(moment.after, days)),
            before=latest(after_days(moment.before, days)),
        )
    try:
        return moment + timedelta(days=days)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def after_ms(at: datetime, milliseconds: int) -> datetime:
    """So many milliseconds later, or the end of time."""
    try:
        return at + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def in_words(moment: Moment) -> str:
    """`2026-06-01`, with the time of day to the second where it is not midnight."""
    if isinstance(moment, Between):
        return f"a date between {in_words(moment.after)} and {in_words(moment.before)}"
    if moment.time() == time():
        return moment.date().isoformat()
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
