"""`hold`: a follower gets it a number of days after the leader."""

import pytest

from tests.agreements.scenes import (
    AZURE,
    OPENAI,
    answer,
    happened,
    loaded,
    outcomes,
    question,
    reasons,
    world,
)

LAG = 'id = "lag"\ntype = "hold"\nleader = "kind:openai"\nfollower = "kind:azure"\nlag_days = 7'
LISTED = 'id = "l"\ntype = "listing"\nscope = {{ provider = "openai" }}\nfrom = {}'


def azure(agreements_of: tuple[str, ...], at: str, released: str | None = None) -> str:
    where = world(OPENAI, AZURE, released=released)
    return outcomes(answer(where, loaded(*agreements_of), question(at)))["azure"]


@pytest.mark.parametrize(
    ("at", "outcome"),
    [("2026-03-20T23:59:59", "deny"), ("2026-03-21", "allow")],
)
def test_it_counts_from_the_leaders_listing(at: str, outcome: str) -> None:
    assert azure((LAG, LISTED.format("2026-03-14")), at, released="2026-01-01") == outcome


def test_the_earliest_listing_counts() -> None:
    second = LISTED.format("2026-04-01").replace('"l"', '"m"')
    assert azure((LAG, LISTED.format("2026-03-14"), second), "2026-03-21") == "allow"


def test_a_listing_that_is_not_known_yet_does_not_count() -> None:
    unknown = f"{LISTED.format('2026-03-14')}\nrecorded_at = 2026-06-01"
    assert azure((LAG, unknown), "2026-03-30", released="2026-03-28") == "deny"


def test_without_listing_it_counts_from_the_release() -> None:
    assert azure((LAG,), "2026-03-20", released="2026-03-14") == "deny"
    assert azure((LAG,), "2026-03-21", released="2026-03-14") == "allow"


def test_without_either_the_date_is_missing() -> None:
    decision = answer(world(OPENAI, AZURE), loaded(LAG), question())
    assert outcomes(decision) == {"openai": "allow", "azure": "unknown"}
    assert reasons(decision, "azure")[0].missing == "release date of openai/gpt-4"


def test_a_listing_between_two_dates_leaves_days_open() -> None:
    between = LISTED.format("{ after = 2026-03-01, before = 2026-03-04 }")
    found = [azure((LAG, between), f"2026-03-{day}") for day in ("07", "08", "10", "11")]
    assert found == ["deny", "unknown", "unknown", "allow"]


def test_a_doubtful_listing_leaves_it_open_unless_both_readings_agree() -> None:
    doubtful = 'id = "l"\ntype = "listing"\nregions = "eu"\nfrom = 2026-03-14'
    assert azure((LAG, doubtful), "2026-03-25", released="2026-03-24") == "unknown"
    assert azure((LAG, doubtful), "2026-03-20", released="2026-03-24") == "deny"
    assert azure((LAG, doubtful), "2026-04-20", released="2026-03-24") == "unknown"


def test_the_change_is_the_day_on_which_it_ends() -> None:
    decision = answer(
        world(OPENAI, AZURE),
        loaded(LAG, LISTED.format("2026-03-14")),
        question("2026-03-16", providers=("azure",)),
    )
    assert (decision.outcome, decision.change) == ("deny", "from 2026-03-21")
    assert reasons(decision, "azure")[0].text == (
        "`a/lag` holds `azure/gpt-4` back until 7 days after `kind:openai`"
    )


def test_anchor_release_skips_listings() -> None:
    clause = f'{LAG}\nanchor = "release"'
    found = azure((clause, LISTED.format("2026-01-01")), "2026-03-16", released="2026-03-14")
    assert found == "deny"


def test_anchor_date_counts_before_all() -> None:
    clause = f"{LAG}\nanchor_date = 2026-05-01"
    assert azure((clause,), "2026-05-07", released="2026-01-01") == "deny"
    assert azure((clause,), "2026-05-08", released="2026-01-01") == "allow"


def test_the_recorded_escape_ends_the_wait() -> None:
    agreements = loaded(f'{LAG}\nescape = "leader_consents"', LISTED.format("2026-03-14"))
    asked = question("2026-03-16", events=(happened("leader_consents", "2026-03-15"),))
    assert outcomes(answer(world(OPENAI, AZURE), agreements, asked))["azure"] == "allow"
    unasked = answer(world(OPENAI, AZURE), agreements, question("2026-03-16"))
    assert outcomes(unasked)["azure"] == "deny"


def test_a_lag_beyond_the_calendar_never_ends() -> None:
    clause = f"{LAG}\nanchor_date = 9999-12-01".replace("= 7", "= 36525")
    assert azure((clause,), "9999-12-30") == "deny"
