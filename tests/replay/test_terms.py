"""What terms say of themselves: who is gone, since when all is known, whether two agree."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from detente.canonical.question import Event, Offer
from detente.replay.terms import Terms, terms_of
from tests.replay.test_replaying import FIRST, NEXT, configured

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)


def test_the_absent_are_named_by_their_deployments(tmp_path: Path) -> None:
    setup = configured(tmp_path)
    assert terms_of(setup).gone == frozenset()
    assert terms_of(setup, without="host:microsoft").gone == {"azure/gpt-9"}
    assert terms_of(setup, without="publisher:openai").gone == {"azure/gpt-9", "openai/gpt-9"}


def test_all_is_known_from_the_last_record_on(tmp_path: Path) -> None:
    now = terms_of(configured(tmp_path / "now", FIRST))
    later = terms_of(configured(tmp_path / "later", FIRST, NEXT))
    assert now.known_from() == datetime(2026, 1, 1, tzinfo=UTC)
    assert later.known_from() == datetime(2026, 11, 1, tzinfo=UTC)
    event = Event(name="e", occurred_at=NOON.replace(month=1), recorded_at=NOON)
    assert msgspec.structs.replace(later, events=(event,)).known_from() == NOON
    offer = Offer(
        name="o",
        clause="a/b",
        opened_at=NOON.replace(month=1),
        recorded_at=NOON.replace(month=1),
        answer="refused",
        answered_at=NOON.replace(month=2),
        answer_recorded_at=NOON,
    )
    assert msgspec.structs.replace(later, offers=(offer,)).known_from() == NOON
    nothing = Terms(world=now.world, agreements=terms_of(configured(tmp_path / "n")).agreements)
    assert nothing.known_from() < now.known_from()


def test_prices_and_places_do_not_make_agreements_differ(tmp_path: Path) -> None:
    now = terms_of(configured(tmp_path / "now", FIRST))
    cheap = msgspec.structs.replace(
        now, world=msgspec.structs.replace(now.world, cost_prices=()), without="host:microsoft"
    )
    assert cheap.agrees_with(now)
    assert not terms_of(configured(tmp_path / "later", NEXT)).agrees_with(now)
    event = Event(name="e", occurred_at=NOON, recorded_at=NOON)
    assert not msgspec.structs.replace(now, events=(event,)).agrees_with(now)
