"""The course of time in spans: every state, joined where nothing turns, cut where it does."""

import msgspec

from detente.agreements import AgreementSet, compile_agreements
from detente.agreements.timeline import Timeline, View, edges, timeline, within
from detente.canonical.question import Event, Offer
from detente.canonical.world import World
from tests.agreements.scenes import AWS, AZURE, OPENAI, day, happened, loaded, loaded_files, world

SINCE, UNTIL = day("2026-01-01"), day("2027-01-01")


def drawn(
    asked_of: World,
    agreements: AgreementSet,
    *,
    known_at: str = "2027-01-01",
    events: tuple[Event, ...] = (),
    offers: tuple[Offer, ...] = (),
) -> Timeline:
    view = View(
        world=asked_of,
        agreements=agreements,
        since=SINCE,
        until=UNTIL,
        known_at=day(known_at),
        events=events,
        offers=offers,
    )
    return timeline(view, compile_agreements(asked_of, agreements).decide)


def states(found: Timeline, provider: str) -> list[tuple[str, str]]:
    track = next(t for t in found.tracks if t.deployment == f"{provider}/gpt-4")
    return [(span.from_.date().isoformat(), span.state) for span in track.spans]


def test_without_clauses_all_is_one_open_span() -> None:
    found = drawn(world(OPENAI), loaded())
    assert states(found, "openai") == [("2026-01-01", "open")]
    assert found.tracks[0].spans[0].until == UNTIL


def test_an_exclusive_closes_others_between_its_dates() -> None:
    clause = (
        'id = "x"\ntype = "exclusive"\nholder = "microsoft"\nfrom = 2026-03-01\nuntil = 2026-05-01'
    )
    found = drawn(world(AZURE, AWS), loaded(clause))
    assert states(found, "azure") == [("2026-01-01", "open")]
    assert states(found, "aws") == [
        ("2026-01-01", "open"),
        ("2026-03-01", "closed"),
        ("2026-05-01", "open"),
    ]
    aws = next(track for track in found.tracks if track.host == "amazon")
    assert aws.spans[1].clauses == ("a/x",)
    assert "reserves it for `microsoft`" in aws.spans[1].because


def test_a_hold_is_a_gap_behind_its_leader() -> None:
    clause = (
        'id = "h"\ntype = "hold"\nleader = "kind:openai"\nfollower = "kind:azure"\nlag_days = 7'
    )
    found = drawn(world(OPENAI, AZURE, released="2026-03-14"), loaded(clause))
    assert states(found, "openai") == [("2026-01-01", "unreleased"), ("2026-03-14", "open")]
    assert states(found, "azure") == [
        ("2026-01-01", "unreleased"),
        ("2026-03-14", "held"),
        ("2026-03-21", "open"),
    ]


def test_what_only_the_enrolled_may_use_is_told_apart() -> None:
    clauses = (
        'id = "g"\ntype = "grant"\nenrolment = "preview"\nfrom = 2026-02-01\nuntil = 2026-04-01',
        'id = "all"\ntype = "grant"\nfrom = 2026-04-01',
        'id = "l"\ntype = "listing"',
    )
    found = drawn(world(AWS, default="deny"), loaded(*clauses))
    assert states(found, "aws") == [
        ("2026-01-01", "absent"),
        ("2026-02-01", "enrolled"),
        ("2026-04-01", "open"),
    ]


def test_waiting_unknown_and_conflict_have_states_of_their_own() -> None:
    refusal = (
        'id = "r"\ntype = "first_refusal"\nholder = "microsoft"\nsignals = ["429"]\n'
        'respond_within = "2s"\ndefault = "refused"'
    )
    assert states(drawn(world(AZURE, AWS), loaded(refusal)), "aws") == [("2026-01-01", "waiting")]
    zone = 'id = "f"\ntype = "forbid"\nscope = { zone = "eu" }'
    assert states(drawn(world(AWS), loaded(zone)), "aws") == [("2026-01-01", "unknown")]
    rivals = (
        'id = "m"\ntype = "exclusive"\nholder = "microsoft"',
        'id = "o"\ntype = "exclusive"\nholder = "amazon"',
    )
    assert states(drawn(world(AZURE, AWS), loaded(*rivals)), "aws") == [("2026-01-01", "conflict")]


def test_an_event_cuts_time_and_is_a_mark() -> None:
    clause = 'id = "x"\ntype = "exclusive"\nholder = "microsoft"\nends_on = "agi"'
    agi = happened("agi", "2026-06-01")
    found = drawn(world(AWS), loaded(clause), events=(agi,))
    assert states(found, "aws") == [("2026-01-01", "closed"), ("2026-06-01", "open")]
    assert [(mark.kind, mark.name, mark.at) for mark in found.marks] == [
        ("event", "agi", day("2026-06-01"))
    ]


def test_what_was_not_known_then_is_not_in_the_picture() -> None:
    files = (
        'id = "a"\nrecorded_at = 2026-01-01\n[[clause]]\nid = "x"\ntype = "forbid"',
        'id = "b"\nrecorded_at = 2026-09-01\nfrom = 2026-02-01\nsupersedes = "a"\n'
        '[[clause]]\nid = "y"\ntype = "forbid"\nscope = { host = "google" }',
    )
    late = drawn(world(AWS), loaded_files(*files))
    assert states(late, "aws") == [("2026-01-01", "closed"), ("2026-02-01", "open")]
    assert [(r.agreement, r.until) for r in late.regimes] == [("a", day("2026-02-01")), ("b", None)]
    early = drawn(world(AWS), loaded_files(*files), known_at="2026-03-01")
    # Knowledge moves along with time: from September on the successor is known.
    assert states(early, "aws") == [("2026-01-01", "closed"), ("2026-09-01", "open")]
    assert [r.agreement for r in early.regimes] == ["a"]


def test_a_date_known_as_a_range_is_a_range_in_the_regime() -> None:
    text = (
        'id = "a"\nrecorded_at = 2025-01-01\nfrom = { after = 2026-02-01, before = 2026-03-01 }\n'
        'until = 2026-10-01\n[[clause]]\nid = "x"\ntype = "forbid"\nquote = "not here"\n'
    )
    found = drawn(world(AWS), loaded_files(text))
    regime = found.regimes[0]
    assert (regime.from_, regime.from_latest) == (day("2026-02-01"), day("2026-03-01"))
    assert (regime.until_earliest, regime.until) == (day("2026-10-01"), day("2026-10-01"))
    assert regime.quote == "not here"
    assert states(found, "aws") == [
        ("2026-01-01", "open"),
        ("2026-02-01", "unknown"),
        ("2026-03-01", "closed"),
        ("2026-10-01", "open"),
    ]
    assert edges(loaded_files(text).clauses)[0] == day("2026-02-01")


def test_a_part_is_what_its_own_window_would_show() -> None:
    clause = (
        'id = "x"\ntype = "exclusive"\nholder = "microsoft"\nfrom = 2026-03-01\nuntil = 2026-05-01'
    )
    asked_of, agreements = world(AZURE, AWS), loaded(clause)
    decide = compile_agreements(asked_of, agreements).decide
    whole = View(
        world=asked_of, agreements=agreements, since=SINCE, until=UNTIL, known_at=day("2027-01-01")
    )
    since, until = day("2026-04-01"), day("2026-06-01")
    part = msgspec.structs.replace(whole, since=since, until=until)
    assert within(timeline(whole, decide), since, until) == timeline(part, decide)


def test_only_the_providers_asked_for_are_in_the_picture() -> None:
    asked_of, agreements = world(AZURE, AWS), loaded()
    view = View(
        world=asked_of,
        agreements=agreements,
        since=SINCE,
        until=UNTIL,
        known_at=UNTIL,
        providers=("aws",),
    )
    found = timeline(view, compile_agreements(asked_of, agreements).decide)
    assert [track.deployment for track in found.tracks] == ["aws/gpt-4"]
