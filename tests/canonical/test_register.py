"""The register folded: what counts of what was declared, verified, offered and answered."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from detente.canonical.question import Event, Offer
from detente.canonical.register import (
    NOTHING,
    RegisterEntry,
    events_of,
    hash_of,
    line_of,
    offers_of,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def declared(name: str, by: str, at: int, recorded: int | None = None) -> RegisterEntry:
    known = day(at if recorded is None else recorded)
    return RegisterEntry(action="event_declared", name=name, by=by, at=day(at), recorded_at=known)


def verified(name: str, by: str, at: int, recorded: int | None = None) -> RegisterEntry:
    known = day(at if recorded is None else recorded)
    return RegisterEntry(action="event_verified", name=name, by=by, at=day(at), recorded_at=known)


def test_an_event_that_nobody_verified_has_no_effect() -> None:
    assert events_of([declared("agi", "openai", 1)]) == ()


def test_what_nobody_declared_cannot_be_verified() -> None:
    assert events_of([verified("agi", "panel", 1), declared("agi", "openai", 2)]) == ()


def test_an_event_counts_from_its_verification_and_is_known_from_its_record() -> None:
    found = events_of([declared("agi", "openai", 1), verified("agi", "panel", 3, recorded=5)])
    assert found == (
        Event(
            name="agi",
            occurred_at=day(3),
            recorded_at=day(5),
            declared_by="openai",
            verified_by="panel",
        ),
    )


def test_it_does_not_count_before_it_was_declared() -> None:
    (found,) = events_of([declared("agi", "openai", 4), verified("agi", "panel", 3, recorded=6)])
    assert found.occurred_at == day(4)


def test_each_pair_of_who_said_so_counts_once() -> None:
    found = events_of(
        [
            declared("agi", "stranger", 1),
            verified("agi", "panel", 2),
            declared("agi", "openai", 3),
            verified("agi", "panel", 4),
            verified("agi", "panel", 9),
        ]
    )
    assert [(e.declared_by, e.verified_by, e.occurred_at) for e in found] == [
        ("stranger", "panel", day(2)),
        ("openai", "panel", day(4)),
    ]


def test_an_offer_has_the_first_answer_that_it_was_given() -> None:
    opened = RegisterEntry(
        action="offer_opened", name="o", by="lab", at=day(1), recorded_at=day(2), clause="a/b"
    )
    refused = RegisterEntry(
        action="offer_answered",
        name="o",
        by="host",
        at=day(3),
        recorded_at=day(4),
        answer="refused",
    )
    accepted = msgspec.structs.replace(refused, answer="accepted")
    other = msgspec.structs.replace(refused, name="p")
    assert offers_of([opened]) == (
        Offer(name="o", clause="a/b", opened_at=day(1), recorded_at=day(2)),
    )
    assert offers_of([opened, opened, other, refused, accepted]) == (
        Offer(
            name="o",
            clause="a/b",
            opened_at=day(1),
            recorded_at=day(2),
            answer="refused",
            answered_at=day(3),
            answer_recorded_at=day(4),
        ),
    )
    assert offers_of([refused, opened]) == offers_of([opened])


def test_a_line_says_only_what_there_is_and_has_one_hash() -> None:
    line = line_of(declared("agi", "openai", 1))
    assert line == (
        b'{"action":"event_declared","name":"agi","by":"openai","at":"2026-01-02T00:00:00Z",'
        b'"recorded_at":"2026-01-02T00:00:00Z"}'
    )
    assert len(hash_of(line)) == len(NOTHING)
    assert hash_of(line) != hash_of(line + b" ")


def test_a_time_without_a_zone_is_none() -> None:
    line = line_of(declared("agi", "openai", 1)).replace(b"00:00:00Z", b"00:00:00")
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(line, type=RegisterEntry)
