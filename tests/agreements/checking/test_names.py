"""Names that patterns match: found where there are any, and matching what they stand for."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.agreements.checking.names import meeting, names_of, projects_of

patterns = st.text(alphabet="ab*?", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("a", "b", "name"),
    [
        ("shop-*", "*-eu", "shop-eu"),
        ("shop", "shop", "shop"),
        ("s?op", "sh*", "shop"),
        ("shop", "bank", None),
        ("shop-*", "shop", None),
        ("??", "a*", "ax"),
    ],
)
def test_a_name_that_both_match(a: str, b: str, name: str | None) -> None:
    assert meeting(a, b) == name


@given(patterns, patterns, st.text(alphabet="abx", min_size=1, max_size=5))
def test_one_is_found_wherever_there_is_one(a: str, b: str, name: str) -> None:
    found = meeting(a, b)
    if fnmatchcase(name, a) and fnmatchcase(name, b):
        assert found is not None
    if found is not None:
        assert fnmatchcase(found, a)
        assert fnmatchcase(found, b)


@given(st.lists(patterns, min_size=1, max_size=3))
def test_every_pattern_has_a_name(found: list[str]) -> None:
    names = names_of(found)
    assert all(any(fnmatchcase(name, word) for name in names) for word in found)


def test_projects_fit_all_that_is_wanted() -> None:
    assert list(projects_of([])) == [None]
    assert list(projects_of([("shop", "bank"), "b*"])) == ["bank"]
    assert list(projects_of(["shop", "bank"])) == []
