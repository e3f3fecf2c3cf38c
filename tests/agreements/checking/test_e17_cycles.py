"""E17: circles of agreements and of clauses, each told once; chains are none."""

from hypothesis import given
from hypothesis import strategies as st

from detente.agreements import load
from detente.agreements.check import CheckFinding
from detente.agreements.checking.domain import Period
from detente.agreements.checking.e17_cycles import circles, cycles
from detente.agreements.checking.survey import Survey
from tests.agreements.checking.worlds import agreements, day, world

HEAD = 'id = "{}"\nfrom = 2025-0{}-01\nrecorded_at = 2025-01-01\nsupersedes = "{}"\n'
FORBID = '[[clause]]\nid = "f"\ntype = "forbid"\n'


def superseding(*pairs: tuple[str, str]) -> list[CheckFinding]:
    files = [(f"{a}.toml", HEAD.format(a, n + 1, b).encode()) for n, (a, b) in enumerate(pairs)]
    return list(cycles(Survey(world(), load(files))))


def e17(**texts: str) -> list[CheckFinding]:
    return list(cycles(Survey(world(), agreements(**texts))))


def test_agreements_that_supersede_each_other() -> None:
    (finding,) = superseding(("b", "c"), ("c", "a"), ("a", "b"))
    assert (finding.code, finding.severity) == ("E17", "error")
    assert finding.fact == "`a` over `b` over `c` over `a`"
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("a.toml", 1)
    assert finding.periods == (Period(from_=day("2025-01-01")),)


def test_clauses_that_amend_or_except_each_other() -> None:
    (finding,) = e17(a=FORBID + 'amends = "b/f"\n', b=FORBID + 'except_of = "a/f"\n')
    assert finding.clauses == ("a/f", "b/f")
    assert finding.fact == "`a/f` over `b/f` over `a/f`"
    assert finding.place is not None
    assert (finding.place.file, finding.place.line) == ("a.toml", 4)


def test_a_clause_that_amends_the_successor_of_its_own_agreement() -> None:
    both = [
        ("a.toml", (HEAD.format("a", 1, "b") + FORBID).encode()),
        ("b.toml", (LONE + FORBID + 'amends = "a/f"\n').encode()),
    ]
    (finding,) = cycles(Survey(world(), load(both)))
    assert finding.clauses == ("a/f", "b/f")
    # What amends the agreement that its own succeeds is no circle.
    both = [("a.toml", (HEAD.format("a", 1, "b") + FORBID + 'amends = "b/f"\n').encode())]
    assert not list(cycles(Survey(world(), load([*both, ("b.toml", (LONE + FORBID).encode())]))))


LONE = 'id = "b"\nfrom = 2024-01-01\nrecorded_at = 2024-01-01\n'


def test_two_circles_are_two_findings() -> None:
    texts = {
        name: FORBID + f'except_of = "{other}/f"\n'
        for name, other in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"))
    }
    assert [finding.clauses for finding in e17(**texts)] == [("a/f", "b/f"), ("c/f", "d/f")]


def test_a_chain_is_no_circle() -> None:
    assert e17(a=FORBID, b=FORBID + 'amends = "a/f"\n', c=FORBID + 'except_of = "b/f"\n') == []
    assert e17(a=FORBID, b=FORBID + 'amends = "a/f"\nexcept_of = "a/f"\n') == []


@given(
    st.dictionaries(
        st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3).map(tuple)
    )
)
def test_a_circle_is_found_where_walking_on_comes_back(over: dict[str, tuple[str, ...]]) -> None:
    def comes_back(name: str) -> bool:
        here = set(over.get(name, ()))
        for _ in over:
            here |= {further for other in here for further in over.get(other, ())}
        return name in here

    found = [name for circle in circles(over) for name in circle]
    assert sorted(found) == sorted(name for name in over if comes_back(name))
