"""When a deployment may be used at all."""

from typing import Literal

from detente.agreements.checking.places import Places
from detente.agreements.checking.usable import Usable
from detente.agreements.checking.windows import END, Window
from tests.agreements.checking.worlds import agreements, day, place, world

GRANT = '\n[[clause]]\nid = "use"\ntype = "grant"\nuntil = 2027-01-01\n'
LISTING = '\n[[clause]]\nid = "there"\ntype = "listing"\nfrom = 2026-01-01\n'


def spans(text: str, default: Literal["permit", "deny"]) -> tuple[Window, ...]:
    north = place("north", "north", region="n")
    of = world(north, default=default)
    return Usable(Places(of), agreements(a=text)).windows(north)


def test_both_are_needed_where_nothing_is_given() -> None:
    assert spans(GRANT + LISTING, "deny") == (
        Window(since=day("2026-01-01"), until=day("2027-01-01")),
    )
    assert spans(GRANT, "deny") == ()
    assert spans(LISTING, "deny") == ()


def test_under_permit_what_is_said_tells_how_long() -> None:
    assert spans(GRANT, "permit") == (Window(since=day("2025-01-01"), until=day("2027-01-01")),)
    assert spans("", "permit") == (Window(),)


def test_a_listing_of_other_regions_is_not_its_own() -> None:
    assert spans(GRANT + LISTING + 'regions = "s"\n', "deny") == ()
    assert spans(GRANT + LISTING + 'regions = ["s", "n"]\n', "deny") != ()


def test_grants_join() -> None:
    later = GRANT.replace('"use"', '"later"').replace("until", "from")
    assert spans(GRANT + later, "permit") == (Window(since=day("2025-01-01"), until=END),)
