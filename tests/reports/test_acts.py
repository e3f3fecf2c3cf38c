"""What every act has to keep to, whatever it is about."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from detente.canonical.failure import ClientFault
from detente.canonical.register import RegisterEntry
from detente.reports.acts import (
    CLOCK_TOLERANCE,
    EVIDENCE_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    act_of,
    check_name,
    check_repeated,
    day,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_what_has_no_date_happens_now() -> None:
    act = act_of("lab", now=NOW)
    assert (act.at, act.now, act.dated) == (NOW, NOW, False)


def test_what_has_a_date_happened_then_and_is_known_now() -> None:
    act = act_of("lab", now=NOW, at=datetime(2026, 1, 1, tzinfo=UTC), evidence="minute 14")
    assert (act.at, act.now, act.dated) == (datetime(2026, 1, 1, tzinfo=UTC), NOW, True)


def test_a_clock_may_be_a_little_ahead_and_no_more() -> None:
    assert act_of("lab", now=NOW, at=NOW + CLOCK_TOLERANCE).at == NOW
    with pytest.raises(ClientFault, match=r"`--at` is in the future \(2026-11-22 12:05:01"):
        act_of("lab", now=NOW, at=NOW + CLOCK_TOLERANCE + timedelta(seconds=1))


def test_other_time_zones_are_compared_as_instants() -> None:
    eastern = datetime(2026, 11, 22, 20, 59, tzinfo=timezone(timedelta(hours=9)))
    assert act_of("lab", now=NOW, at=eastern).at == eastern


@pytest.mark.parametrize("text", ["", " ", "a\nb", "a\x1b[31m", "\u202e", "a\x00"])
def test_text_that_does_not_print(text: str) -> None:
    with pytest.raises(ClientFault, match="do not print"):
        act_of(text, now=NOW)
    with pytest.raises(ClientFault, match="do not print"):
        act_of("lab", now=NOW, evidence=text)
    with pytest.raises(ClientFault, match="do not print"):
        check_name(text)


def test_text_is_bounded() -> None:
    act_of("l" * NAME_CHARACTERS_MAX, now=NOW, evidence="e" * EVIDENCE_CHARACTERS_MAX)
    check_name("n" * NAME_CHARACTERS_MAX)
    with pytest.raises(ClientFault, match="more than 200 characters; shorten it"):
        act_of("l" * (NAME_CHARACTERS_MAX + 1), now=NOW)
    with pytest.raises(ClientFault, match="more than 2000 characters"):
        act_of("lab", now=NOW, evidence="e" * (EVIDENCE_CHARACTERS_MAX + 1))
    with pytest.raises(ClientFault, match="the name has more than"):
        check_name("n" * (NAME_CHARACTERS_MAX + 1))


def test_what_is_said_twice_may_not_say_otherwise() -> None:
    entry = RegisterEntry(
        action="event_declared", name="e", by="lab", at=NOW, recorded_at=NOW, evidence="minute 14"
    )
    later = NOW + timedelta(days=1)
    check_repeated(entry, act_of("lab", now=later), "it happened")
    check_repeated(entry, act_of("lab", now=later, at=NOW, evidence="minute 14"), "it happened")
    with pytest.raises(ClientFault, match="on 2026-11-22 12:00:00, not on 2026-11-23 12:00:00"):
        check_repeated(entry, act_of("lab", now=later, at=later), "it happened")
    with pytest.raises(ClientFault, match="other evidence or none; entries are never changed"):
        check_repeated(entry, act_of("lab", now=later, evidence="minute 15"), "it happened")


def test_days() -> None:
    assert day(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02"
    assert day(datetime(2026, 1, 2, 0, 0, 1, 9, tzinfo=UTC)) == "2026-01-02 00:00:01"
