"""What is asked of the agreements: may this caller use this model, where, at that time?

Nothing else decides an outcome (see `docs/explanation/agreements.md`).
"""

from datetime import datetime
from typing import Literal

import msgspec

from detente.canonical.failure import RefusalSignal
from detente.canonical.model import Interface

Labels = tuple[tuple[str, str], ...]
"""Sorted `(name, value)` pairs: hashable, so that a class of questions can be looked up."""


def labels_of(pairs: dict[str, str]) -> Labels:
    """Labels in their one order."""
    return tuple(sorted(pairs.items()))


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened and that clauses refer to by `name` (`agi_verified`).

    It has effect from `occurred_at` on and is known from `recorded_at` on. `declared_by` and
    `verified_by` are who said so, None where it is merely supposed: it then counts for every
    clause, whoever has to declare or verify.
    """

    name: str
    occurred_at: datetime
    recorded_at: datetime
    declared_by: str | None = None
    verified_by: str | None = None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """New capacity that was offered to the holder of a first refusal.

    Deployments that were built under it name it (`offer`). `clause` is the first refusal's id;
    `answer` is None while the holder has said nothing. Each half counts from when it happened,
    once it is known.
    """

    name: str
    clause: str
    opened_at: datetime
    recorded_at: datetime
    answer: Literal["accepted", "refused"] | None = None
    answered_at: datetime | None = None
    answer_recorded_at: datetime | None = None


class HolderRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment's recorded refusal of this very request."""

    deployment: str
    signal: RefusalSignal
    waited_ms: int = 0


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question.

    `labels` come from the key and its project and may decide in the caller's favour;
    `header_labels` come from the request and may only restrict. `providers` and `region`
    narrow the candidates; they never discharge a clause. `at` is when the request happens,
    `known_at` the state of knowledge that answers it; both are aware UTC times.
    """

    model: str
    at: datetime
    known_at: datetime
    interface: Interface = "stateless_api"
    project: str | None = None
    labels: Labels = ()
    header_labels: Labels = ()
    features: tuple[str, ...] = ()
    providers: tuple[str, ...] | None = None
    region: str | None = None
    events: tuple[Event, ...] = ()
    offers: tuple[Offer, ...] = ()
    refusals: tuple[HolderRefusal, ...] = ()
