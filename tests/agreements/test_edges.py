"""A second before, on, and after every boundary; in three time zones, and on leap days.

A date is an instant, wherever the clock that wrote it hangs; whatever turns at it turns there,
in both evaluators, and at no other instant.
"""

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import msgspec
import pytest

from detente.agreements import compile_agreements, reference
from detente.agreements.check import check
from detente.agreements.epochs import boundaries
from detente.agreements.money import period_around
from detente.canonical.model import Attestation
from detente.canonical.question import Event, Offer
from tests.agreements.scenes import AWS, answer, at_place, day, loaded, question, world
from tests.agreements.strategies import agreement_set, case

ZONES = ("+09:00", "-08:00", "Z")
INSTANTS = (
    "2024-02-29T00:00:00",  # a leap day's own midnight
    "2024-02-29T23:59:59",
    "2024-03-01T00:00:00",
    "2025-12-31T23:30:00",  # another year to the east
    "2026-06-15T12:00:00",
)
SECOND = timedelta(seconds=1)
KNOWN = "recorded_at = 2020-01-01\n"


def instant(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text + zone.replace("Z", "+00:00"))


def outcome_at(clauses: tuple[str, ...], at: datetime, **keys: object) -> str:
    where = world(
        at_place(
            "aws",
            "amazon",
            offer="o-1",
            attestations=(Attestation(name="soc2", expires=day("2026-06-15T12:00:00")),),
        )
    )
    asked = msgspec.structs.replace(question(), at=at, known_at=at, **keys)
    return answer(where, loaded(*clauses), asked).outcome


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", INSTANTS)
@pytest.mark.parametrize(("key", "turned"), [("from", "deny"), ("until", "allow")])
def test_a_date_turns_at_its_instant(text: str, zone: str, key: str, turned: str) -> None:
    clause = f'id = "no"\ntype = "forbid"\n{key} = {text}{zone}\n'
    edge, before = instant(text, zone), "allow" if turned == "deny" else "deny"
    found = [outcome_at((clause + KNOWN,), edge + step) for step in (-SECOND, timedelta(0), SECOND)]
    assert found == [before, turned, turned]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", INSTANTS)
def test_what_is_recorded_counts_from_its_instant(text: str, zone: str) -> None:
    clause = f'id = "no"\ntype = "forbid"\nrecorded_at = {text}{zone}\n'
    edge = instant(text, zone)
    found = [outcome_at((clause,), edge + step) for step in (-SECOND, timedelta(0), SECOND)]
    assert found == ["allow", "deny", "deny"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", INSTANTS)
def test_an_event_turns_at_its_instant(text: str, zone: str) -> None:
    clause = f'id = "no"\ntype = "forbid"\nends_on = "over"\n{KNOWN}'
    edge = instant(text, zone)
    events = (Event(name="over", occurred_at=edge, recorded_at=edge),)
    found = [
        outcome_at((clause,), edge + step, events=events)
        for step in (-SECOND, timedelta(0), SECOND)
    ]
    assert found == ["deny", "allow", "allow"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", INSTANTS)
def test_an_offer_lapses_at_its_instant(text: str, zone: str) -> None:
    clause = (
        'id = "first"\ntype = "first_refusal"\nsubject = "capacity"\nholder = "host:microsoft"\n'
        f'respond_within = "366d"\ndefault = "refused"\n{KNOWN}'
    )
    opened = instant(text, zone)
    offers = (Offer(name="o-1", clause="a/first", opened_at=opened, recorded_at=opened),)
    edge = opened + timedelta(days=366)
    found = [
        outcome_at((clause,), edge + step, offers=offers)
        for step in (-SECOND, timedelta(0), SECOND)
    ]
    assert found == ["deny", "allow", "allow"]


@pytest.mark.parametrize("zone", ZONES)
def test_a_wait_counts_days_across_a_leap_day(zone: str) -> None:
    clause = (
        'id = "lag"\ntype = "hold"\nleader = "host:openai"\nfollower = "host:amazon"\n'
        f"lag_days = 1\nanchor_date = 2024-02-28T12:00:00{zone}\n{KNOWN}"
    )
    edge = instant("2024-02-29T12:00:00", zone)
    found = [outcome_at((clause,), edge + step) for step in (-SECOND, timedelta(0), SECOND)]
    assert found == ["deny", "allow", "allow"]


def test_a_document_expires_at_its_instant() -> None:
    edge = day("2026-06-15T12:00:00")
    clause = 'id = "doc"\ntype = "attest"\ndocument = "soc2"\n'
    found = [outcome_at((clause,), edge + step) for step in (-SECOND, timedelta(0), SECOND)]
    assert found == ["allow", "deny", "deny"]


@pytest.mark.parametrize(
    ("start", "at", "begins", "ends"),
    [
        ("2024-02-29", "2025-02-27T23:59:59", "2024-02-29", "2025-02-28"),
        ("2024-02-29", "2025-02-28", "2025-02-28", "2026-02-28"),
        ("2024-02-29", "2028-02-29", "2028-02-29", "2029-02-28"),
        ("2023-03-01", "2024-02-29T23:59:59", "2023-03-01", "2024-03-01"),
        ("2023-03-01", "2024-03-01", "2024-03-01", "2025-03-01"),
    ],
)
def test_years_of_a_commitment_turn_on_their_day(
    start: str, at: str, begins: str, ends: str
) -> None:
    assert period_around("year", day(start), None, at=day(at)) == (day(begins), day(ends))


@pytest.mark.parametrize("seed", range(60))
def test_every_boundary_of_random_agreements_turns_nothing_beside_it(seed: int) -> None:
    """What an epoch promises holds a second before it ends, and both evaluators agree on it."""
    r = Random(seed)
    asked_of, found, asked = case(r)
    agreements = agreement_set(found)
    compiled = compile_agreements(asked_of, agreements)
    shift = timedelta(hours=r.choice((9, -8, 0)))
    for edge in boundaries(asked_of, agreements, asked_of.models[0]).valid:
        kept: set[str] = set()
        for step in (-SECOND, timedelta(0), SECOND):
            at = (edge + step).astimezone(timezone(shift))
            moved = msgspec.structs.replace(asked, at=at, known_at=at, offers=())
            one = reference.decide(asked_of, agreements, moved)
            assert compiled.decide(moved) == one
            kept |= {one.id} if step >= timedelta(0) else set()
        assert len(kept) == 1


def test_a_clause_without_end_holds_at_the_last_instant() -> None:
    end = datetime.max.replace(tzinfo=UTC)
    asked = msgspec.structs.replace(question(), at=end, known_at=end)
    assert answer(world(AWS), loaded('id = "no"\ntype = "forbid"'), asked).outcome == "deny"


def test_a_check_of_dates_at_the_beginning_of_time() -> None:
    clause = 'id = "no"\ntype = "forbid"\nuntil = 0001-01-01T12:00:00Z'
    assert {finding.code for finding in check(world(AWS), loaded(clause))} == {"E03"}
