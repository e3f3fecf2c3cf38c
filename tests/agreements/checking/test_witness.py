"""Questions that show a finding."""

from detente.agreements.checking.domain import Caller
from detente.agreements.checking.witness import after_refusals, question_about
from tests.agreements.checking.worlds import day, place

NORTH = place("north", "north", interfaces=("embedding", "stateless_api"))


def test_it_asks_of_one_provider_with_everything_on_record() -> None:
    caller = Caller(project="a", labels=(("x", "y"),))
    asked = question_about(NORTH, at=day("2026-01-01"), known_at=day("2027-01-01"), caller=caller)
    assert (asked.model, asked.providers) == ("lab/one", ("north",))
    assert (asked.at, asked.known_at) == (day("2026-01-01"), day("2027-01-01"))
    assert (asked.project, asked.labels) == ("a", (("x", "y"),))
    assert asked.interface == "stateless_api"
    assert question_about(NORTH, at=day("2028-01-01"), known_at=day("2027-01-01")).known_at == day(
        "2028-01-01"
    )


def test_it_asks_of_what_is_served() -> None:
    only = place("north", "north", interfaces=("embedding",))
    day_ = day("2026-01-01")
    assert question_about(only, at=day_, known_at=day_).interface == "embedding"
    asked = question_about(NORTH, at=day_, known_at=day_, interface="embedding")
    assert asked.interface == "embedding"


def test_after_refusals_everybody_is_asked() -> None:
    asked = question_about(NORTH, at=day("2026-01-01"), known_at=day("2026-01-01"))
    refused = after_refusals(asked, [NORTH])
    assert refused.providers is None
    assert [(r.deployment, r.signal) for r in refused.refusals] == [("north/one", "429")]
