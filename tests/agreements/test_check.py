"""All checks together: in the order of files and lines, and silent on clean sets."""

from detente.agreements.check import check
from tests.agreements.checking.worlds import agreements, world

NORTH = '[[clause]]\nid = "x"\ntype = "exclusive"\nholder = "host:north"\n'
SOUTH = NORTH.replace("north", "south")
LISTED = '[[clause]]\nid = "l"\ntype = "listing"\nscope = { host = "south" }\n'
REFUSAL = '[[clause]]\nid = "r"\ntype = "first_refusal"\nholder = "host:north"\n'


def test_everything_is_found_in_the_order_of_files_and_lines() -> None:
    found = check(world(), agreements(b=NORTH + REFUSAL, a=SOUTH, c=LISTED))
    assert [(f.code, f.place and (f.place.file, f.place.line)) for f in found] == [
        ("E01", ("a.toml", 4)),
        ("E03", ("a.toml", 4)),
        ("E08", ("b.toml", 8)),
        ("E02", ("c.toml", 4)),
    ]


def test_clean_sets_are_silent() -> None:
    assert check(world(), agreements()) == ()
    assert check(world(), agreements(a=NORTH)) == ()


def test_clause_and_file_order_do_not_matter() -> None:
    here = world()
    one = check(here, agreements(a=NORTH + LISTED.replace('"l"', '"m"'), b=SOUTH))
    other = check(here, agreements(b=SOUTH, a=LISTED.replace('"l"', '"m"') + NORTH))
    assert {(f.code, f.clauses, f.periods) for f in one} == {
        (f.code, f.clauses, f.periods) for f in other
    }
