"""An act that somebody reports: who, when, and where the proof is.

Checks what every act has to keep to, and what is said twice; `events` and `offers` know what
each may do.

>>> act_of("openai", now=now).at == now
True
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from detente.canonical.failure import ClientFault
from detente.canonical.register import RegisterEntry

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""So far may a reporter's clock be ahead of ours; what happened "then" happened now."""
NAME_CHARACTERS_MAX: Final = 200
EVIDENCE_CHARACTERS_MAX: Final = 2_000
"""Where the proof can be found, not the proof."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Who acted, when it happened (`dated` says whether that was given), when it became known."""

    by: str
    at: datetime
    now: datetime
    dated: bool
    evidence: str | None = None


def act_of(
    by: str, *, now: datetime, at: datetime | None = None, evidence: str | None = None
) -> Act:
    """An act that is reported `now`; raises `ClientFault` where it has not happened yet."""
    _check_text("--by", by, NAME_CHARACTERS_MAX)
    if evidence is not None:
        _check_text("--evidence", evidence, EVIDENCE_CHARACTERS_MAX)
    if at is not None and at > now + CLOCK_TOLERANCE:
        raise wrong(
            f"`--at` is in the future ({day(at)}, and today is {day(now)});"
            " record what happens when it has happened"
        )
    happened = now if at is None else min(at, now)
    return Act(by=by, at=happened, now=now, dated=at is not None, evidence=evidence)


def check_name(name: str) -> None:
    """Raises `ClientFault` where `name` can be no event's or offer's."""
    _check_text("the name", name, NAME_CHARACTERS_MAX)


def check_repeated(entry: RegisterEntry, act: Act, what: str) -> None:
    """Raises `ClientFault` where the act says otherwise than what is on record.

    What the act leaves out is taken to be as recorded. `what` is what happened, in words.
    """
    if act.dated and act.at != entry.at:
        raise wrong(
            f"it is on record that {what} on {day(entry.at)}, not on {day(act.at)};"
            " entries are never changed, so leave `--at` out"
        )
    if act.evidence is not None and act.evidence != entry.evidence:
        raise wrong(
            f"it is on record that {what}, with other evidence or none; entries are never"
            " changed, so leave `--evidence` out"
        )


def day(moment: datetime) -> str:
    """The date, with the time of day to the second where it is not midnight."""
    text = moment.replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
    return text.removesuffix(" 00:00:00")


def wrong(message: str) -> ClientFault:
    """Somebody reports what cannot be; nothing is recorded."""
    return ClientFault("request_invalid", message)


def _check_text(what: str, text: str, characters_max: int) -> None:
    if not text.strip() or not text.isprintable():
        raise wrong(f"{what} is empty or has characters that do not print; write a line of text")
    if len(text) > characters_max:
        raise wrong(f"{what} has more than {characters_max} characters; shorten it")
