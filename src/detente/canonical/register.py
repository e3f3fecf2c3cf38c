"""The register: what people declared, verified, offered and answered, and when it became known.

An append-only list of entries, each with the hash of the one before, so that none can be
changed or left out unseen. Folding it gives the events and offers that agreements look at.
Reading and appending are `ledger.store.register`'s.

>>> events_of([declared, verified])
(Event(name='agi', ...),)
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from detente.canonical.question import Event, Offer

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Action = Literal["event_declared", "event_verified", "offer_opened", "offer_answered"]

NOTHING: Final = "0" * 64
"""What the first entry has in place of the hash of one before."""


class RegisterEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act. `name` is the event's or the offer's; `by` is who acted.

    `recorded_at` is when it was written, `at` when it happened (not later). `clause` is the
    first refusal under which an offer was made, `answer` what its holder said, `evidence` where
    a reader finds the proof (a document, a message id, an address). `previous` is the hash of
    the entry before.
    """

    action: Action
    name: str
    by: str
    at: Instant
    recorded_at: Instant
    previous: str = NOTHING
    clause: str | None = None
    answer: Literal["accepted", "refused"] | None = None
    evidence: str | None = None


def line_of(entry: RegisterEntry) -> bytes:
    """The entry as its line of the file, without the line's end."""
    return msgspec.json.encode(entry, order="deterministic")


def hash_of(line: bytes) -> str:
    """What the next entry calls `previous`: the SHA-256 of a line, in hexadecimal digits."""
    return hashlib.sha256(line).hexdigest()


def events_of(entries: Iterable[RegisterEntry]) -> tuple[Event, ...]:
    """The events that were declared and then verified: one for each pair of who did it.

    Clauses may ask for different people, so whoever said it first keeps nobody else from
    counting. An event has effect from its verification on, and is known from the
    verification's record. One that nobody has verified since it was declared has no effect; the
    same pair counts once, the first time.
    """
    declared: dict[str, dict[str, RegisterEntry]] = {}
    found: dict[tuple[str, str, str], Event] = {}
    for entry in entries:
        if entry.action == "event_declared":
            declared.setdefault(entry.name, {}).setdefault(entry.by, entry)
        elif entry.action == "event_verified":
            for declarer, first in declared.get(entry.name, {}).items():
                found.setdefault(
                    (entry.name, declarer, entry.by),
                    Event(
                        name=entry.name,
                        occurred_at=max(entry.at, first.at),
                        recorded_at=entry.recorded_at,
                        declared_by=declarer,
                        verified_by=entry.by,
                    ),
                )
    return tuple(found.values())


def offers_of(entries: Iterable[RegisterEntry]) -> tuple[Offer, ...]:
    """The offers that were opened, with the first answer that each was given."""
    found: dict[str, Offer] = {}
    for entry in entries:
        if entry.action == "offer_opened" and entry.clause is not None:
            found.setdefault(
                entry.name,
                Offer(
                    name=entry.name,
                    clause=entry.clause,
                    opened_at=entry.at,
                    recorded_at=entry.recorded_at,
                ),
            )
        elif entry.action == "offer_answered" and entry.answer is not None:
            open_ = found.get(entry.name)
            if open_ is not None and open_.answer is None:
                found[entry.name] = msgspec.structs.replace(
                    open_,
                    answer=entry.answer,
                    answered_at=entry.at,
                    answer_recorded_at=entry.recorded_at,
                )
    return tuple(found.values())
