"""The reference page of agreement files: its examples load, and it names every key there is."""

import re

import pytest

from detente.agreements import load
from detente.agreements.clause import Clause
from detente.agreements.clauses import CLAUSE_TYPES
from tests.tidy.project import ROOT, text_of

PAGE = text_of(ROOT / "docs/reference/agreements.md")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
HEAD = 'id = "page"\nrecorded_at = 2025-01-01\n'
NAMES = [str(kind.__struct_config__.tag) for kind in CLAUSE_TYPES]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_loads(example: str) -> None:
    text = example if "recorded_at" in example else HEAD + example
    assert load([("page.toml", text.encode())]).clauses


@pytest.mark.parametrize("kind", CLAUSE_TYPES, ids=NAMES)
def test_every_key_of_a_clause_type_is_told(kind: type[Clause]) -> None:
    name = str(kind.__struct_config__.tag)
    section = PAGE.partition(f"## `{name}`\n")[2].partition("\n## ")[0]
    own = set(kind.__struct_encode_fields__) - set(Clause.__struct_encode_fields__)
    assert [key for key in sorted(own) if f"`{key}`" not in section] == []


@pytest.mark.parametrize("name", NAMES[6:])
def test_a_clause_type_has_an_example_on_the_page(name: str) -> None:
    assert any(f'type = "{name}"' in example for example in EXAMPLES)
