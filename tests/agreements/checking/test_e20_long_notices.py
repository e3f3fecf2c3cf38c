"""E20: notice that binds for longer than leaving takes."""

from detente.agreements import AgreementSet, load
from detente.agreements.checking.e20_long_notices import long_notices
from detente.agreements.checking.report import CheckFinding
from detente.agreements.checking.survey import Survey
from detente.canonical.drill import DrillReport
from tests.agreements.checking.worlds import day, world

TEXT = """id = "a"
parties = ["shop", "north"]
from = 2025-01-01
recorded_at = 2025-01-01

[[clause]]
id = "term"
type = "term"
notice_days = 90
"""


def agreed(text: str = TEXT) -> AgreementSet:
    return load([("a.toml", text.encode())])


def drill(without: str, exit_takes_s: float | None, at: str = "2026-01-01") -> DrillReport:
    return DrillReport(
        without=without,
        at=day(at),
        mode="live",
        requests=10,
        moved=10,
        failed=0,
        exit_takes_s=exit_takes_s,
    )


def found(loaded: AgreementSet, *drills: DrillReport) -> list[CheckFinding]:
    return list(long_notices(Survey(world(), loaded, drills)))


def test_notice_of_a_party_that_can_be_left_sooner() -> None:
    for without in ("host:north", "provider:north", "publisher:north"):
        loaded = agreed()
        (finding,) = found(loaded, drill(without, 3.5))
        assert (finding.code, finding.severity, finding.clauses) == ("E20", "warning", ("a/term",))
        assert finding.place == loaded.places["a/term"]
        assert "90 days" in finding.message
        assert "3.5 s" in finding.message
        assert f"`{without}`" in finding.message


def test_the_machines_host_is_the_provider_s_party() -> None:
    text = TEXT.replace('"north"]', '"north-inc"]')
    assert not found(agreed(text), drill("provider:north", 1.0))


def test_somebody_else_no_notice_and_a_longer_exit_are_none() -> None:
    assert not found(agreed(), drill("host:south", 1.0))
    assert not found(agreed(TEXT.replace("notice_days = 90", "cure_days = 30")), drill("north", 1))
    assert not found(agreed(), drill("host:north", 90 * 86_400))
    assert not found(agreed())


def test_an_exit_that_never_was_shows_nothing_and_the_last_drill_counts() -> None:
    assert not found(agreed(), drill("host:north", None))
    assert not found(agreed(), drill("host:north", 1.0), drill("host:north", None, "2026-02-01"))
    (finding,) = found(
        agreed(), drill("host:north", 7_000.0, "2026-02-01"), drill("host:north", 1.0)
    )
    assert "117 minutes" in finding.message


def test_durations_are_told_in_their_own_units() -> None:
    for seconds, said in ((90_000.0, "25 hours"), (864_000.0, "10 days")):
        (finding,) = found(agreed(), drill("host:north", seconds))
        assert said in finding.message
