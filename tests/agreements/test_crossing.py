"""Errors between well-formed clauses: names, and dates that cross."""

import pytest

from detente.agreements import load
from detente.configuration.located import LocatedErrors
from tests.agreements.scenes import HEAD, loaded, loaded_files

FORBID = '[[clause]]\nid = "no"\ntype = "forbid"\n'
GRANT = '[[clause]]\nid = "g"\ntype = "grant"\n'


def errors(*texts: str) -> list[str]:
    with pytest.raises(LocatedErrors) as raised:
        loaded_files(*texts)
    return [str(error) for error in raised.value.errors]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            f'{HEAD}supersedes = "b"\nfrom = 2025-01-01\n',
            "0.toml:3: unknown agreement `b`; known are `a`",
        ),
        (
            f'{HEAD}supersedes = "a"\nfrom = 2025-01-01\n',
            "0.toml:3: `a` supersedes itself; name another",
        ),
        (
            f'{HEAD}{FORBID}{GRANT}except_of = "a/on"\n',
            "0.toml:9: unknown clause `a/on`; did you mean `a/no`?",
        ),
        (
            f'{HEAD}{FORBID}{GRANT}except_of = "no"\n',
            "0.toml:9: unknown clause `no`; did you mean `a/no`?",
        ),
        (
            f'{HEAD}{FORBID}{GRANT}amends = "elsewhere/thing"\n',
            "0.toml:9: unknown clause `elsewhere/thing`; name one as `agreement/clause`",
        ),
        (
            f'{HEAD}{FORBID}except_of = "a/no"\n',
            "0.toml:6: `except_of` names the clause itself; name another",
        ),
        (
            f'{HEAD}{GRANT}{FORBID}except_of = "a/g"\n',
            "0.toml:9: `a/g` is a grant, which forbids nothing; name a prohibition",
        ),
        (
            f"{HEAD}{FORBID}{FORBID}",
            "0.toml:7: clause `no` stands in line 4 too; rename one of them",
        ),
        (
            f"{HEAD}from = 2026-01-01\nuntil = 2026-01-01\n",
            "0.toml:4: `until` (2026-01-01) is not after `from` (2026-01-01); correct one of them",
        ),
        (
            f"{HEAD}from = {{ after = 2026-02-01, before = 2026-01-01 }}\n",
            "0.toml:3: `from` lies between nothing; swap its two dates",
        ),
        (
            f"{HEAD}from = 2026-01-01\n{FORBID}from = 2025-12-31\n",
            "0.toml:7: `no` begins before its agreement, on 2025-12-31; narrow it",
        ),
        (
            f"{HEAD}until = 2026-01-01\n{FORBID}until = 2026-01-02\n",
            "0.toml:7: `no` ends after its agreement, on 2026-01-02; narrow it",
        ),
    ],
)
def test_an_error_tells_line_and_cure(text: str, error: str) -> None:
    assert errors(text) == [error]


def test_supersession_needs_a_date() -> None:
    successor = f'{HEAD}supersedes = "b"\n'
    other = HEAD.replace('"a"', '"b"')
    assert errors(successor, other) == [
        "0.toml:3: `supersedes` needs a date; give the agreement `from`"
    ]


def test_two_files_may_not_be_the_same_agreement() -> None:
    assert errors(HEAD, HEAD) == [
        "1.toml:1: agreement `a` stands in `0.toml` too; rename one of them"
    ]


def test_names_of_a_file_that_cannot_be_read_are_not_called_unknown() -> None:
    successor = f'{HEAD}supersedes = "b"\nfrom = 2026-01-01\n'
    (error,) = errors(successor, "id = \n")
    assert error.startswith("1.toml:")


def test_names_of_a_clause_that_cannot_be_read_are_known() -> None:
    wrong = FORBID.replace("forbid", "forbidden")
    (error,) = errors(f'{HEAD}{wrong}{GRANT}except_of = "a/no"\n')
    assert "unknown clause type" in error


def test_a_clause_may_narrow_its_agreement() -> None:
    head = f"{HEAD}from = 2025-01-01\nuntil = 2027-01-01\n"
    clause = 'id = "no"\ntype = "forbid"\nfrom = 2025-06-01\nuntil = 2026-06-01'
    assert len(loaded(clause, head=head).clauses) == 1


def test_an_agreement_may_refer_to_a_file_read_later() -> None:
    exception = f'id = "0"\nrecorded_at = 2025-01-01\n{GRANT}except_of = "a/no"\n'
    assert load([("0", exception.encode()), ("1", f"{HEAD}{FORBID}".encode())]).clauses
