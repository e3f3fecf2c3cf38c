"""All checks together: in the order of files and lines, and silent on clean sets."""

from typing import get_args

from detente.agreements.check import FINDERS, Code, check
from detente.canonical.drill import DrillReport
from tests.agreements.checking.worlds import agreements, day, world

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
        ("E09", ("b.toml", 8)),
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


def test_every_code_has_a_finder_of_its_own() -> None:
    modules = [finder.__module__.rpartition(".")[2] for finder in FINDERS]
    codes = [name.partition("_")[0].upper() for name in modules]
    assert codes == sorted(set(codes) & set(get_args(Code)))


def test_drills_are_passed_on() -> None:
    drill = DrillReport(
        without="host:north", at=day("2025-02-01"), mode="live", requests=1, moved=1, failed=0
    )
    assert check(world(), agreements(), (drill,)) == ()
