"""Pages that are made from the code are those that the code makes now."""

import pytest
from docs.generate import DOCS, pages


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_made_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"
