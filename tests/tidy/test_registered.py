"""What is registered has a test, a page and an example; a newcomer can find all three."""

import pytest
from tests.tidy.project import ROOT, files, text_of

from detente.agreements.clauses import CLAUSE_TYPES
from detente.cli import COMMANDS
from detente.dialects import DIALECTS
from detente.providers import KINDS, compatible_rows

CLAUSES = [str(clause.__struct_config__.tag) for clause in CLAUSE_TYPES]


def mentioned(word: str, folder: str, *endings: str) -> bool:
    """Whether a file below `folder` names `word`."""
    below = ROOT / folder
    return any(word in text_of(path) for path in files(*endings) if path.is_relative_to(below))


@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_a_command_has_test_and_page(name: str) -> None:
    assert (ROOT / "tests" / "cli" / f"test_{name}.py").is_file()
    assert f"detente {name}" in text_of(ROOT / "docs" / "reference" / "cli.md")


@pytest.mark.parametrize("name", [kind.name for kind in KINDS])
def test_a_kind_of_provider_has_test_page_and_example(name: str) -> None:
    assert mentioned(name, "tests/providers", ".py")
    assert f"`{name}`" in text_of(ROOT / "docs" / "reference" / "providers.md")
    assert mentioned(f'kind = "{name}"', "examples", ".toml")


@pytest.mark.parametrize("name", compatible_rows())
def test_a_compatible_host_has_a_page(name: str) -> None:
    assert f"`{name}`" in text_of(ROOT / "docs" / "reference" / "providers.md")


@pytest.mark.parametrize("name", [dialect.name for dialect in DIALECTS])
def test_a_dialect_has_test_and_page(name: str) -> None:
    assert mentioned(name, "tests/dialects", ".py")
    assert f"`{name}`" in text_of(ROOT / "docs" / "reference" / "dialects.md")


@pytest.mark.parametrize("name", CLAUSES)
def test_a_clause_type_has_test_page_and_example(name: str) -> None:
    assert mentioned(name, "tests/agreements", ".py")
    assert f"`{name}`" in text_of(ROOT / "docs" / "reference" / "agreements.md")
    assert mentioned(f'type = "{name}"', "examples", ".toml")
