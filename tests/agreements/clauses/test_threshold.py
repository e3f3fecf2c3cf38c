"""`threshold`: whose word counts, which models it reaches, whether it closes or opens."""

import pytest

from detente.canonical.question import Event
from tests.agreements.scenes import (
    AWS,
    AZURE,
    answer,
    day,
    happened,
    loaded,
    outcomes,
    question,
    reasons,
    world,
)

CLOSES = 'id = "agi"\ntype = "threshold"\nevent = "agi"\nparty = "host:microsoft"\n'
ALL = f'{CLOSES}affects = "all"\n'
OPENS = f'{ALL}effect = "opens"\n'
AGI = happened("agi", "2026-02-01")


def azure(clause: str, *events: Event, at: str = "2026-03-01", released: str | None = None) -> str:
    where = world(AZURE, AWS, released=released)
    found = outcomes(answer(where, loaded(clause), question(at, events=events)))
    assert found["aws"] == "allow"  # another party
    return found["azure"]


def test_it_closes_from_the_event_on() -> None:
    assert azure(ALL) == "allow"
    assert azure(ALL, AGI, at="2026-01-31T23:59:59") == "allow"
    assert azure(ALL, AGI, at="2026-02-01") == "deny"


def test_an_event_that_is_not_known_yet_closes_nothing() -> None:
    late = happened("agi", "2026-02-01", recorded="2026-02-10")
    assert azure(ALL, late, at="2026-02-09T23:59:59") == "allow"
    assert azure(ALL, late, at="2026-02-10") == "deny"


@pytest.mark.parametrize(
    ("by", "outcome"),
    [
        ({}, "deny"),  # merely supposed
        ({"declared_by": "board", "verified_by": "panel"}, "deny"),
        ({"declared_by": "press", "verified_by": "panel"}, "allow"),
        ({"declared_by": "board", "verified_by": "board"}, "allow"),
    ],
)
def test_only_those_named_declare_and_verify(by: dict[str, str], outcome: str) -> None:
    clause = f'{ALL}declared_by = ["board"]\nverified_by = "panel"\n'
    assert azure(clause, happened("agi", "2026-02-01", **by)) == outcome


def test_who_is_not_named_may_be_anyone() -> None:
    assert azure(ALL, happened("agi", "2026-02-01", declared_by="press", verified_by="x")) == "deny"


@pytest.mark.parametrize(
    ("released", "outcome"),
    [("2026-01-31", "allow"), ("2026-02-01", "deny"), ("2026-02-02", "deny"), (None, "unknown")],
)
def test_it_reaches_later_models_only(released: str | None, outcome: str) -> None:
    assert azure(CLOSES, AGI, released=released) == outcome


def test_a_release_that_nobody_supplied_is_named() -> None:
    decision = answer(world(AZURE), loaded(CLOSES), question("2026-03-01", events=(AGI,)))
    assert reasons(decision, "azure")[0].missing == "release date of openai/gpt-4"


def test_without_an_event_the_release_does_not_matter() -> None:
    assert azure(CLOSES) == "allow"


def test_it_keeps_closed_until_the_event() -> None:
    assert azure(OPENS) == "deny"
    assert azure(OPENS, AGI) == "allow"


def test_it_opens_later_models_only() -> None:
    opens = f'{CLOSES}effect = "opens"\n'
    assert azure(opens, AGI, released="2026-01-01") == "deny"
    assert azure(opens, AGI, released="2026-02-10") == "allow"
    assert azure(opens, AGI) == "unknown"
    assert azure(opens, released="2026-02-10") == "deny"


def test_its_sentence_tells_what_would_turn_it() -> None:
    verified = f'{OPENS}verified_by = "panel"\n'
    decision = answer(world(AZURE), loaded(verified), question())
    assert decision.change == "after `agi` is declared and verified by panel"
    assert reasons(decision, "azure")[0].text == (
        "`a/agi` keeps `openai/gpt-4` closed to `host:microsoft`"
        " until `agi` is declared and verified by panel"
    )


def test_its_sentence_tells_when_it_closed() -> None:
    decision = answer(world(AZURE), loaded(ALL), question("2026-03-01", events=(AGI,)))
    assert reasons(decision, "azure")[0].text == (
        "`a/agi`: `agi` on 2026-02-01 closed all models to `host:microsoft`, who has `azure/gpt-4`"
    )
    assert decision.valid_from == day("2026-02-01")
