"""Events: what waits for them, who may declare and verify them, and how each stands."""

from datetime import UTC, datetime, timedelta

import pytest

from detente.agreements import AgreementSet, load
from detente.canonical.failure import ClientFault
from detente.canonical.question import Event
from detente.canonical.register import RegisterEntry
from detente.reports.acts import act_of
from detente.reports.events import (
    EventState,
    awaited,
    declaration,
    states_of_events,
    verification,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = 'id = "a"\nfrom = 2025-01-01\nrecorded_at = 2025-01-01\n'
API = '[[clause]]\nid = "api"\ntype = "exclusive"\nholder = "host:north"\nends_on = "agi"\n'
LAG = (
    '[[clause]]\nid = "lag"\ntype = "hold"\nleader = "kind:openai"\nfollower = ["host:south",'
    ' "host:west"]\nlag_days = 7\nescape = ["thaw", "agi"]\n'
)
AGI = (
    '[[clause]]\nid = "agi"\ntype = "threshold"\nevent = "agi"\nparty = "host:north"\n'
    'declared_by = "lab"\nverified_by = ["panel", "court"]\n'
)
OPEN = (
    '[[clause]]\nid = "open"\ntype = "threshold"\nevent = "spring"\nparty = "host:south"\n'
    'effect = "opens"\naffects = "all"\n'
)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def terms(*clauses: str) -> AgreementSet:
    return load((("a.toml", (HEAD + "".join(clauses)).encode()),))


ALL = terms(API, LAG, AGI, OPEN)


def declare(
    entries: list[RegisterEntry], by: str, number: int, name: str = "agi", **keys: bool
) -> RegisterEntry | None:
    """Declares on that day and, where it is new, appends it."""
    act = act_of(by, now=day(number))
    entry = declaration(name, act, entries, ALL, anyway=keys.get("anyway", False))
    entries += [entry] if entry is not None else []
    return entry


def verify(
    entries: list[RegisterEntry], by: str, number: int, at: int | None = None
) -> RegisterEntry | None:
    act = act_of(by, now=day(number), at=None if at is None else day(at))
    entry = verification("agi", act, entries, ALL)
    entries += [entry] if entry is not None else []
    return entry


def state(entries: list[RegisterEntry], name: str = "agi", *configured: Event) -> EventState:
    (found,) = [s for s in states_of_events(entries, ALL, configured) if s.name == name]
    return found


def test_what_waits_for_an_event_and_what_that_would_do() -> None:
    waiting = awaited(ALL)
    assert list(waiting) == ["agi", "spring", "thaw"]
    assert [(w.clause, w.type, w.effect) for w in waiting["agi"]] == [
        ("a/agi", "threshold", "`a/agi` closes models released from then on to `host:north`"),
        ("a/api", "exclusive", "`a/api` ends"),
        ("a/lag", "hold", "`a/lag` holds `host:south` and `host:west` back no longer"),
    ]
    assert waiting["spring"][0].effect == "`a/open` opens all models to `host:south`"
    assert (waiting["agi"][0].declared_by, waiting["agi"][0].verified_by) == (
        ("lab",),
        ("panel", "court"),
    )
    assert awaited(terms()) == {}


def test_an_event_is_declared_and_then_verified() -> None:
    entries: list[RegisterEntry] = []
    assert state(entries).status == "awaited"
    entry = declare(entries, "lab", 1)
    assert entry is not None
    assert (entry.action, entry.at, entry.recorded_at) == ("event_declared", day(1), day(1))
    assert state(entries).status == "declared"
    entry = verify(entries, "panel", 9, at=5)
    assert entry is not None
    assert (entry.action, entry.at, entry.recorded_at) == ("event_verified", day(5), day(9))
    found = state(entries)
    assert (found.status, len(found.declarations), len(found.verifications)) == ("verified", 1, 1)
    assert [waits.counts_from for waits in found.waiting] == [day(5)] * 3


def test_what_is_on_record_is_not_recorded_again() -> None:
    entries: list[RegisterEntry] = []
    declare(entries, "lab", 1)
    assert declare(entries, "lab", 2) is None
    verify(entries, "panel", 3)
    assert verify(entries, "panel", 4) is None
    with pytest.raises(ClientFault, match="entries are never changed"):
        verify(entries, "panel", 9, at=8)
    assert verify(entries, "court", 5) is not None


def test_nobody_verifies_what_nobody_declared() -> None:
    with pytest.raises(ClientFault, match="first `detente events declare agi --by WHO`"):
        verify([], "panel", 1)


def test_nobody_verifies_before_it_was_declared() -> None:
    entries: list[RegisterEntry] = []
    declare(entries, "lab", 5)
    with pytest.raises(ClientFault, match="declared on 2026-01-06, so it cannot"):
        verify(entries, "panel", 9, at=4)


def test_those_whom_the_threshold_names() -> None:
    entries: list[RegisterEntry] = []
    with pytest.raises(ClientFault, match="`north` does not declare `agi`; `a/agi` asks for `lab`"):
        declare(entries, "north", 1)
    declare(entries, "lab", 1)
    with pytest.raises(ClientFault, match="asks for `court` or `panel`"):
        verify(entries, "lab", 2)


def test_where_no_threshold_names_anybody_anybody_may() -> None:
    entries: list[RegisterEntry] = []
    assert declare(entries, "whoever", 1, "spring") is not None
    assert declare(entries, "whoever", 1, "thaw") is not None
    both = terms(AGI, AGI.replace('id = "agi"', 'id = "b"').replace('declared_by = "lab"\n', ""))
    assert declaration("agi", act_of("whoever", now=day(1)), [], both) is not None


def test_a_name_that_no_clause_waits_for() -> None:
    entries: list[RegisterEntry] = []
    with pytest.raises(ClientFault, match=r"did you mean `spring`\? \(`--anyway`"):
        declare(entries, "lab", 1, "sprang")
    with pytest.raises(ClientFault, match="no clause waits for `x`; no clause names any event"):
        declaration("x", act_of("lab", now=day(1)), [], terms())
    assert declare(entries, "lab", 1, "sprang", anyway=True) is not None
    assert state(entries, "sprang").waiting == ()


def test_the_word_of_others_counts_for_clauses_that_ask_nobody() -> None:
    entries = [
        RegisterEntry(action="event_declared", name="agi", by="x", at=day(1), recorded_at=day(1)),
        RegisterEntry(action="event_verified", name="agi", by="y", at=day(2), recorded_at=day(2)),
    ]
    found = state(entries)
    assert [(w.clause, w.counts_from) for w in found.waiting] == [
        ("a/agi", None),
        ("a/api", day(2)),
        ("a/lag", day(2)),
    ]
    # Those who count may still say it, and are verified anew.
    declare(entries, "lab", 3)
    verify(entries, "panel", 4)
    assert [w.counts_from for w in state(entries).waiting] == [day(4), day(2), day(2)]


def test_a_later_declaration_can_be_verified_by_who_verified_before() -> None:
    entries = [
        RegisterEntry(action="event_declared", name="agi", by="x", at=day(1), recorded_at=day(1))
    ]
    verify(entries, "panel", 2)
    declare(entries, "lab", 3)
    assert state(entries).waiting[0].counts_from is None
    assert verify(entries, "panel", 4) is not None
    assert state(entries).waiting[0].counts_from == day(4)


def test_what_the_configuration_records_counts_for_whoever() -> None:
    supposed = Event(name="agi", occurred_at=day(7), recorded_at=day(8))
    found = state([], "agi", supposed)
    assert (found.status, found.configured) == ("verified", (supposed,))
    assert {w.counts_from for w in found.waiting} == {day(7)}
