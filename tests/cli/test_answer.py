"""How an answer is shown: dates, the question in a line, grounds with their agreement's source."""

from datetime import UTC, datetime

from detente.agreements import load
from detente.canonical.question import Event, HolderRefusal, Question
from detente.cli.answer import asked, day, grounds_of

JUNE = datetime(2026, 6, 5, tzinfo=UTC)


def test_a_day_is_a_date_and_a_time_only_where_there_is_one() -> None:
    assert day(JUNE) == "2026-06-05"
    assert day(JUNE.replace(hour=14, minute=30)) == "2026-06-05 14:30"


def test_a_question_in_a_line_names_what_narrows_it() -> None:
    plain = Question(model="lab/one", at=JUNE, known_at=JUNE)
    assert asked(plain) == "lab/one · 2026-06-05"
    full = Question(
        model="lab/one",
        at=JUNE,
        known_at=JUNE.replace(month=7),
        interface="embedding",
        providers=("a", "b"),
        region="eu",
        project="shop",
        labels=(("data", "open"),),
        events=(Event(name="agi", occurred_at=JUNE, recorded_at=JUNE),),
        refusals=(HolderRefusal(deployment="a/one", signal="429"),),
    )
    assert asked(full) == (
        "lab/one · 2026-06-05 · as known on 2026-07-05 · embedding · at a or b · in eu · for shop"
        " · data=open · agi on 2026-06-05 · a/one refused"
    )


def test_a_clause_without_a_source_has_its_agreements() -> None:
    head = 'id = "a"\nrecorded_at = 2025-01-01\nsource = "the contract"\n'
    clause = '[[clause]]\nid = "{}"\ntype = "forbid"\nquote = "never"\n'
    text = head + clause.format("x") + 'source = "annex 1"\n' + clause.format("y")
    grounds = grounds_of(load([("a.toml", text.encode())]))
    assert {id: ground.source for id, ground in grounds.items()} == {
        "a/x": "annex 1",
        "a/y": "the contract",
    }
    assert grounds["a/x"].quote == "never"
